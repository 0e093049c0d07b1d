"""An energy that is a neural network, sampled by Langevin dynamics."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.energy.arguments import check_positive
from genlib.energy.base import UnnormalisedModel
from genlib.energy.langevin import langevin
from genlib.nn import mlp, standard_normal


class EnergyModel(UnnormalisedModel):
    r"""A density of real-valued events whose energy is a network: any function will do.

    .. math:: p_\theta(x) \propto e^{-E_\theta(x)}, \qquad
              s_\theta(x) = \nabla_x \log p_\theta(x) = -\nabla_x E_\theta(x).

    The score s needs no normaliser. A transition is one Langevin step along it. With
    ``confinement`` c the energy has the term :math:`|x|^2 / 2c^2`, without which a network's
    density need not have a finite integral. Derived in the chapter on energies and scores.

    Args:
        event_shape: shape of one x.
        hidden: widths of the hidden layers.
        activation: their non-linearity, see :py:func:`~genlib.nn.mlp`; a smooth one has a smooth
            score.
        network: one of your own instead, from ``(B, *event)`` to B numbers in any shape.
        step: of a Langevin step, in squared units of x.
        confinement: c, in units of x; None for no such term.
        **options: ``steps``, ``chains``, ``burn_in``, ``lr`` and ``schedule`` of
            :py:class:`~genlib.energy.UnnormalisedModel`.

    Raises:
        ValueError: if a number is out of its range.
    """

    def __init__(
        self,
        event_shape: Sequence[int] = (1, 28, 28),
        hidden: Sequence[int] = (128, 128),
        *,
        activation: str = "silu",
        network: nn.Module | None = None,
        step: float = 0.01,
        confinement: float | None = 5.0,
        **options: object,
    ) -> None:
        """Build the network."""
        super().__init__(event_shape, **options)
        check_positive(step=step, confinement=1.0 if confinement is None else confinement)
        self.step, self.confinement = step, confinement
        size = math.prod(self.event_shape)
        flat = nn.Sequential(nn.Flatten(), mlp([size, *hidden, 1], activation))
        self.network = flat if network is None else network

    def energy(self, x: Tensor) -> Tensor:
        """Return E(x), ``(B,)``; see ``UnnormalisedModel.energy``."""
        energy = self.network(x).reshape(len(x))
        if self.confinement is None:
            return energy
        return energy + x.flatten(1).square().sum(1) / (2 * self.confinement**2)

    def score(self, x: Tensor, create_graph: bool = False) -> Tensor:
        r"""Return :math:`-\nabla_x E(x)` by automatic differentiation, of the shape of x.

        With ``create_graph`` it can be differentiated again, in x and in the weights, as losses do:
        ``score_matching(partial(model.score, create_graph=True), x)``.
        """
        x = x if create_graph and x.requires_grad else x.detach().requires_grad_()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(self.energy(x).sum(), x, create_graph=create_graph)
        return -gradient

    def transition(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x after one Langevin step."""
        return langevin(self.score, x, self.step, 1, generator)

    def start(self, n: int, *, like: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return n draws from N(0, I)."""
        return standard_normal(n, *self.event_shape, like=like, generator=generator)
