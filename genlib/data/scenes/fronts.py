"""The fronts of houses along a street, and the trees between them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.data.scenes.draws import Draws
from genlib.data.scenes.houses import at
from genlib.data.scenes.perspective import ONE, Perspective

SIDE = 16  # numbers of fronts along a side
TREES, STUNTED = 0.3, 0.45  # share of fronts that are trees, and their height beside a house's
TALL = (0.8, 2.2)  # height above the eye, in its units
PER_DOUBLING = 4 * 0.693  # fronts that stand between a distance and its double


@dataclass
class Fronts:
    """What stands along n streets.

    Attributes:
        house: where houses are, (n, S, S).
        tree: where trees are, (n, S, S).
        tone: what decides a front's colour, in [0, 1), (n, S, S), the same all over it.
        window: whether a pixel of a house is a window, (n, S, S).
        roof: whether a pixel is of the upper edge, (n, S, S).
    """

    house: Tensor
    tree: Tensor
    tone: Tensor
    window: Tensor
    roof: Tensor

    @classmethod
    def drawn(cls, draws: Draws, seen: Perspective, size: int) -> "Fronts":
        """Draw which fronts are trees, how high all are, and their windows."""
        number = (PER_DOUBLING * seen.far.clamp(1, 60).log2() + draws.uniform(*ONE)).floor().long()
        front = (number % SIDE + SIDE * (seen.aside > 0)).expand(-1, size, -1)
        green = at(draws.chance(TREES, 2 * SIDE), front)
        tall = at(draws.between(*TALL, 2 * SIDE), front) * torch.where(green, STUNTED, 1.0)
        ragged = 1 + (draws.smooth(size, 2) - 0.5) * green
        unit = seen.near / seen.far  # pixels
        down = seen.below / unit + tall * ragged  # from the upper edge
        stands = (down >= 0) & (seen.below < unit)
        roof = stands & (down * unit < 1 + 0.08 * unit)
        window = (down % 0.5 > 0.2) & (seen.far * 3 % 1 > 0.4) & (seen.below < 0.4 * unit)
        tone = at(draws.uniform(2 * SIDE), front)
        return cls(stands & ~green, stands & green, tone, window & stands & ~roof, roof)
