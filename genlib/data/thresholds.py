"""Images in black and white without chance: a pixel, or a block of pixels, is inked or not."""

import torch
from torch import Tensor

from genlib.data.pixels import unit


def thresholded(images: Tensor, block: int = 1, above: float = 0.5) -> Tensor:
    """Return which blocks of ``block`` x ``block`` pixels have a mean brightness over ``above``.

    Args:
        images: uint8, (N, C, H, W).
        block: the side of a block, in pixels; a rest at the right or below is left out.
        above: brightness in [0, 1].

    Returns:
        float32 zeros and ones, (N, C, H // block, W // block).

    Raises:
        ValueError: if the images are not uint8, or no block of that side lies in them.
    """
    if not 1 <= block <= min(images.shape[-2:]):
        raise ValueError(f"block={block}, wanted 1 to {min(images.shape[-2:])} pixels")
    return (torch.nn.functional.avg_pool2d(unit(images), block) > above).float()
