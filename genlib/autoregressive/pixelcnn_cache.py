"""A PixelCNN that draws: one new pixel for the work of one pixel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib.autoregressive.grid import ACTIVATION, TOP
from genlib.autoregressive.pixel_cache import PixelCache, matrix, windows

if TYPE_CHECKING:
    from genlib.autoregressive.pixelcnn import MaskedResidualBlock, PixelCNN
    from genlib.nn import MaskedConv2d


class PixelCNNCache(PixelCache):
    r"""The activations of a PixelCNN's layers in the row above and, so far, in this one.

    What the masked convolutions B see of the row above is worked out once a row, for all layers
    and pixels together; at a pixel only its own column is left, and what B sees to its left. Of
    each layer two rows are kept, :math:`2 L (W + 2) n h` numbers for n images.

    All of it is in steps of the activations' grid if the model keeps to one, so that an activation
    is rounded to a whole number.

    Args:
        model: whose conditionals.
        n: how many images are drawn at once.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, model: PixelCNN, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known."""
        half = model.first.kernel_size[1] // 2
        super().__init__(model, n, above=half, beside=half)
        self.weights = FoldedPixelCNN(model)
        self.label = 0.0 if label is None else model.label_vector(label) * self.weights.unit
        self.make_room(n, model.event_shape[2])

    def make_room(self, n: int, width: int) -> None:
        """Make what is filled while images are drawn."""
        new, (blocks, channels) = self.canvas.new_zeros, self.weights.offset.shape
        self.row, self.row_above = (new(blocks, n, width + 2, channels) for _ in range(2))
        self.wide, self.narrow = new(n, 2 * channels + 1) + 1, new(n, channels + 1) + 1

    def begin_row(self, i: int) -> None:
        """Work out what every layer sees of the rows above row ``i``, for the whole row."""
        weights, offset = self.weights, self.weights.offset.unsqueeze(1)
        self.row, self.row_above = self.row_above, self.row
        found = torch.stack([windows(row.unsqueeze(0), 3) for row in self.row_above])
        above = torch.baddbmm(offset, found.flatten(1, 2), weights.above)
        self.seen_above = above.unflatten(1, found.shape[1:3])
        rows = self.canvas[i : i + self.above]
        first = windows(rows, 2 * self.beside + 1) @ weights.first_above
        self.first_above = first + weights.first_offset + self.label

    def column(self, i: int, j: int) -> Tensor:
        """Return the network's outputs at a pixel, ``(n, outputs)``."""
        weights, activation = self.weights, self.weights.activation
        into_wide, into_narrow = self.wide[:, :-1], self.narrow[:, :-1]
        left = self.canvas[i + self.above, :, j : j + self.beside + 1].flatten(1)
        y = torch.addmm(self.first_above[j], left, weights.first_left)
        above, own = self.seen_above[:, j], self.row[:, :, j + 1]
        seen = self.row[:, :, j : j + 2].flatten(2)  # by each block, the left and its own pixel
        for narrow, a, sees, beside, b, widen in zip(
            weights.narrow, own, seen, weights.beside, above, weights.widen, strict=True
        ):
            activation(y, into_wide)
            activation(torch.mm(self.wide, narrow, out=a), a)
            activation(torch.addmm(b, sees, beside), into_narrow)
            y.addmm_(self.narrow, widen)
        activation(y, into_wide)
        hidden = self.wide @ weights.hidden
        outputs = torch.addmm(weights.last_offset, activation(hidden, hidden), weights.last)
        return outputs / weights.unit


class FoldedPixelCNN:
    """The weights of a PixelCNN as matrices ``(in, out)``, masked, and rounded if it says so.

    Args:
        model: whose weights; later changes of them are not seen.
    """

    def __init__(self, model: PixelCNN) -> None:
        """Fold them."""
        self.unit = ACTIVATION if model.exact else 1.0
        self.activation = whole_steps if model.exact else positive_part
        half, kernel = model.first.kernel_size[1] // 2, model.first.kernel() * self.unit
        self.first_above = matrix(kernel[:, :, :-1])
        self.first_left = matrix(kernel[:, :, -1:, : half + 1])
        self.first_offset = model.first.offset() * self.unit
        self.fold_blocks(model.blocks)
        self.hidden = self.with_offset(model.hidden)
        self.last, self.last_offset = matrix(model.last.kernel()), model.last.offset() * self.unit

    def fold_blocks(self, blocks: Iterable[MaskedResidualBlock]) -> None:
        """List what is used block by block, and stack what is used for all of them together."""
        kernels = [block.masked.kernel() for block in blocks]
        self.above = torch.stack([matrix(kernel[:, :, :1]) for kernel in kernels])
        self.beside = [matrix(kernel[:, :, 1:, :2]) for kernel in kernels]
        self.offset = torch.stack([block.masked.offset() for block in blocks]) * self.unit
        self.narrow = [self.with_offset(block.narrow) for block in blocks]
        self.widen = [self.with_offset(block.widen) for block in blocks]

    def with_offset(self, layer: MaskedConv2d) -> Tensor:
        """Return the matrix of a layer of one pixel, and below it its bias, in steps."""
        return torch.cat([matrix(layer.kernel()), layer.offset().unsqueeze(0) * self.unit])


def positive_part(x: Tensor, out: Tensor) -> Tensor:
    """Write max(0, x) into ``out``."""
    return torch.clamp_min(x, 0, out=out)


def whole_steps(x: Tensor, out: Tensor) -> Tensor:
    """Write max(0, x), at most ``TOP``, in whole steps of the grid, into ``out``."""
    return torch.clamp(x, 0, TOP * ACTIVATION, out=out).round_()
