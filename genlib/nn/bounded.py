"""Numbers that stay within an interval."""

from torch import Tensor, nn


class Bounded(nn.Module):
    r"""Squash any number into an interval: :math:`\tfrac{b+a}2 + \tfrac{b-a}2\tanh(x)`."""

    def __init__(self, low: float, high: float) -> None:
        """Remember the interval's middle and half its length."""
        super().__init__()
        self.middle, self.half = (high + low) / 2, (high - low) / 2

    def forward(self, x: Tensor) -> Tensor:
        """Return numbers strictly inside the interval, of the same shape."""
        return self.middle + self.half * x.tanh()
