"""Convolutions of a stream of features that knows what it may see."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.nn import causal_conv2d


class ShiftedConv2d(nn.Conv2d):
    r"""A convolution with a rectangle of pixels that ends in the pixel's own row or the one above.

    Where a stream's features at a pixel know only rows above it, all columns of the pixel's row may
    be seen (a *down-shifted* convolution); where they know what is before the pixel in raster
    order, only those up to its own (``right=0``, *down-right-shifted*). Salimans et al. (2017,
    https://arxiv.org/abs/1701.05517), section 2.4. Derived in the chapter on PixelCNN++.

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
        return causal_conv2d(x, self.kernel(), self.bias, self.left, self.stride[0])
