"""A PixelCNN++ that draws: each layer is worked out only at its own rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib.autoregressive.pixel_cache import PixelCache, convolve, matrix_of
from genlib.autoregressive.two_streams import both_signs
from genlib.autoregressive.two_streams_cache import (
    Enlargement,
    PixelConvolution,
    PixelResidual,
    RowConvolution,
    RowResidual,
)

if TYPE_CHECKING:
    from genlib.autoregressive.pixelcnnpp import PixelCNNPP, Stage
    from genlib.autoregressive.two_streams import TwoStreamBlock


class PixelCNNPPCache(PixelCache):
    """What the layers of a PixelCNN++ know of the row above and, so far, of this one.

    The stream of what is above is worked out for a whole row when it begins, the other pixel by
    pixel; a stage of half the width and height has its turn at every second row and column only.
    Ramachandran et al. (2017, https://arxiv.org/abs/1704.06001).

    Args:
        model: whose conditionals.
        n: how many images are drawn at once.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, model: PixelCNNPP, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known."""
        half = model.before.kernel_size[1] // 2
        super().__init__(model, n, above=half + 1, beside=half)
        kernel = model.before.kernel()
        self.of_above, self.of_rows = matrix_of(model.above.kernel()), matrix_of(kernel[:, :, :-1])
        self.of_left = matrix_of(kernel[:, :, -1:, : half + 1])
        self.last, self.offset = matrix_of(model.last.kernel()), model.last.offset()[:, None]
        self.stage = StageCache(model.stage, n, model.event_shape[2], label)

    def begin_row(self, i: int) -> None:
        """Work out the stream of what is above for row ``i``, wherever that row counts."""
        rows, columns = self.canvas[i : i + self.above], 2 * self.beside + 1
        before = convolve(self.of_rows, rows[1:], columns).transpose(0, 1)
        self.seen_above = before + self.model.before.offset()[:, None]
        above = convolve(self.of_above, rows, columns) + self.model.above.bias[:, None, None]
        self.stage.begin_row(i, above)

    def column(self, i: int, j: int) -> Tensor:
        """Return the network's outputs at a pixel, ``(outputs, n)``."""
        left = self.canvas[i + self.above, j : j + self.beside + 1].flatten(0, 1)
        before = torch.addmm(self.seen_above[j], self.of_left, left)
        before = self.stage.column(i, j, before)
        return torch.addmm(self.offset, self.last, both_signs(before, 0))


class StageCache:
    """A stage, and those inside it.

    Args:
        stage: whose weights; later changes of them are not seen.
        n: images.
        width: of the images at this stage.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, stage: Stage, n: int, width: int, label: Tensor | None) -> None:
        """Begin above the first row."""
        self.earlier, self.later = (
            [BlockCache(block, n, width, label) for block in blocks]
            for blocks in (stage.earlier, stage.later)
        )
        self.inner = None if stage.innermost else InnerCache(stage, n, width, label)

    def begin_row(self, i: int, above: Tensor) -> Tensor:
        """Take what is known above row ``i``, ``(C, W, n)``, and return what the blocks make."""
        kept = [above]
        for block in self.earlier:
            kept.append(block.begin_row(kept[-1]))
        above = kept.pop() if self.inner is None else self.inner.begin_row(i, kept[-1])
        for block in self.later:
            above = block.begin_row(above, kept.pop())
        return above

    def column(self, i: int, j: int, before: Tensor) -> Tensor:
        """Take what is known before a pixel, ``(C, n)``, and return what the blocks make."""
        kept = [before]
        for block in self.earlier:
            kept.append(block.column(j, kept[-1]))
        before = kept.pop() if self.inner is None else self.inner.column(i, j, kept[-1])
        for block in self.later:
            before = block.column(j, before, kept.pop())
        return before


class BlockCache:
    """A block of both streams.

    Args:
        block: whose weights.
        n: images.
        width: of the images.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, block: TwoStreamBlock, n: int, width: int, label: Tensor | None) -> None:
        """Begin above the first row."""
        self.rows = RowResidual(block.above, n, width, label)
        self.pixels = PixelResidual(block.before, n, width, label)

    def begin_row(self, above: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return the first stream for the next row, of which the other hears."""
        above = self.rows(above, kept)
        self.pixels.begin_row(above)
        return above

    def column(self, j: int, before: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return the other stream at a pixel."""
        return self.pixels(j, before, kept)


class InnerCache:
    """What lies within a stage: fewer pixels, that have their turn more rarely.

    Args:
        stage: around it.
        n: images.
        width: of the images around it.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, stage: Stage, n: int, width: int, label: Tensor | None) -> None:
        """Begin above the first row."""
        self.stride, self.width = stage.stride, width
        self.rows = RowConvolution(stage.down.above, n, width)
        self.pixels = PixelConvolution(stage.down.before, n, width)
        self.stage = StageCache(stage.inner, n, -(-width // self.stride), label)
        self.larger = None if stage.up is None else Enlargement(stage.up.above, stage.up.before)
        self.before = [self.pixels.bias] * -(-width // self.stride)  # of this row, from the left

    def begin_row(self, i: int, above: Tensor) -> Tensor:
        """Return what the stages inside say for row ``i``, ``(C, W, n)``."""
        self.rows.take(above)
        self.pixels.begin_row()
        if i % self.stride == 0:
            self.above = self.stage.begin_row(i // self.stride, self.rows.outputs())
        if self.larger is None:
            return self.above
        return self.larger.row(i, self.above)[:, : self.width]

    def column(self, i: int, j: int, before: Tensor) -> Tensor:
        """Return what the stages inside say at a pixel, ``(C, n)``."""
        self.pixels.take(j, before)
        row, column = i // self.stride, j // self.stride
        if i % self.stride == j % self.stride == 0:
            smaller = self.pixels.outputs(j, self.pixels.bias)
            self.before[column] = self.stage.column(row, column, smaller)
        found = self.before[column]
        return found if self.larger is None else self.larger.pixel(i, j, found)
