"""A PixelCNN that draws: one new pixel for the work of one pixel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib.autoregressive.grid import ACTIVATION, TOP

if TYPE_CHECKING:
    from genlib.autoregressive.pixelcnn import MaskedResidualBlock, PixelCNN
    from genlib.nn import MaskedConv2d


class PixelCNNCache:
    r"""The columns of a PixelCNN's layers at the pixels that are known.

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
        self.model, self.weights = model, FoldedPixelCNN(model)
        self.places = iter(model.places())
        self.label = 0.0 if label is None else model.label_vector(label) * self.weights.unit
        self.make_room(n, *model.event_shape[1:])

    def make_room(self, n: int, height: int, width: int) -> None:
        """Make what is filled while images are drawn; pixels and columns come before images."""
        new, half = self.weights.last.new_zeros, self.weights.half
        blocks, channels = self.weights.left.shape[:2]
        self.canvas = new(height + half, width + 2 * half, n, self.model.inputs)
        self.row, self.row_above = (new(blocks, width + 2, n, channels) for _ in range(2))
        self.y = new(n, 2 * channels)
        # a column of ones beside the activations, which the next layer's bias multiplies: adding
        # the bias for itself takes as long as the product
        self.wide, self.narrow = new(n, 2 * channels + 1) + 1, new(n, channels + 1) + 1

    def next(self) -> Tensor:
        """Return the parameters of the next pixel, or of its next colour, ``(n, P, *entry)``."""
        self.place = channel, i, j = next(self.places)
        if j.start == 0 and not channel.start:
            self.begin_row(i.start)
        outputs = self.column(i.start, j.start) / self.weights.unit
        return self.model.arranged(outputs[:, :, None, None])[(..., *self.place_of_parameters())]

    def append(self, x: Tensor) -> None:
        """Take notice of the values of that entry, ``(n, *entry)``."""
        channel, i, j = self.place
        half, features = self.weights.half, self.model.likelihood.features
        pixel = self.canvas[i.start + half, j.start + half].unflatten(-1, (features, -1))
        pixel[..., channel] = self.model.likelihood.shown(x)[..., 0, 0]

    def place_of_parameters(self) -> tuple[slice, ...]:
        """Return the place of the next entry among the parameters of its pixel."""
        if len(self.model.parameter_shape) == 3:  # a colour that is drawn at once
            return slice(None), slice(None)
        return self.place[0], slice(None), slice(None)

    def begin_row(self, i: int) -> None:
        """Work out what every layer sees of the rows above row ``i``, for the whole row."""
        weights, (blocks, wide, n, channels) = self.weights, self.row.shape
        self.row, self.row_above = self.row_above, self.row
        width = wide - 2
        above = weights.offset.unsqueeze(1).expand(-1, width * n, -1)
        for k, kernel in enumerate(weights.above):
            window = self.row_above[:, k : k + width].reshape(blocks, width * n, channels)
            above = torch.baddbmm(above, window, kernel)
        self.above = above.unflatten(1, (width, n))
        rows = self.canvas[i : i + weights.half].unfold(1, 2 * weights.half + 1, 1)
        window = rows.permute(1, 2, 0, 4, 3).reshape(width, n, -1)
        self.first_above = window @ weights.first_above + weights.first_offset + self.label

    def column(self, i: int, j: int) -> Tensor:
        """Return the network's outputs at a pixel, ``(n, outputs)``, in steps of the grid."""
        weights, activation, y = self.weights, self.weights.activation, self.y
        into_wide, into_narrow = self.wide[:, :-1], self.narrow[:, :-1]
        left = self.canvas[i + weights.half, j : j + weights.half + 1].transpose(0, 1).flatten(1)
        torch.addmm(self.first_above[j], left, weights.first_left, out=y)
        seen = torch.baddbmm(self.above[:, j], self.row[:, j], weights.left)
        for narrow, centre, widen, a, b in zip(
            *weights.columns, self.row[:, j + 1].unbind(), seen.unbind(), strict=True
        ):
            activation(y, into_wide)
            activation(torch.mm(self.wide, narrow, out=a), a)
            activation(b.addmm_(a, centre), into_narrow)
            y.addmm_(self.narrow, widen)
        activation(y, into_wide)
        hidden = self.wide @ weights.hidden
        return torch.addmm(weights.last_offset, activation(hidden, hidden), weights.last)


class FoldedPixelCNN:
    """The weights of a PixelCNN as matrices ``(in, out)``, masked, and rounded if it says so.

    Args:
        model: whose weights; later changes of them are not seen.
    """

    def __init__(self, model: PixelCNN) -> None:
        """Fold them."""
        self.unit = ACTIVATION if model.exact else 1.0
        self.activation = whole_steps if model.exact else positive_part
        self.half = model.first.kernel_size[1] // 2
        first = model.first.kernel().permute(2, 3, 1, 0) * self.unit  # (rows, k, in, out)
        self.first_above = first[:-1].flatten(0, 2)
        self.first_left = first[-1, : self.half + 1].flatten(0, 1)
        self.first_offset = model.first.offset() * self.unit
        self.fold_blocks(model.blocks)
        self.hidden = torch.cat(self.linear(model.hidden))
        self.last, self.last_offset = self.linear(model.last)

    def fold_blocks(self, blocks: Iterable[MaskedResidualBlock]) -> None:
        """Stack what is used for all blocks together, and list what is used one by one."""
        kernels = torch.stack([block.masked.kernel() for block in blocks])
        above, own = kernels.permute(3, 4, 0, 2, 1)  # each (k, L, in, out)
        self.above, self.left, centres = above, own[0], own[1]
        self.offset = torch.stack([block.masked.offset() for block in blocks]) * self.unit
        narrow = [torch.cat(self.linear(block.narrow)) for block in blocks]
        widen = [torch.cat(self.linear(block.widen)) for block in blocks]
        self.columns = narrow, centres, widen

    def linear(self, layer: MaskedConv2d) -> tuple[Tensor, Tensor]:
        """Return matrix ``(in, out)`` and offset ``(1, out)`` of a layer of one pixel."""
        return layer.kernel()[..., 0, 0].T, layer.offset().unsqueeze(0) * self.unit


def positive_part(x: Tensor, out: Tensor) -> Tensor:
    """Write max(0, x) into ``out``."""
    return torch.clamp_min(x, 0, out=out)


def whole_steps(x: Tensor, out: Tensor) -> Tensor:
    """Write max(0, x), at most ``TOP``, in whole steps of the grid, into ``out``."""
    return torch.clamp(x, 0, TOP * ACTIVATION, out=out).round_()
