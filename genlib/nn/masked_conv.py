"""Convolutions that see, from each pixel, only what comes before it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MaskedConv2d(nn.Conv2d):
    r"""A convolution of images that sees, from each pixel, only those before it.

    Before a pixel come all rows above it and, in its own row, all pixels to its left. The pixel
    itself has ``groups`` groups of channels, one for each of its colours (channel c belongs to
    group c mod groups): a mask of type B shows it to its own group and those after, one of type A
    only to those after, as a first layer must. van den Oord, Kalchbrenner and Kavukcuoglu (2016,
    https://arxiv.org/abs/1601.06759), figure 2. Derived in the chapter on autoregressive models.

    Rows below the pixel are never seen, so the kernel has none: it is k // 2 + 1 high and k wide.

    Args:
        inputs: channels in.
        outputs: channels out.
        kernel: odd width k.
        kind: ``"A"`` or ``"B"``.
        groups: colours of a pixel.

    Raises:
        ValueError: if a size is not positive, the width even or the kind unknown.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, *, kind: str = "B", groups: int = 1
    ) -> None:
        """Build the layer and its mask."""
        if min(inputs, outputs, kernel, groups) < 1 or kernel % 2 == 0 or kind not in ("A", "B"):
            raise ValueError(
                f"inputs={inputs}, outputs={outputs}, kernel={kernel}, kind={kind!r}, "
                f"groups={groups}: wanted positive sizes, an odd kernel and kind 'A' or 'B'"
            )
        half = kernel // 2
        super().__init__(inputs, outputs, (half + 1, kernel), padding=half)
        into, out = torch.arange(inputs) % groups, torch.arange(outputs) % groups
        mask = torch.ones_like(self.weight)
        mask[:, :, half, half + 1 :] = 0
        mask[:, :, half, half] = into < out[:, None] if kind == "A" else into <= out[:, None]
        self.register_buffer("mask", mask, persistent=False)

    def kernel(self) -> Tensor:
        """Return weight * mask."""
        return self.weight * self.mask

    def offset(self) -> Tensor:
        """Return the bias."""
        return self.bias

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, inputs, H, W)`` to ``(B, outputs, H, W)``."""
        x = in_layout_of(self.weight, x)
        return causal_conv2d(x, self.kernel(), self.offset(), self.kernel_size[1] // 2)


def causal_conv2d(
    x: Tensor, kernel: Tensor, offset: Tensor | None, left: int, stride: int = 1
) -> Tensor:
    """Convolve images with a kernel that ends at the pixel's own row.

    Args:
        x: ``(B, inputs, H, W)``.
        kernel: ``(outputs, inputs, rows, columns)``; beyond the border it meets noughts.
        offset: bias, ``(outputs,)``.
        left: how many of its columns lie to the left of the pixel.
        stride: of how many rows and columns to compute only the first, ``H / stride``, rounded up.
    """
    up, right = kernel.shape[2] - 1, kernel.shape[3] - 1 - left
    across = max(left, right)
    # On a CPU a kernel with noughts below is quicker than rows too many and cutting them off. A
    # GPU might multiply such a kernel in another basis (Winograd), where noughts hold but roughly.
    below = 0 if x.is_cuda else up
    kernel = F.pad(kernel, (across - left, across - right, 0, below))
    seen = F.conv2d(x, kernel, offset, stride, (up, across))
    return seen[:, :, : -(-x.shape[2] // stride)]


def in_layout_of(weight: Tensor, x: Tensor) -> Tensor:
    """Return images with their channels innermost in memory, if those of a weight are.

    torch sees to that by itself, but cannot tell of images with one channel, after which all
    layers would go on in the other layout, and be converted back and forth.
    """
    innermost = weight.stride(1) == 1 and weight[0, 0].numel() > 1
    return x.clone(memory_format=torch.channels_last) if x.shape[1] == 1 and innermost else x
