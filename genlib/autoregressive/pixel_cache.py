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
    ``column(i, j)``, the network's outputs at a pixel, ``(n, outputs)``.

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
        self.canvas = new(height + above, n, width + 2 * beside, model.inputs)

    def next(self) -> Tensor:
        """Return the parameters of the next pixel, or of its next colour, ``(n, P, *entry)``."""
        self.place = channel, i, j = next(self.places)
        if j.start == 0 and not channel.start:
            self.begin_row(i.start)
        parameters = self.model.arranged(self.column(i.start, j.start)[:, :, None, None])
        return parameters if self.model.at_once else parameters[:, :, channel]

    def append(self, x: Tensor) -> None:
        """Take notice of the values of that entry, ``(n, *entry)``."""
        channel, i, j = self.place
        pixel = self.canvas[i.start + self.above, :, j.start + self.beside]
        colours = pixel.unflatten(-1, (self.model.likelihood.features, -1))
        colours[..., channel] = self.model.likelihood.shown(x)[..., 0, 0]

    def begin_row(self, i: int) -> None:
        """Work out what is worked out for a whole row."""
        raise NotImplementedError

    def column(self, i: int, j: int) -> Tensor:
        """Return the network's outputs at a pixel, ``(n, outputs)``."""
        raise NotImplementedError


def windows(rows: Tensor, columns: int) -> Tensor:
    """Return what a kernel of so many columns meets at each of its places, side by side.

    Args:
        rows: as many as the kernel has, ``(rows, n, W + columns - 1, C)``.
        columns: of the kernel.

    Returns:
        ``(W, n, rows * columns * C)``.
    """
    found = rows.unfold(2, columns, 1)  # (rows, n, W, C, columns)
    return found.permute(2, 1, 0, 4, 3).flatten(2)


def matrix(kernel: Tensor) -> Tensor:
    """Return a kernel as the matrix that multiplies such windows from the right.

    Args:
        kernel: ``(out, in, rows, columns)``.

    Returns:
        ``(rows * columns * in, out)``.
    """
    return kernel.permute(2, 3, 1, 0).flatten(0, 2)


def with_offset(layer: MaskedConv2d) -> Tensor:
    """Return the matrix of a layer of one pixel, and below it its bias, ``(in + 1, out)``.

    It multiplies a pixel's channels and a 1: to add the bias for itself would take as long as the
    product.
    """
    return torch.cat([matrix(layer.kernel()), layer.offset().unsqueeze(0)])
