"""The layers of two streams, worked out row by row and pixel by pixel.

The stream of what is above takes whole rows, ``(C, W, n)``, when they begin; the stream of what is
before takes pixels, ``(C, n)``. A layer keeps of its inputs the row above and the present one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.autoregressive.pixel_cache import convolve, matrix_of
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
        self.matrix, self.stride = matrix_of(layer.kernel()), layer.stride[0]
        self.bias = layer.bias[:, None, None]
        self.rows = layer.bias.new_zeros(2, width + 2, layer.in_channels, n)

    def take(self, row: Tensor) -> None:
        """Take notice of the next row, ``(in, W, n)``."""
        self.rows = self.rows.roll(-1, 0)
        self.rows[1, 1:-1] = row.transpose(0, 1)

    def outputs(self) -> Tensor:
        """Return the outputs at the row that was taken, ``(out, W / stride, n)``."""
        return convolve(self.matrix, self.rows, 3)[:, :: self.stride] + self.bias


class PixelConvolution:
    """A down-right-shifted convolution (two rows, two columns), pixel by pixel.

    Args:
        layer: whose weights; later changes of them are not seen.
        n: images.
        width: of the images.
    """

    def __init__(self, layer: ShiftedConv2d, n: int, width: int) -> None:
        """Begin above the first row."""
        self.matrix = matrix_of(layer.kernel().transpose(2, 3))
        self.bias = layer.bias[:, None]
        self.columns = layer.bias.new_zeros(width + 1, 2, layer.in_channels, n)

    def begin_row(self) -> None:
        """Let the row that was drawn be the row above."""
        self.columns[:, 0] = self.columns[:, 1]

    def take(self, j: int, pixel: Tensor) -> None:
        """Take notice of a pixel of this row, ``(in, n)``."""
        self.columns[j + 1, 1] = pixel

    def outputs(self, j: int, also: Tensor) -> Tensor:
        """Return the outputs at the pixel that was taken, without bias, and ``also`` added."""
        return torch.addmm(also, self.matrix, self.columns[j : j + 2].flatten(0, 2))


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
        self.links = [(matrix_of(link.kernel()), link.offset()) for link in block.links]
        self.label = 0.0 if label is None else block.of_label(label).T.unsqueeze(1)

    def __call__(self, row: Tensor, kept: Tensor) -> Tensor:
        """Return the block's outputs for the next row, ``(C, W, n)``."""
        self.first.take(both_signs(row, 0))
        a = self.first.outputs()
        for link, offset in self.links:
            a = a + torch.tensordot(link, both_signs(kept, 0), 1) + offset[:, None, None]
        self.second.take(both_signs(a, 0))
        return row + F.glu(self.second.outputs() + self.label, 0)


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
        self.of_above, *self.of_kept = (matrix_of(link.kernel()) for link in block.links)
        offsets = (link.offset()[:, None] for link in block.links)
        self.first_offset = sum(offsets, self.first.bias)
        self.second_offset = self.second.bias
        if label is not None:
            self.second_offset = self.second_offset + block.of_label(label).T

    def begin_row(self, above: Tensor) -> None:
        """Hear a whole row of the other stream, ``(C, W, n)``."""
        heard = torch.tensordot(self.of_above, both_signs(above, 0), 1).transpose(0, 1)
        self.from_above = heard + self.first_offset
        self.first.begin_row()
        self.second.begin_row()

    def __call__(self, j: int, pixel: Tensor, kept: Tensor) -> Tensor:
        """Return the block's outputs at a pixel, ``(C, n)``."""
        a = self.from_above[j]
        for link in self.of_kept:
            a = torch.addmm(a, link, both_signs(kept, 0))
        self.first.take(j, both_signs(pixel, 0))
        self.second.take(j, both_signs(self.first.outputs(j, a), 0))
        return pixel + F.glu(self.second.outputs(j, self.second_offset), 0)


class Enlargement:
    """The transposed convolutions of both streams, for one row or pixel of the larger image.

    Args:
        above: of the stream of rows; later changes of its weights are not seen.
        before: of the stream of pixels.
    """

    def __init__(self, above: Enlarged, before: Enlarged) -> None:
        """Fold the weights."""
        kernels = above.kernel().permute(2, 3, 1, 0)  # (2, 2, out, in)
        self.rows = [kernel.flatten(0, 1) for kernel in kernels]
        self.pixels = before.kernel().permute(2, 3, 1, 0).contiguous()
        self.of_rows, self.of_pixels = above.bias[:, None, None], before.bias[:, None]

    def row(self, i: int, smaller: Tensor) -> Tensor:
        """Return row ``i`` from the row ``(C, w, n)`` that stands for it, ``(C, 2 w, n)``."""
        pairs = torch.tensordot(self.rows[i % 2], smaller, 1).unflatten(0, (2, -1))
        return pairs.permute(1, 2, 0, 3).flatten(1, 2) + self.of_rows

    def pixel(self, i: int, j: int, smaller: Tensor) -> Tensor:
        """Return a pixel from the one that stands for it, ``(C, n)``."""
        return torch.addmm(self.of_pixels, self.pixels[i % 2, j % 2], smaller)
