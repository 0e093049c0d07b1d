"""A network for the scores of the data under many levels of noise."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.energy.arguments import check_counts, check_event, check_positive
from genlib.energy.langevin import annealed_langevin, check_levels
from genlib.energy.score_matching import half_squares
from genlib.model import Batch, Label, Model, Schedule, check_events, events, positive
from genlib.nn import mlp, standard_normal


class DenoisingScore(Model):
    r"""A network s(x, sigma) for the score of the data with noise, by denoising score matching.

    .. math:: \text{loss} = \tfrac12\, E_{x, \sigma, \varepsilon}
              \big| \sigma\, s(x + \sigma \varepsilon, \sigma) + \varepsilon \big|^2.

    The levels of noise are drawn evenly. The weight :math:`\sigma^2` gives each a loss of the same
    order; the network returns :math:`\sigma s`, whose size depends little on sigma. Samples are by
    annealed Langevin dynamics. Vincent (2011, https://doi.org/10.1162/NECO_a_00142); Song and
    Ermon (2019, https://arxiv.org/abs/1907.05600). Derived in the chapter on energies and scores.

    Args:
        event_shape: shape of one x.
        sigmas: levels of the noise, from the largest, in units of x.
        hidden: widths of the hidden layers.
        activation: their non-linearity, see :py:func:`~genlib.nn.mlp`.
        network: one of your own instead, from flat x and log sigma, ``(B, D + 1)``, to ``(B, D)``.
        step: of a Langevin step at the last level, as a share of its sigma squared.
        steps: Langevin steps at each level.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.

    Attributes:
        sigmas: the levels, (L,).

    Raises:
        ValueError: if a size is not positive, or the levels do not fall.
    """

    sigmas: Tensor

    def __init__(
        self,
        event_shape: Sequence[int] = (1, 28, 28),
        sigmas: Sequence[float] = (3.0, 2.0, 1.3, 0.9, 0.6, 0.4, 0.26, 0.17, 0.11, 0.07),
        hidden: Sequence[int] = (128, 128),
        *,
        activation: str = "silu",
        network: nn.Module | None = None,
        step: float = 0.3,
        steps: int = 20,
        lr: float = 1e-3,
        schedule: Schedule | None = None,
    ) -> None:
        """Build the network."""
        super().__init__(lr=lr, schedule=schedule)
        check_levels(sigmas)
        check_positive(step=step)
        check_counts(steps=steps)
        self.event_shape, self.step, self.steps = check_event(event_shape), step, steps
        self.levels = tuple(float(sigma) for sigma in sigmas)
        size = math.prod(self.event_shape)
        self.network = mlp([size + 1, *hidden, size], activation) if network is None else network
        self.register_buffer("sigmas", torch.tensor(self.levels))

    def scaled_score(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Return sigma times the score, of the shape of x, for levels ``(B, 1)``."""
        return self.network(torch.cat([x.flatten(1), sigma.log()], 1)).view_as(x)

    def score(self, x: Tensor, sigma: float) -> Tensor:
        """Return the score of the data with noise of this level at x, of the shape of x."""
        level = torch.full_like(x.flatten(1)[:, :1], sigma)
        return self.scaled_score(x, level) / sigma

    def denoise(self, x: Tensor, sigma: float) -> Tensor:
        r"""Return :math:`E[\text{clean} | x] = x + \sigma^2 s(x, \sigma)`, Tweedie's formula."""
        return x + sigma**2 * self.score(x, sigma)

    def loss(self, batch: Batch) -> Tensor:
        """Return the mean over the batch, each event at a level drawn for it."""
        x = events(batch)
        drawn = torch.randint(len(self.levels), (len(x),), device=x.device)
        sigma, noise = self.sigmas.to(x.dtype)[drawn].unsqueeze(1), torch.randn_like(x)
        noisy = (x.flatten(1) + sigma * noise.flatten(1)).view_as(x)
        return half_squares(self.scaled_score(noisy, sigma) + noise).mean()

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw noise of the largest level and anneal it; see ``Model.sample``."""
        self.labels_for(positive(n), label, generator)
        like = next(self.parameters())
        noise = standard_normal(n, *self.event_shape, like=like, generator=generator)
        step = self.step * self.levels[-1] ** 2
        x = self.levels[0] * noise
        return annealed_langevin(self.score, x, self.levels, step, self.steps, generator)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless x of a batch is finite and of this shape."""
        limits, like = (-math.inf, math.inf), next(self.parameters())
        check_events(events(batch), self.event_shape, *limits, who=type(self).__name__, like=like)
