"""A gated PixelCNN that draws: a row above for the work of a row, a pixel for that of a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib.autoregressive.pixel_cache import PixelCache, convolve, matrix_of, with_offset

if TYPE_CHECKING:
    from genlib.autoregressive.gated import GatedBlock, GatedPixelCNN


class GatedPixelCNNCache(PixelCache):
    r"""The vertical stack of two rows, and the horizontal one of the row in which pixels are drawn.

    When a row begins, the vertical stack is worked out for all of it, and so is what the horizontal
    stack hears from it; at a pixel the horizontal stack alone is left. Of L blocks of h channels
    about :math:`5\, L W h` numbers are kept for an image of width W.

    Args:
        model: whose conditionals.
        n: how many images are drawn at once.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, model: GatedPixelCNN, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known."""
        reach = model.blocks[0].horizontal.left
        super().__init__(model, n, above=reach, beside=reach)
        self.blocks = [FoldedBlock(block, label) for block in model.blocks]
        self.skip = torch.cat([with_offset(block.skip) for block in model.blocks], 1)
        self.hidden, self.last = with_offset(model.hidden), with_offset(model.last)
        self.make_room(n, model.event_shape[2])

    def make_room(self, n: int, width: int) -> None:
        """Make what is filled while images are drawn."""
        new, blocks = self.canvas.new_zeros, len(self.blocks)
        channels = len(self.blocks[0].link) // 2
        self.vertical = new(blocks, 2, width + 2, channels, n)  # the row above and this one
        self.from_above = new(blocks, width, 2 * channels, n)
        self.row = new(blocks - 1, width + 1, channels, n)  # h, to the left of the pixel
        self.gates = new(blocks, channels + 1, n) + 1  # the ones are multiplied by biases
        self.head = new(self.hidden.shape[1], n) + 1

    def begin_row(self, i: int) -> None:
        """Work out the vertical stack for row ``i``, and what the horizontal one hears from it."""
        rows = self.canvas[i : i + self.above]
        self.vertical = self.vertical.roll(-1, 1)
        for number, block in enumerate(self.blocks):
            above = convolve(block.vertical, rows, block.width) + block.vertical_offset
            heard = torch.tensordot(block.link, above, 1) + block.offset
            self.from_above[number] = heard.transpose(0, 1)
            rows = self.vertical[number]
            a, b = (above + block.vertical_label).transpose(0, 1).chunk(2, 1)
            rows[1, 1:-1] = torch.tanh(a) * torch.sigmoid(b)

    def column(self, i: int, j: int) -> Tensor:
        """Return the network's outputs at a pixel, ``(outputs, n)``."""
        left = self.canvas[i + self.above, j : j + self.beside + 1].flatten(0, 1)
        seen = [left, *self.row[:, j : j + 2].flatten(1, 2)]  # by each block, left and own pixel
        own, h = self.row[:, j + 1], 0.0
        for number, (block, gates) in enumerate(zip(self.blocks, self.gates, strict=True)):
            y = torch.addmm(self.from_above[number, j], block.horizontal, seen[number])
            a, b = y.chunk(2)
            torch.mul(a.tanh_(), b.sigmoid_(), out=gates[:-1])
            if block.residual is not None:
                h = own[number].copy_(block.residual @ gates + h)
        into_head = self.head[:-1]
        torch.mm(self.skip, self.gates.flatten(0, 1), out=into_head).relu_()
        into_head.copy_(self.hidden @ self.head).relu_()
        return self.last @ self.head


class FoldedBlock:
    """The weights of a block as matrices ``(out, in)``.

    Args:
        block: whose weights; later changes of them are not seen.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, block: GatedBlock, label: Tensor | None) -> None:
        """Fold them."""
        self.width = block.vertical.kernel_size[1]
        self.vertical = matrix_of(block.vertical.kernel())
        self.vertical_offset = block.vertical.bias[:, None, None]
        self.horizontal = matrix_of(block.horizontal.kernel())
        self.link = matrix_of(block.link.weight)
        self.offset = (block.link.bias + block.horizontal.bias)[:, None, None]
        self.residual = None if block.last else with_offset(block.residual)
        self.vertical_label = 0.0
        if label is not None:
            self.vertical_label, horizontal = block.of_label(label).T.unsqueeze(1).chunk(2)
            self.offset = self.offset + horizontal
