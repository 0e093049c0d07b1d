"""The roads of a town along one axis, and the blocks and lots between them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.data.scenes.draws import Draws

GAP = (9, 15)  # pixels from the beginning of one road to that of the next
WIDTH = (2, 3)  # pixels
BRIDGE = 0.6  # share of roads that cross water
LOT, LOTS = 5, 3  # pixels of a lot, about, and how many a block has at most


@dataclass
class Roads:
    """The roads that cross one axis.

    Attributes:
        block: the number of the block behind the last road, (n, S).
        into: pixels into that block, negative on the road itself, (n, S).
        left: pixels of the block still to come, (n, S).
        bridge: whether the last road crosses water, (n, S).
        width: of the last road, in pixels, (n, S).
    """

    block: Tensor
    into: Tensor
    left: Tensor
    bridge: Tensor
    width: Tensor

    @classmethod
    def drawn(cls, draws: Draws, size: int) -> "Roads":
        """Draw gaps and widths; the first road begins at the edge or before."""
        most = size // GAP[0] + 3
        starts = draws.whole(*GAP, most).cumsum(1) - GAP[1] - draws.whole(0, GAP[0] - 1, 1)
        widths, bridges = draws.whole(*WIDTH, most), draws.chance(BRIDGE, most)
        x = torch.arange(size)
        last = (x >= starts[:, :, None]).sum(1) - 1
        width = widths.gather(1, last)
        into = x - starts.gather(1, last) - width
        left = starts.gather(1, last + 1) - 1 - x
        return cls(last, into, left, bridges.gather(1, last), width)

    @property
    def paved(self) -> Tensor:
        """Where a road is, (n, S)."""
        return self.into < 0

    def lots(self, whole: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Cut the blocks into lots of about five pixels.

        Args:
            whole: the blocks that are one lot, true and false; any shape that fits (n, S).

        Returns:
            the number of a pixel's lot among all, its place in the lot and the lot's length, in
            the shape of ``whole``.
        """
        length = (self.into + self.left + 1).float()
        count = torch.where(whole, 1.0, (length / LOT).round().clamp(1, LOTS))
        side = length / count
        lot = (self.into.clamp_min(0) / side).floor()
        return self.block * LOTS + lot.long(), self.into - lot * side, side

    def along(self, axis: int) -> "Roads":
        """Return the same with a new axis, so that it fits (n, S, S)."""
        parts = (self.block, self.into, self.left, self.bridge, self.width)
        return Roads(*(part.unsqueeze(axis) for part in parts))
