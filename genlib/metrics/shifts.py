"""Pictures against their true partners: as they are, and at the shift at which they fit best."""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.metrics.arguments import check_count


@dataclass(frozen=True)
class Shift:
    """How a set of pictures is moved against its partners.

    Attributes:
        error: mean absolute difference where it fits best.
        down: by how many pixels the pictures are too low.
        right: by how many they are too far to the right.
        unmoved: mean absolute difference without moving anything, on the same pixels.
    """

    error: float
    down: int
    right: int
    unmoved: float


def mean_absolute_error(x: Tensor, y: Tensor) -> float:
    r"""Return the mean of :math:`|x - y|` over all numbers of all pictures.

    Raises:
        ValueError: if the shapes differ, or there is nothing.
    """
    check_partners(x, y)
    return (x.double() - y.double()).abs().mean().item()


def best_shift(x: Tensor, y: Tensor, reach: int = 2) -> Shift:
    r"""Return the one shift of all pictures at which they are nearest to their partners.

    .. math:: \min_{|u|, |v| \le r}\; E\,\big|x_{i + u, j + v} - y_{ij}\big|

    The mean runs over the inner pixels that no shift moves out of the picture, so that all shifts
    are compared on the same pixels of y. A translation that is right but for a shift has a large
    error by itself and a small one here. Chapter: image to image.

    Args:
        x: pictures, (N, C, H, W).
        y: their true partners, of the same shape.
        reach: r, in pixels.

    Raises:
        ValueError: if the shapes differ, or there is no inner pixel.
    """
    check_count(0, reach=reach)
    check_partners(x, y)
    high, wide = (side - 2 * reach for side in x.shape[-2:])
    if min(high, wide) < 1:
        raise ValueError(f"reach={reach} leaves nothing of {tuple(x.shape[-2:])} pixels")

    def cut(images: Tensor, u: int, v: int) -> Tensor:
        return images[..., reach + u : reach + u + high, reach + v : reach + v + wide]

    inner, steps = cut(y, 0, 0), range(-reach, reach + 1)
    errors = {(u, v): mean_absolute_error(cut(x, u, v), inner) for u in steps for v in steps}
    down, right = min(errors, key=errors.get)
    return Shift(errors[down, right], down, right, errors[0, 0])


def check_partners(x: Tensor, y: Tensor) -> None:
    """Raise ``ValueError`` unless these are as many pictures of one shape."""
    if x.shape != y.shape or x.ndim < 2 or x.numel() == 0:
        raise ValueError(f"pictures {tuple(x.shape)} and {tuple(y.shape)}, wanted one shape")
    if torch.isnan(x.sum()) or torch.isnan(y.sum()):
        raise ValueError("pictures hold numbers that are not finite")
