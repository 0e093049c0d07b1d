"""A PixelCNN that draws: one new pixel for the work of one pixel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib.autoregressive.grid import ACTIVATION, TOP
from genlib.autoregressive.pixel_cache import PixelCache, convolve, matrix_of

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
        self.label = 0.0 if label is None else model.label_vector(label).T * self.weights.unit
        self.make_room(n, model.event_shape[2])

    def make_room(self, n: int, width: int) -> None:
        """Make what is filled while images are drawn."""
        new, (blocks, channels) = self.canvas.new_zeros, self.weights.offset.shape
        self.row, self.row_above = (new(blocks, width + 2, channels, n) for _ in range(2))
        self.wide, self.narrow = new(2 * channels + 1, n) + 1, new(channels + 1, n) + 1

    def begin_row(self, i: int) -> None:
        """Work out what every layer sees of the rows above row ``i``, for the whole row."""
        weights, rows = self.weights, self.canvas[i : i + self.above]
        first = convolve(weights.first_above, rows, 2 * self.beside + 1).transpose(0, 1)
        self.first_above = first + weights.first_offset[:, None] + self.label
        self.row, self.row_above = self.row_above, self.row
        windows = self.row_above.unfold(1, 3, 1).permute(0, 4, 2, 1, 3)  # (blocks, 3, C, W, n)
        seen = windows.flatten(1, 2).flatten(2)
        above = torch.baddbmm(weights.offset.unsqueeze(2), weights.above, seen)
        self.seen_above = above.unflatten(2, windows.shape[3:]).transpose(1, 2).contiguous()

    def column(self, i: int, j: int) -> Tensor:
        """Return the network's outputs at a pixel, ``(outputs, n)``."""
        weights, activate_ = self.weights, self.weights.activate_
        into_wide, into_narrow = self.wide[:-1], self.narrow[:-1]
        left = self.canvas[i + self.above, j : j + self.beside + 1].flatten(0, 1)
        y = torch.addmm(self.first_above[j], weights.first_left, left)
        own, seen = self.row[:, j + 1], self.row[:, j : j + 2].flatten(1, 2)
        for narrow, a, above, beside, both, widen in zip(
            weights.narrow,
            own,
            self.seen_above[:, j],
            weights.beside,
            seen,
            weights.widen,
            strict=True,
        ):
            activate_(into_wide.copy_(y))
            activate_(torch.mm(narrow, self.wide, out=a))
            activate_(torch.addmm(above, beside, both, out=into_narrow))
            y.addmm_(widen, self.narrow)
        activate_(into_wide.copy_(y))
        hidden = activate_(weights.hidden @ self.wide)
        return torch.addmm(weights.last_offset, weights.last, hidden) / weights.unit


class FoldedPixelCNN:
    """The weights of a PixelCNN as matrices ``(out, in)``, masked, and rounded if it says so.

    Args:
        model: whose weights; later changes of them are not seen.
    """

    def __init__(self, model: PixelCNN) -> None:
        """Fold them."""
        self.unit = ACTIVATION if model.exact else 1.0
        self.activate_ = whole_steps_ if model.exact else torch.relu_
        half, kernel = model.first.kernel_size[1] // 2, model.first.kernel() * self.unit
        self.first_above = matrix_of(kernel[:, :, :-1])
        self.first_left = matrix_of(kernel[:, :, -1:, : half + 1])
        self.first_offset = model.first.offset() * self.unit
        self.fold_blocks(model.blocks)
        self.hidden = self.with_offset(model.hidden)
        self.last = matrix_of(model.last.kernel())
        self.last_offset = model.last.offset().unsqueeze(1) * self.unit

    def fold_blocks(self, blocks: Iterable[MaskedResidualBlock]) -> None:
        """List what is used block by block, and stack what is used for all of them together."""
        kernels = [block.masked.kernel() for block in blocks]
        self.above = torch.stack([matrix_of(kernel[:, :, :1]) for kernel in kernels])
        self.beside = [matrix_of(kernel[:, :, 1:, :2]) for kernel in kernels]
        self.offset = torch.stack([block.masked.offset() for block in blocks]) * self.unit
        self.narrow = [self.with_offset(block.narrow) for block in blocks]
        self.widen = [self.with_offset(block.widen) for block in blocks]

    def with_offset(self, layer: MaskedConv2d) -> Tensor:
        """Return the matrix of a layer of one pixel, and beside it its bias, in steps."""
        return torch.cat([matrix_of(layer.kernel()), layer.offset().unsqueeze(1) * self.unit], 1)


def whole_steps_(x: Tensor) -> Tensor:
    """Replace x by max(0, x), at most ``TOP``, in whole steps of the grid."""
    return x.clamp_(0, TOP * ACTIVATION).round_()
