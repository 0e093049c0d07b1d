"""The layers of two streams, worked out row by row and pixel by pixel.

The stream of what is above takes whole rows, ``(W, n, C)``, when they begin; the stream of what is
before takes pixels, ``(n, C)``. A layer keeps of its inputs the row above and the present one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.autoregressive.pixel_cache import matrix, windows
from genlib.autoregressive.two_streams import both_signs

if TYPE_CHECKING:
    from genlib.autoregressive.shifted import Enlarged, ShiftedConv2d
    from genlib.autoregressive.two_streams import GatedResidual


class RowConvolution:
    """A down-shifted convolution (two rows, three columns), row by row.

    Args:
        layer: whose weights; later changes of them are not seen.
        n: images.
        width: of the images.
    """

    def __init__(self, layer: ShiftedConv2d, n: int, width: int) -> None:
        """Begin above the first row."""
        self.matrix, self.bias, self.stride = matrix(layer.kernel()), layer.bias, layer.stride[0]
        self.rows = layer.bias.new_zeros(2, n, width + 2, layer.in_channels)

    def take(self, row: Tensor) -> None:
        """Take notice of the next row, ``(W, n, in)``."""
        self.rows = self.rows.roll(-1, 0)
        self.rows[1, :, 1:-1] = row.transpose(0, 1)

    def outputs(self) -> Tensor:
        """Return the outputs at the row that was taken, ``(W / stride, n, out)``."""
        return windows(self.rows, 3)[:: self.stride] @ self.matrix + self.bias


class PixelConvolution:
    """A down-right-shifted convolution (two rows, two columns), pixel by pixel.

    Args:
        layer: whose weights; later changes of them are not seen.
        n: images.
        width: of the images.
    """

    def __init__(self, layer: ShiftedConv2d, n: int, width: int) -> None:
        """Begin above the first row."""
        self.matrix, self.bias = matrix(layer.kernel().transpose(2, 3)), layer.bias
        self.columns = layer.bias.new_zeros(n, width + 1, 2, layer.in_channels)

    def begin_row(self) -> None:
        """Let the row that was drawn be the row above."""
        self.columns[:, :, 0] = self.columns[:, :, 1]

    def take(self, j: int, pixel: Tensor) -> None:
        """Take notice of a pixel of this row, ``(n, in)``."""
        self.columns[:, j + 1, 1] = pixel

    def outputs(self, j: int, also: Tensor) -> Tensor:
        """Return the outputs at the pixel that was taken, without bias, and ``also`` added."""
        return torch.addmm(also, self.columns[:, j : j + 2].flatten(1), self.matrix)


class RowResidual:
    """The gated residual block of the stream of rows.

    Args:
        block: whose weights.
        n: images.
        width: of the images.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, block: GatedResidual, n: int, width: int, label: Tensor | None) -> None:
        """Begin above the first row."""
        self.first, self.second = (RowConvolution(c, n, width) for c in (block.first, block.second))
        self.links = [(matrix(link.kernel()), link.offset()) for link in block.links]
        self.label = 0.0 if label is None else block.of_label(label)

    def __call__(self, row: Tensor, kept: Tensor) -> Tensor:
        """Return the block's outputs for the next row, ``(W, n, C)``."""
        self.first.take(both_signs(row, -1))
        a = self.first.outputs()
        for link, offset in self.links:
            a = a + both_signs(kept, -1) @ link + offset
        self.second.take(both_signs(a, -1))
        return row + F.glu(self.second.outputs() + self.label, -1)


class PixelResidual:
    """The gated residual block of the stream of pixels.

    Args:
        block: whose weights.
        n: images.
        width: of the images.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, block: GatedResidual, n: int, width: int, label: Tensor | None) -> None:
        """Begin above the first row."""
        convolutions = (PixelConvolution(c, n, width) for c in (block.first, block.second))
        self.first, self.second = convolutions
        self.of_above, *self.of_kept = (matrix(link.kernel()) for link in block.links)
        self.first_offset = self.first.bias + sum(link.offset() for link in block.links)
        self.second_offset = self.second.bias
        if label is not None:
            self.second_offset = self.second_offset + block.of_label(label)

    def begin_row(self, above: Tensor) -> None:
        """Hear a whole row of the other stream, ``(W, n, C)``."""
        self.from_above = both_signs(above, -1) @ self.of_above + self.first_offset
        self.first.begin_row()
        self.second.begin_row()

    def __call__(self, j: int, pixel: Tensor, kept: Tensor) -> Tensor:
        """Return the block's outputs at a pixel, ``(n, C)``."""
        a = self.from_above[j]
        for link in self.of_kept:
            a = torch.addmm(a, both_signs(kept, -1), link)
        self.first.take(j, both_signs(pixel, -1))
        self.second.take(j, both_signs(self.first.outputs(j, a), -1))
        return pixel + F.glu(self.second.outputs(j, self.second_offset), -1)


class Enlargement:
    """The transposed convolutions of both streams, for one row or pixel of the larger image.

    Args:
        above: of the stream of rows; later changes of its weights are not seen.
        before: of the stream of pixels.
    """

    def __init__(self, above: Enlarged, before: Enlarged) -> None:
        """Fold the weights."""
        self.rows = [kernel.transpose(1, 2).flatten(1) for kernel in above.kernel().unbind(2)]
        self.pixels = [[k.contiguous() for k in r.unbind(2)] for r in before.kernel().unbind(2)]
        self.of_rows, self.of_pixels = above.bias, before.bias

    def row(self, i: int, smaller: Tensor) -> Tensor:
        """Return row ``i`` from the row ``(w, n, C)`` that stands for it, ``(2 w, n, C)``."""
        pairs = (smaller @ self.rows[i % 2]).unflatten(2, (2, -1))
        return pairs.transpose(1, 2).flatten(0, 1) + self.of_rows

    def pixel(self, i: int, j: int, smaller: Tensor) -> Tensor:
        """Return a pixel from the one that stands for it, ``(n, C)``."""
        return torch.addmm(self.of_pixels, smaller, self.pixels[i % 2][j % 2])
