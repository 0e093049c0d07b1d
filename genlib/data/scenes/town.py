"""The plan of a town: which pixel is what."""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.data.scenes.draws import Draws
from genlib.data.scenes.houses import Houses, at
from genlib.data.scenes.palette import AERIAL
from genlib.data.scenes.roads import Roads
from genlib.data.scenes.water import water

GROUND, ROAD, PARK, WATER, BUILDING = range(len(AERIAL))
PARKS, HALLS = 0.22, 0.15  # shares of blocks
BANK = 1.5  # pixels from the water on which nobody builds


@dataclass
class Town:
    """The plans of n towns of S x S pixels.

    Attributes:
        labels: of each pixel, int64 (n, S, S).
        depth: of water, in pixels from the bank, (n, S, S); negative on land.
        houses: the buildings.
        down: the roads from top to bottom, (n, 1, S).
        across: the roads from left to right, (n, S, 1).
    """

    labels: Tensor
    depth: Tensor
    houses: Houses
    down: Roads
    across: Roads

    @classmethod
    def drawn(cls, draws: Draws, size: int) -> "Town":
        """Draw the plans."""
        down, across = Roads.drawn(draws, size).along(1), Roads.drawn(draws, size).along(2)
        depth = water(draws, size)
        most = size // 9 + 3  # the numbers of blocks along an axis are below
        block = across.block * most + down.block
        kind = at(draws.uniform(most * most), block)
        park, hall = kind < PARKS, (kind >= PARKS) & (kind < PARKS + HALLS)
        houses = Houses.drawn(draws, down, across, hall, depth > -BANK)
        labels = laid(down, across, park, depth > 0, houses.built)
        houses.height = houses.height * (labels == BUILDING)
        return cls(labels, depth, houses, down, across)


def laid(down: Roads, across: Roads, park: Tensor, wet: Tensor, built: Tensor) -> Tensor:
    """Return the labels: what lies on what, from the ground up."""
    open_road = (down.paved & (~wet | down.bridge)) | (across.paved & (~wet | across.bridge))
    labels = torch.full_like(wet, GROUND, dtype=torch.int64)
    layers = {PARK: park, BUILDING: built & ~park, WATER: wet, ROAD: open_road}
    for label, where in layers.items():
        labels = torch.where(where, label, labels)
    return labels
