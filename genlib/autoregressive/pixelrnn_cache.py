"""Recurrent models of images that draw: states are kept, each is worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.autoregressive.lstm import lstm_step
from genlib.autoregressive.pixel_cache import PixelCache, convolve, matrix_of

if TYPE_CHECKING:
    from genlib.autoregressive.pixelrnn import PixelRNN


class PixelRNNCache(PixelCache):
    """What the recurrent models share that draw: first convolution, head, weights of layers.

    A subclass gives ``through_layers``. Layers come first in what is kept of them, then columns of
    the image.

    Args:
        model: whose conditionals.
        n: how many images are drawn at once.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, model: PixelRNN, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known."""
        half = model.first.kernel_size[1] // 2
        super().__init__(model, n, above=half, beside=half)
        self.canvas = F.pad(self.canvas, (0, 0, 0, 0, 0, model.beyond))
        kernel = model.first.kernel()
        self.first_above = matrix_of(kernel[:, :, :-1])
        self.first_left = matrix_of(kernel[:, :, -1:, : half + 1])
        of_label = 0.0 if label is None else model.of_label(label).T
        self.first_offset = model.first.bias[:, None] + of_label
        self.head = [
            (matrix_of(layer.kernel()), layer.bias[:, None]) for layer in (model.hidden, model.last)
        ]
        self.into = torch.stack([matrix_of(layer.into.kernel()) for layer in model.layers])
        self.into_offset = torch.stack([layer.into.bias for layer in model.layers]).unsqueeze(2)
        self.widen = torch.stack([matrix_of(layer.widen.kernel()) for layer in model.layers])
        self.widen_offset = torch.stack([layer.widen.bias for layer in model.layers]).unsqueeze(2)
        self.channels, self.width = self.widen.shape[2], model.event_shape[2] + model.beyond

    def room(self, columns: int, channels: int) -> Tensor:
        """Return noughts for so many columns of all layers, ``(layers, columns, channels, n)``."""
        return self.canvas.new_zeros(len(self.widen), columns, channels, self.canvas.shape[-1])

    def begin_row(self, i: int) -> None:
        """Work out what the first convolution sees of the rows above row ``i``."""
        rows = self.canvas[i : i + self.above]
        above = convolve(self.first_above, rows, 2 * self.beside + 1).transpose(0, 1)
        self.from_above = above + self.first_offset

    def column(self, i: int, j: int) -> Tensor:
        """Return the network's outputs at a pixel, ``(outputs, n)``."""
        left = self.canvas[i + self.above, j : j + self.beside + 1].flatten(0, 1)
        y = self.through_layers(torch.addmm(self.from_above[j], self.first_left, left), j)
        for matrix, offset in self.head:
            y = torch.addmm(offset, matrix, y.relu())
        return y

    def through_layers(self, y: Tensor, j: int) -> Tensor:
        """Return what the layers make of their input at a pixel, ``(2 h, n)``."""
        raise NotImplementedError


class RowLSTMCache(PixelRNNCache):
    """The states of the row above, and of this one so far.

    When a row begins, what the states above send down is worked out for all of it.
    """

    def __init__(self, model: PixelRNN, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known."""
        super().__init__(model, n, label)
        self.across = [matrix_of(layer.across.weight.unsqueeze(2)) for layer in model.layers]
        self.state = self.room(self.width + 2, self.channels)  # a column of noughts on either side
        self.cell = self.room(self.width, self.channels)
        self.y = self.room(self.width + 1, 2 * self.channels)  # one of noughts to the left

    def begin_row(self, i: int) -> None:
        """Work out what comes from the rows above row ``i``, for all layers and pixels."""
        super().begin_row(i)
        down = [
            convolve(across, state.unsqueeze(0), 3).transpose(0, 1)
            for across, state in zip(self.across, self.state, strict=True)
        ]
        self.down = torch.stack(down) + self.into_offset.unsqueeze(1)
        self.cell_above = self.cell.clone()

    def through_layers(self, y: Tensor, j: int) -> Tensor:
        """Return what the layers make of their input at a pixel, ``(2 h, n)``."""
        for number, into in enumerate(self.into):
            self.y[number, j + 1] = y
            gates = torch.addmm(self.down[number, j], into, self.y[number, j : j + 2].flatten(0, 1))
            state, cell = lstm_step(gates, self.cell_above[number, j], 0)
            self.state[number, j + 1], self.cell[number, j] = state, cell
            y = y + torch.addmm(self.widen_offset[number], self.widen[number], state)
        return y


class DiagonalBiLSTMCache(PixelRNNCache):
    """The states from the left in the row above and in this one, those from the right above.

    When a row begins, the row above is complete, and the states that come through it from the right
    are worked out, in all layers together.
    """

    def __init__(self, model: PixelRNN, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known."""
        super().__init__(model, n, label)
        across = torch.stack([layer.across for layer in model.layers]).mT  # (layers, 2, 4 h, 2 h)
        (self.beside_left, self.above_left), (self.beside_right, self.above_right) = (
            part.chunk(2, -1) for part in across.unbind(1)
        )
        self.into_left, self.into_right = self.into.chunk(2, 1)
        self.left_offset, self.right_offset = self.into_offset.chunk(2, 1)
        self.left, self.cell, self.right = (
            self.room(self.width + 1, self.channels) for _ in range(3)
        )
        self.y = self.room(self.width, 2 * self.channels)

    def begin_row(self, i: int) -> None:
        """Work out what comes from the rows above row ``i``, for all layers and pixels."""
        if i:
            self.column(i - 1, self.width - 1)  # the one beyond the border
            self.finish_right()
        super().begin_row(i)
        self.down = everywhere(self.above_left, self.left[:, 1:]) + self.left_offset.unsqueeze(1)
        # the right state at column j is kept at j, with noughts at the end
        self.heard = everywhere(self.widen, self.right[:, :-1]) + self.widen_offset.unsqueeze(1)

    def finish_right(self) -> None:
        """Work out the states from the right in the row that is complete."""
        above = everywhere(self.above_right, self.right[:, :-1])
        gates = everywhere(self.into_right, self.y) + above + self.right_offset.unsqueeze(1)
        cell = torch.zeros_like(self.right[:, 0])
        for j in reversed(range(self.width)):
            here = torch.baddbmm(gates[:, j], self.beside_right, self.right[:, j + 1])
            self.right[:, j], cell = lstm_step(here, cell, 1)

    def through_layers(self, y: Tensor, j: int) -> Tensor:
        """Return what the layers make of their input at a pixel, ``(2 h, n)``."""
        for number, (into, beside) in enumerate(zip(self.into_left, self.beside_left, strict=True)):
            self.y[number, j] = y
            gates = torch.addmm(self.down[number, j], into, y)
            gates.addmm_(beside, self.left[number, j])
            state, cell = lstm_step(gates, self.cell[number, j], 0)
            self.left[number, j + 1], self.cell[number, j + 1] = state, cell
            y = torch.addmm(y + self.heard[number, j], self.widen[number], state)
        return y


def everywhere(matrices: Tensor, columns: Tensor) -> Tensor:
    """Multiply each layer's matrix ``(out, in)`` with all its columns, ``(layers, W, in, n)``."""
    return matrices.unsqueeze(1) @ columns
