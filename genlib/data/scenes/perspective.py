"""How a street is seen from its middle: what is d away is 1 / d as large, about one point."""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.data.scenes.draws import Draws

ONE = (1, 1)  # a number a street, which fits (n, S, S)


@dataclass
class Perspective:
    """Where the pixels of n streets of S x S lie. Lengths are in units of the eye's height.

    Attributes:
        below: pixels below the horizon, (n, S, 1).
        aside: pixels to the right of the vanishing point, (n, 1, S).
        near: pixels from the horizon to the lower edge, where the ground is 1 away, (n, 1, 1).
        kerb: half the width of the road, (n, 1, 1).
        wall: from the middle of the road to the house fronts, (n, 1, 1).
    """

    below: Tensor
    aside: Tensor
    near: Tensor
    kerb: Tensor
    wall: Tensor

    @classmethod
    def drawn(cls, draws: Draws, size: int) -> "Perspective":
        """Draw where the eye looks, and how wide the street is."""
        pixel = torch.arange(size) + 0.5
        horizon = draws.between(0.38, 0.5, *ONE) * size
        aside = pixel - draws.between(0.38, 0.62, *ONE) * size
        kerb, wall = draws.between(0.7, 0.9, *ONE), draws.between(1.05, 1.35, *ONE)
        return cls(pixel[:, None] - horizon, aside, size - horizon, kerb, wall)

    @property
    def far(self) -> Tensor:
        """How far away a front is that fills a column, (n, 1, S)."""
        return self.wall * self.near / self.aside.abs().clamp_min(0.5)

    @property
    def ahead(self) -> Tensor:
        """How far away the ground is that fills a row, (n, S, 1); far above the horizon."""
        return self.near / self.below.clamp_min(0.5)

    @property
    def ground(self) -> Tensor:
        """Which pixels are below the horizon and no front's, (n, S, S)."""
        return (self.below >= self.near / self.far) & (self.below > 0)

    @property
    def road(self) -> Tensor:
        """Which pixels of the ground are road, (n, S, S)."""
        return self.ground & (self.aside.abs() <= self.kerb * self.below)

    @property
    def line(self) -> Tensor:
        """Which pixels of the road are painted, dashes along the middle, (n, S, S)."""
        return (self.aside.abs() < 0.05 * self.below + 0.3) & (self.ahead.log() * 5 % 1 < 0.5)
