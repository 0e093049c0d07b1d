"""Pixels whose levels have a probability each."""

import torch
from torch import Tensor

from genlib.likelihoods.levels import Levels
from genlib.nn import uniform


class Categorical(Levels):
    r"""A softmax over the levels: :math:`P(k_i = k) = e^{l_{ik}} / \sum_j e^{l_{ij}}`.

    The parameters of a pixel are L logits; no level knows that another is near it. Pixels are
    :math:`x = k / (L - 1)` in [0, 1]. van den Oord, Kalchbrenner and Kavukcuoglu (2016,
    https://arxiv.org/abs/1601.06759).

    Args:
        levels: L.
        event_dims: dimensions of an event, 3 for images.

    Raises:
        ValueError: if there are fewer than two levels.
    """

    def __init__(self, levels: int = 256, event_dims: int = 3) -> None:
        """Keep the number of levels."""
        super().__init__(levels, event_dims)
        self.numbers = levels

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Return log p(x) in nats, ``(...)``, for logits ``(..., L, *event)``."""
        logits = self.widened(parameters, x.dtype if x.is_floating_point() else None)
        log_p = logits.movedim(self.axis, -1).log_softmax(-1)
        shape = torch.broadcast_shapes(x.shape, log_p.shape[:-1])
        k = self.level(x).long().expand(shape).unsqueeze(-1)
        return self.total(log_p.expand(*shape, -1).gather(-1, k).squeeze(-1))

    def probabilities(self, parameters: Tensor) -> Tensor:
        r"""Return the softmax, ``(..., L, *event)``."""
        return self.widened(parameters).softmax(self.axis)

    def mean(self, parameters: Tensor) -> Tensor:
        """Return the mean of the levels, in units of x."""
        p = self.probabilities(parameters).movedim(self.axis, -1)
        return p @ self.value(torch.arange(self.levels, dtype=p.dtype, device=p.device))

    @torch.no_grad()
    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw each pixel's level independently."""
        logits = self.widened(parameters)
        return self.value(draw(logits, self.axis, generator).to(logits.dtype))


def draw(logits: Tensor, axis: int, generator: torch.Generator | None = None) -> Tensor:
    """Draw from the softmax of ``logits`` along ``axis``; return whole numbers, without it.

    One uniform number each, sent through the inverse of the cumulative probabilities.
    """
    below = logits.softmax(axis).cumsum(axis)
    shape = below.select(axis, 0).shape
    u = uniform(*shape, like=logits, generator=generator).unsqueeze(axis)
    # rounding may leave the last sum below 1, and u between them
    return (u >= below).sum(axis).clamp(max=logits.shape[axis] - 1)
