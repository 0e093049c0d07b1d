"""Networks that are told what time it is: a small U-Net of images, a perceptron of the rest."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.diffusion.arguments import check_event, check_sizes
from genlib.diffusion.conditions import Condition, ConditionedBlock, zeroed
from genlib.nn import mlp


class UNet(nn.Module):
    """A U-Net from noisy images and times to images of the same shape.

    Squares of pixels become channels at once, so that most work is done on few positions: 28 x 28
    pixels on 14 x 14, then on 7 x 7. Every level halves the sides of the one before, and is joined
    on the way up with what it was on the way down. There is no normalisation. It starts as the
    constant 0. Ronneberger, Fischer and Brox (2015, https://arxiv.org/abs/1505.04597).

    Args:
        event_shape: ``(C, H, W)``.
        patch: side of the first squares; 1 for codes that are small already.
        widths: channels of each level. ``patch * 2**(levels - 1)`` divides H and W.
        blocks: residual blocks of a level on the way down, and on the way up.
        condition: numbers by which time and label are told.
        classes: how many labels there are; None if it takes none.

    Raises:
        ValueError: if a size is not positive, or the sides cannot be halved so often.
    """

    def __init__(
        self,
        *,
        event_shape: Sequence[int] = (1, 28, 28),
        patch: int = 2,
        widths: Sequence[int] = (32, 64),
        blocks: int = 2,
        condition: int = 64,
        classes: int | None = None,
    ) -> None:
        """Build the levels."""
        super().__init__()
        channels = check_image(event_shape, patch, widths)
        check_sizes(blocks=blocks, condition=condition)
        self.patch, pixels = patch, channels * patch**2
        levels = [*pairwise(widths)]
        self.condition = Condition(condition, classes)
        self.enter = nn.Conv2d(pixels, widths[0], 3, padding=1)
        self.down = nn.ModuleList(row(width, condition, blocks) for width in widths)
        self.lower = nn.ModuleList(nn.Conv2d(4 * high, low, 1) for high, low in levels)
        self.higher = nn.ModuleList(nn.Conv2d(low, 4 * high, 1) for high, low in levels)
        self.join = nn.ModuleList(nn.Conv2d(2 * high, high, 1) for high, _ in levels)
        self.up = nn.ModuleList(row(high, condition, blocks) for high, _ in levels)
        self.leave = zeroed(nn.Conv2d(widths[0], pixels, 3, padding=1))

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """Return ``(B, C, H, W)`` for images x of this shape, times and labels ``(B,)``."""
        condition, left = self.condition(t, label), []
        h = self.enter(F.pixel_unshuffle(x, self.patch))
        for level, blocks in enumerate(self.down):
            if level > 0:
                left.append(h)
                h = self.lower[level - 1](F.pixel_unshuffle(h, 2))
            h = through(blocks, h, condition)
        for level in reversed(range(len(self.up))):
            wide = F.pixel_shuffle(self.higher[level](h), 2)
            h = self.join[level](torch.cat([wide, left[level]], 1))
            h = through(self.up[level], h, condition)
        return F.pixel_shuffle(self.leave(F.silu(h)), self.patch)


class Perceptron(nn.Module):
    """A multilayer perceptron from noisy events and times to events; it starts as the constant 0.

    Args:
        event_shape: shape of an event, such as ``(2,)``.
        hidden: widths of the hidden layers.
        condition: numbers by which time and label are told.
        classes: how many labels there are; None if it takes none.

    Raises:
        ValueError: if a size is not positive.
    """

    def __init__(
        self,
        *,
        event_shape: Sequence[int] = (2,),
        hidden: Sequence[int] = (128, 128, 128),
        condition: int = 32,
        classes: int | None = None,
    ) -> None:
        """Build the layers."""
        super().__init__()
        size = prod(check_event(event_shape))
        check_sizes(condition=condition)
        self.condition = Condition(condition, classes)
        self.layers = mlp([size + condition, *hidden, size], "silu")
        zeroed(self.layers[-1])

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """Return ``(B, *event)`` for events x of this shape, times and labels ``(B,)``."""
        known = torch.cat([x.flatten(1), self.condition(t, label)], 1)
        return self.layers(known).view_as(x)


def row(channels: int, condition: int, blocks: int) -> nn.ModuleList:
    """Build the blocks of a level."""
    return nn.ModuleList(ConditionedBlock(channels, condition) for _ in range(blocks))


def through(blocks: nn.ModuleList, h: Tensor, condition: Tensor) -> Tensor:
    """Take images through the blocks of a level."""
    for block in blocks:
        h = block(h, condition)
    return h


def check_image(event_shape: Sequence[int], patch: int, widths: Sequence[int]) -> int:
    """Return the channels of images that a U-Net can halve as often as it must.

    Raises:
        ValueError: if it cannot, or a size is not positive.
    """
    shape = check_event(event_shape)
    check_sizes(
        patch=patch, levels=len(widths), **{f"widths[{i}]": w for i, w in enumerate(widths)}
    )
    divisor = patch * 2 ** (len(widths) - 1)
    if len(shape) != 3 or shape[1] % divisor or shape[2] % divisor:
        raise ValueError(
            f"event_shape={shape}: a U-Net with patch={patch} and {len(widths)} levels wants "
            f"(C, H, W) with sides that {divisor} divides"
        )
    return shape[0]


def network_for(event_shape: Sequence[int], classes: int | None) -> nn.Module:
    """Return the small network for such events: a U-Net of images, a perceptron of the rest."""
    build = UNet if len(event_shape) == 3 else Perceptron
    return build(event_shape=event_shape, classes=classes)
