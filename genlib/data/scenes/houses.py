"""Where the houses of a town stand, how high they are and which way their roofs look."""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.data.scenes.draws import Draws
from genlib.data.scenes.roads import LOTS, Roads

VACANT = 0.1  # share of lots
LOW, HIGH = (1, 2), (2, 4)  # pixels of the shadows of houses, and of halls


@dataclass
class Houses:
    """Buildings on lots; a hall fills a block.

    Attributes:
        built: where they are, (n, S, S).
        height: in pixels of the shadow, int64 (n, S, S); nought where nothing is built.
        roof: what decides a roof's colour, in [0, 1), (n, S, S), the same all over a lot.
        sunny: whether a pixel is on the half of a roof that looks to the sun, (n, S, S).
    """

    built: Tensor
    height: Tensor
    roof: Tensor
    sunny: Tensor

    @classmethod
    def drawn(
        cls, draws: Draws, down: Roads, across: Roads, hall: Tensor, bank: Tensor
    ) -> "Houses":
        """Draw the houses between roads that run down and across, each (n, S, S) or as good as.

        Args:
            draws: of all towns.
            down: the roads from top to bottom.
            across: the roads from left to right.
            hall: the blocks that one building fills.
            bank: where nobody builds, and not on a lot that has a pixel of it either.
        """
        (column, x, wide), (row, y, high) = down.lots(hall), across.lots(hall)
        most = LOTS * (bank.shape[1] // 9 + 3)  # the numbers of lots along an axis are below
        lot = row * most + column
        banned = touched(bank, lot, most * most)
        vacant = at(draws.chance(VACANT, most * most), lot) & ~hall
        garden = at(draws.whole(0, 3, most * most), lot)  # one lot in two is a row narrower
        narrow = ((garden == 1) & (x < 2)) | ((garden == 2) & (y < 2))
        free = (x >= 1) & (y >= 1) & (down.left > 0) & (across.left > 0) & (hall | ~narrow)
        built = free & ~vacant & ~banned
        storeys = at(draws.uniform(most * most), lot)
        height = torch.where(hall, stretched(storeys, *HIGH), stretched(storeys, *LOW)) * built
        sunny = torch.where(wide >= high, y < high / 2 + 0.5, x < wide / 2 + 0.5)
        return cls(built, height, at(draws.uniform(most * most), lot), sunny)


def at(numbers: Tensor, where: Tensor) -> Tensor:
    """Return the numbers (n, K) of places (n, S, S) with values below K."""
    return numbers.gather(1, where.flatten(1)).view_as(where)


def touched(mask: Tensor, group: Tensor, groups: int) -> Tensor:
    """Return whether a mask (n, S, S) is true anywhere in a pixel's group."""
    counts = torch.zeros(len(mask), groups)
    counts.scatter_add_(1, group.flatten(1), mask.flatten(1).float())
    return at(counts > 0, group)


def stretched(u: Tensor, low: int, high: int) -> Tensor:
    """Turn numbers in [0, 1) into whole ones from low to high."""
    return low + (u * (high - low + 1)).long()
