"""Images as pixels, and many of them as one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from genlib.show.figures.arrays import named


def unit_pixels(images: torch.Tensor, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Return images (N, C, H, W) as uint8 pixels (N, H, W, 3).

    Raises:
        ValueError: if these are no images of one or three channels in [low, high].
    """
    check_images(images)
    if images.dtype == torch.uint8:
        low, high = 0, 255
    if not low < high:
        raise ValueError(f"low must be below high, got {low} and {high}")
    values = images.detach().cpu().float()
    least, most = values.min().item(), values.max().item()
    slack = 1e-4 * (high - low)
    if not (least >= low - slack and most <= high + slack):
        raise ValueError(
            f"images must lie in [{low:g}, {high:g}], got [{least:.3g}, {most:.3g}]; "
            "pass low= and high=, or clamp them"
        )
    shades = ((values - low) / (high - low) * 255).round().clamp(0, 255).byte()
    return shades.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()


def check_images(images: torch.Tensor, name: str = "images") -> None:
    """Raise unless these are images.

    Raises:
        ValueError: if they are no real tensor (N, C, H, W) with one or three channels.
    """
    if not isinstance(images, torch.Tensor) or images.is_complex():
        kind = images.dtype if isinstance(images, torch.Tensor) else type(images).__name__
        raise ValueError(f"{name} must be a tensor (N, C, H, W) of real numbers, got {kind}")
    if images.ndim != 4 or images.shape[1] not in (1, 3) or images.numel() == 0:
        raise ValueError(
            f"{name} must have the shape (N, C, H, W) with C = 1 or 3, got {tuple(images.shape)}"
        )


def in_rows(
    images: Mapping[str, torch.Tensor], columns: int | None
) -> tuple[torch.Tensor, int, list[str]]:
    """Return the images of all names (N, C, H, W), how many make a row, and each row's name.

    A name whose images need several rows stands at the first of them.

    Raises:
        ValueError: if names have different numbers or shapes of images, or these do not fill
            their rows.
    """
    for name, some in named(images, "images", '{"data": x, "model": y}').items():
        check_images(some, repr(name))
    shapes = {name: tuple(some.shape) for name, some in images.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"every row needs images alike and equally many, got {shapes}")
    count = len(next(iter(images.values())))
    wide = count if columns is None else columns
    if wide < 1 or count % wide:
        raise ValueError(f"{count} images of a name do not fill rows of columns={columns}")
    names = [line for name in images for line in (name, *[""] * (count // wide - 1))]
    return torch.cat([some.detach().cpu() for some in images.values()]), wide, names


def montage(pixels: np.ndarray, columns: int, space: int = 0) -> np.ndarray:
    """Return one image (H', W', 3) of many (N, H, W, 3), with ``space`` white above each row."""
    count, height, width, _ = pixels.shape
    down = -(-count // columns)
    tall, wide = height + space + 1, width + 1
    mosaic = np.full((down * tall - 1, columns * wide - 1, 3), 255, np.uint8)
    for number, tile in enumerate(pixels):
        top, left = number // columns * tall + space, number % columns * wide
        mosaic[top : top + height, left : left + width] = tile
    return mosaic
