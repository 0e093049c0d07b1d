"""Convolutions of a stream of features that knows what it may see."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.nn import causal_conv2d, in_layout_of


class ShiftedConv2d(nn.Conv2d):
    r"""A convolution with a rectangle of pixels that ends in the pixel's own row or the one above.

    Where a stream's features at a pixel know only rows above it, all columns of the pixel's row may
    be seen (a *down-shifted* convolution); where they know what is before the pixel in raster
    order, only those up to its own (``right=0``, *down-right-shifted*). Salimans et al. (2017,
    https://arxiv.org/abs/1701.05517). Derived in the chapter on PixelCNN++.

    Args:
        inputs: channels in.
        outputs: channels out.
        rows: height of the rectangle.
        left: its columns to the left of the pixel.
        right: its columns to the right of the pixel.
        strictly_above: whether it ends in the row above.
        kind: which colours of the pixel itself are seen, as ``genlib.nn.MaskedConv2d`` says:
            ``"A"``, ``"B"``, or None for all.
        groups: colours of a pixel; channel c belongs to colour c mod groups.
        stride: of how many rows and columns to compute only the first.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        rows: int,
        left: int,
        right: int,
        strictly_above: bool = False,
        kind: str | None = None,
        groups: int = 1,
        stride: int = 1,
    ) -> None:
        """Build the layer and its mask."""
        super().__init__(inputs, outputs, (rows, left + 1 + right), stride)
        self.left, self.strictly_above = left, strictly_above
        mask = torch.ones_like(self.weight)
        if kind is not None:
            into, out = torch.arange(inputs) % groups, torch.arange(outputs)[:, None] % groups
            mask[:, :, -1, left] = into < out if kind == "A" else into <= out
        self.register_buffer("mask", mask, persistent=False)

    def kernel(self) -> Tensor:
        """Return weight * mask."""
        return self.weight * self.mask

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, inputs, H, W)`` to ``(B, outputs, H, W)``, or with a stride to fewer pixels."""
        if self.strictly_above:
            x = F.pad(x, (0, 0, 1, -1))  # each row takes the place of the next
        x = in_layout_of(self.weight, x)
        return causal_conv2d(x, self.kernel(), self.bias, self.left, self.stride[0])


def down_shifted(inputs: int, outputs: int, stride: int = 1) -> ShiftedConv2d:
    """Return a convolution for features that know the rows above: two rows, three columns."""
    return ShiftedConv2d(inputs, outputs, rows=2, left=1, right=1, stride=stride)


def down_right_shifted(
    inputs: int, outputs: int, stride: int = 1, groups: int = 1
) -> ShiftedConv2d:
    """Return one for features that know what is before the pixel: two rows, two columns."""
    return ShiftedConv2d(
        inputs, outputs, rows=2, left=1, right=0, kind="B", groups=groups, stride=stride
    )


class Enlarged(nn.ConvTranspose2d):
    """A transposed convolution that gives, from every pixel, the 2 x 2 pixels in its place.

    What such a pixel knows comes before the first of the four, and so before each of them.

    Args:
        channels: in and out.
        groups: colours of a pixel, which stay apart: colour c hears of those up to c.
    """

    def __init__(self, channels: int, groups: int = 1) -> None:
        """Build the layer and its mask."""
        super().__init__(channels, channels, 2, stride=2)
        colours = torch.arange(channels) % groups
        mask = (colours[:, None] <= colours).to(self.weight.dtype)
        self.register_buffer("mask", mask[:, :, None, None], persistent=False)

    def kernel(self) -> Tensor:
        """Return weight * mask, ``(in, out, 2, 2)``."""
        return self.weight * self.mask

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        """Map ``(B, channels, h, w)`` to ``(B, channels, H, W)``, as large as ``like``."""
        height, width = like.shape[2:]
        return F.conv_transpose2d(x, self.kernel(), self.bias, 2)[:, :, :height, :width]
