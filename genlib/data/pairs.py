"""Pairs of pictures of the same thing, as image-to-image models are trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, max_pool2d

from genlib.data import pixels
from genlib.data.arguments import check_whole
from genlib.data.images import Images, check_images

LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)


@dataclass(frozen=True, eq=False, repr=False)
class Pairs:
    """Two pictures of each of N things: what is given, and what is wanted.

    ``pairs[:1000]`` and ``pairs[[4, 2]]`` are fewer.

    Args:
        first: uint8, (N, C, H, W), values 0 to 255.
        second: uint8, (N, C', H', W'), the partners in the same order.

    Raises:
        ValueError: another type or shape, or another number of partners.
    """

    first: Tensor
    second: Tensor

    def __post_init__(self) -> None:
        """Refuse what is no pair."""
        check_images(self.first)
        check_images(self.second)
        if len(self.first) != len(self.second):
            raise ValueError(f"{len(self.first)} pictures and {len(self.second)} partners")

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.first)

    def __getitem__(self, index: slice | Sequence[int] | Tensor) -> "Pairs":
        """Return the pairs at ``index``, which may be all but a single number."""
        if isinstance(index, int):
            raise TypeError(f"pairs[{index}] is one pair; take pairs[{index}:{index + 1}]")
        return Pairs(self.first[index], self.second[index])

    def __repr__(self) -> str:
        """Say how many pairs of what shapes there are."""
        shapes = f"{tuple(self.first.shape[1:])} and {tuple(self.second.shape[1:])}"
        return f"Pairs({len(self):,} of shapes {shapes})"

    def unit(self) -> tuple[Tensor, Tensor]:
        """Return both as float32 in [0, 1]."""
        return pixels.unit(self.first), pixels.unit(self.second)

    def symmetric(self) -> tuple[Tensor, Tensor]:
        """Return both as float32 in [-1, 1]."""
        return pixels.symmetric(self.first), pixels.symmetric(self.second)

    def unpaired(self) -> "Pairs":
        """Return N // 2 pictures and as many others of which none is the partner of any.

        The first pictures are those of the first half, the second ones those of the other half:
        what a model for unpaired data may see. Two by two they have nothing to do with each other.

        Raises:
            ValueError: there are fewer than two pairs.
        """
        half = len(self) // 2
        if half == 0:
            raise ValueError("one pair has no two halves: wanted at least two pairs")
        return Pairs(self.first[:half], self.second[half : 2 * half])

    def reversed(self) -> "Pairs":
        """Return the pairs with given and wanted exchanged."""
        return Pairs(self.second, self.first)


def outlines(images: Images | Tensor) -> Pairs:
    r"""Return the outlines of pictures with the pictures: (outline, picture).

    .. math:: \text{outline} = \max_{3 \times 3} x - x

    It is the morphological gradient from outside: a stroke becomes the hollow line around it, and
    an even surface black. To go back one has to know inside from outside.

    Args:
        images: a set of them, or uint8 (N, C, H, W).

    Raises:
        ValueError: these are no images.
    """
    x = stored(images)
    wide = max_pool2d(x.float(), 3, stride=1, padding=1).to(torch.uint8)
    return Pairs(wide - x, x)


def colouring(images: Images | Tensor) -> Pairs:
    r"""Return pictures without their colours, and with them: (grey, colour).

    .. math:: \text{grey} = 0.299\,R + 0.587\,G + 0.114\,B

    Args:
        images: a set of them, or uint8 (N, 3, H, W).

    Returns:
        grey (N, 1, H, W), rounded, and colour (N, 3, H, W).

    Raises:
        ValueError: these are no images, or they have no three colours.
    """
    x = stored(images)
    if x.shape[1] != 3:
        raise ValueError(
            f"images of shape {tuple(x.shape)}, wanted (N, 3, H, W) to take colour off"
        )
    weights = torch.tensor(LUMA, device=x.device).view(1, 3, 1, 1)
    grey = (x.float() * weights).sum(1, keepdim=True)
    return Pairs(grey.round().to(torch.uint8), x)


def super_resolution(images: Images | Tensor, factor: int = 4) -> Pairs:
    """Return small pictures blown up, and sharp ones: (blurred, sharp), of the same size.

    Each pixel of the small picture is the mean of factor x factor pixels; between them it is
    filled in linearly along both axes. What the means do not say has to be made up.

    Args:
        images: a set of them, or uint8 (N, C, H, W).
        factor: by which height and width shrink, a divisor of both.

    Raises:
        ValueError: these are no images, or the factor is no whole number from 2 that divides
            height and width.
    """
    x = stored(images)
    check_whole(2, factor=factor)
    if x.shape[2] % factor or x.shape[3] % factor:
        raise ValueError(f"factor={factor}, wanted a divisor of {x.shape[2]} and {x.shape[3]}")
    small = avg_pool2d(x.float(), factor)
    wide = interpolate(small, scale_factor=factor, mode="bilinear")
    return Pairs(wide.round().to(torch.uint8), x)


def stored(images: Images | Tensor) -> Tensor:
    """Return the uint8 images (N, C, H, W) of a set, or those given."""
    x = images.images if isinstance(images, Images) else images
    check_images(x)
    return x
