"""What models of images share that draw pixel by pixel, with matrices instead of convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from genlib.autoregressive.pixels import PixelModel
    from genlib.nn import MaskedConv2d


class PixelCache:
    """The pixels that are known, and the turns in which the others are drawn.

    A subclass gives ``begin_row(i)``, what is worked out for a whole row when its turn comes, and
    ``column(i, j)``, the network's outputs at a pixel, ``(outputs, n)``. Features are rows of
    matrices and images their columns, so that a pixel's features, one beside them that is always
    1, and those of its neighbours lie together in memory.

    Args:
        model: whose conditionals.
        n: how many images are drawn at once.
        above: rows of noughts above the image, which the network's first layer sees.
        beside: columns of noughts on either side.
    """

    def __init__(self, model: PixelModel, n: int, above: int, beside: int) -> None:
        """Begin with nothing known."""
        self.model, self.above, self.beside = model, above, beside
        self.places = iter(model.places())
        height, width = model.event_shape[1:]
        new = next(model.parameters()).new_zeros
        self.canvas = new(height + above, width + 2 * beside, model.inputs, n)

    def next(self) -> Tensor:
        """Return the parameters of the next pixel, or of its next colour, ``(n, P, *entry)``."""
        self.place = channel, i, j = next(self.places)
        if j.start == 0 and not channel.start:
            self.begin_row(i.start)
        outputs = self.column(i.start, j.start)
        parameters = self.model.arranged(outputs.T[:, :, None, None])
        return parameters if self.model.at_once else parameters[:, :, channel]

    def append(self, x: Tensor) -> None:
        """Take notice of the values of that entry, ``(n, *entry)``."""
        channel, i, j = self.place
        pixel = self.canvas[i.start + self.above, j.start + self.beside]
        colours = pixel.unflatten(0, (self.model.likelihood.features, -1))
        colours[:, channel] = self.model.likelihood.shown(x)[..., 0, 0].movedim(0, -1)

    def begin_row(self, i: int) -> None:
        """Work out what is worked out for a whole row."""
        raise NotImplementedError

    def column(self, i: int, j: int) -> Tensor:
        """Return the network's outputs at a pixel, ``(outputs, n)``."""
        raise NotImplementedError


def convolve(matrix: Tensor, rows: Tensor, columns: int) -> Tensor:
    """Return the outputs of a kernel at all its places in a row, ``(out, W, n)``.

    Args:
        matrix: the kernel's, see ``matrix_of``.
        rows: as many as the kernel has, ``(rows, W + columns - 1, C, n)``.
        columns: of the kernel.
    """
    windows = rows.unfold(1, columns, 1).permute(0, 4, 2, 1, 3)  # (rows, columns, C, W, n)
    return (matrix @ windows.reshape(len(matrix[0]), -1)).unflatten(1, windows.shape[3:])


def matrix_of(kernel: Tensor) -> Tensor:
    """Return a kernel ``(out, in, rows, columns)`` as a matrix ``(out, rows * columns * in)``."""
    return kernel.permute(0, 2, 3, 1).flatten(1)


def with_offset(layer: MaskedConv2d) -> Tensor:
    """Return the matrix of a layer of one pixel, and beside it its bias, ``(out, in + 1)``.

    It multiplies a pixel's channels and a 1: to add the bias for itself would take as long as the
    product.
    """
    return torch.cat([matrix_of(layer.kernel()), layer.offset().unsqueeze(1)], 1)
