"""The Boltzmann machine without hidden units."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.energy.binary import BinaryModel, coins


class BoltzmannMachine(BinaryModel):
    r"""Pixels that are zero or one, with a bias each and a coupling for each pair.

    .. math:: E(x) = -\sum_i b_i x_i - \sum_{i < j} W_{ij} x_i x_j.

    Given all the others a pixel is 1 with probability
    :math:`\sigma(b_i + \sum_{j \ne i} W_{ij} x_j)`; a transition draws every pixel anew by this,
    one after the other (a Gibbs sweep). Ackley, Hinton and Sejnowski (1985,
    https://doi.org/10.1207/s15516709cog0901_7). Derived in the chapter on energies and scores.

    Args:
        event_shape: shape of one x, n numbers in all.
        **options: ``steps``, ``chains``, ``burn_in``, ``lr`` and ``schedule`` of
            :py:class:`~genlib.energy.UnnormalisedModel`.

    Attributes:
        bias: (n,).
        weight: (n, n); what stands above the diagonal is used.
    """

    def __init__(self, event_shape: Sequence[int] = (1, 28, 28), **options: object) -> None:
        """Begin at fair coins."""
        super().__init__(event_shape, **options)
        self.bias = nn.Parameter(torch.zeros(self.units))
        self.weight = nn.Parameter(torch.zeros(self.units, self.units))

    def couplings(self) -> Tensor:
        """Return W, (n, n): symmetric, with zeros on the diagonal."""
        upper = self.weight.triu(1)
        return upper + upper.T

    def energy(self, x: Tensor) -> Tensor:
        """Return E(x), ``(B,)``; see ``UnnormalisedModel.energy``."""
        x = x.flatten(1)
        return -x @ self.bias - (x @ self.weight.triu(1) * x).sum(1)

    @torch.no_grad()
    def transition(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x after one Gibbs sweep, from the first pixel to the last."""
        pixels, couplings = x.flatten(1).clone(), self.couplings()
        for i in range(self.units):
            pixels[:, i] = coins(self.bias[i] + pixels @ couplings[i], x, generator)
        return pixels.view_as(x)
