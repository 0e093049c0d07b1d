"""Images side by side, pixel for pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlib.show.style.canvas import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDEST = 616
LARGEST_TILE = 84
LABEL = 19
TITLE = 30
MARGIN = 12
HAIR = 1e-4  # of a pixel: matplotlib rounds sizes of pictures down, of images in them up


def grid(
    images: torch.Tensor,
    columns: int | None = None,
    *,
    title: str | None = None,
    labels: Sequence[object] | None = None,
    rows: Sequence[str] | None = None,
    low: float = 0.0,
    high: float = 1.0,
    axes: Axes | None = None,
    alt: str = "",
) -> Figure:
    """Show images in rows, each of their pixels as a square of whole screen pixels.

    Args:
        images: (N, C, H, W) with C = 1 (grey) or 3 (colour), in [``low``, ``high``]; or uint8
            in [0, 255].
        columns: images in a row; by default what makes a picture of pleasant shape.
        title: stands above.
        labels: one for each image, above it.
        rows: one for each row, at its left.
        low: what is shown black, such as -1 for images in [-1, 1].
        high: what is shown white.
        axes: where to draw; by default a new picture of its own.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if shape, range or the number of labels is not as said.
    """
    pixels = unit_pixels(images, low, high)
    count, height, width, _ = pixels.shape
    columns = _columns(count, width) if columns is None else min(columns, count)
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    down = -(-count // columns)
    _check_labels(labels, count, "labels", "image")
    _check_labels(rows, down, "rows", "row")
    space = 0 if labels is None else -(-LABEL // _scale(columns, width))
    mosaic = montage(pixels, columns, space)
    where = axes or _exact_axes(mosaic, _scale(columns, width), title, rows, alt)
    _draw(where, mosaic)
    _write(where, columns, (height, width), space, title, labels, rows)
    return where.figure


def unit_pixels(images: torch.Tensor, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Images (N, C, H, W) as uint8 pixels (N, H, W, 3).

    Raises:
        ValueError: if these are no images of one or three channels in [low, high].
    """
    if not isinstance(images, torch.Tensor):
        raise ValueError(f"images must be a tensor (N, C, H, W), got {type(images).__name__}")
    if images.ndim != 4 or images.shape[1] not in (1, 3) or images.numel() == 0:
        raise ValueError(
            f"images must have the shape (N, C, H, W) with C = 1 or 3, got {tuple(images.shape)}"
        )
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


def montage(pixels: np.ndarray, columns: int, space: int = 0) -> np.ndarray:
    """One image (H', W', 3) of many (N, H, W, 3), white between them, ``space`` above each row."""
    count, height, width, _ = pixels.shape
    down = -(-count // columns)
    tall, wide = height + space + 1, width + 1
    mosaic = np.full((down * tall - 1, columns * wide - 1, 3), 255, np.uint8)
    for number, tile in enumerate(pixels):
        top, left = number // columns * tall + space, number % columns * wide
        mosaic[top : top + height, left : left + width] = tile
    return mosaic


def _columns(count: int, width: int) -> int:
    """One row for ten or fewer; else the fewest columns that fill a picture no taller than wide."""
    if count <= 10:
        return count
    least = math.isqrt(count - 1) + 1
    most = max(least, min(2 * least, WIDEST // (width + 1)))
    return next((n for n in range(least, most + 1) if count % n == 0), least)


def _scale(columns: int, width: int) -> int:
    """Screen pixels to a pixel: as many as fit the page, within reason."""
    fits = WIDEST // (columns * (width + 1))
    return max(1, min(fits, LARGEST_TILE // width))


def _check_labels(labels: Sequence[object] | None, wanted: int, name: str, what: str) -> None:
    if labels is not None and len(labels) != wanted:
        raise ValueError(f"{name} needs one entry for each {what}: {wanted}, got {len(labels)}")


def _exact_axes(
    mosaic: np.ndarray, scale: int, title: str | None, rows: Sequence[str] | None, alt: str
) -> Axes:
    """Axes that cover whole pixels of a new picture, so that nothing is resampled."""
    from genlib.show.style.picture import Picture
    from genlib.show.style.png import DPI

    height, width = (scale * n for n in mosaic.shape[:2])
    top = MARGIN if title is None else MARGIN + TITLE
    left = MARGIN if rows is None else MARGIN + 9 * max(map(len, rows))
    total = (width + left + MARGIN + HAIR, height + top + MARGIN + HAIR)
    picture = Picture(total[0] / DPI, total[1] / DPI, alt)
    picture.set_layout_engine("none")
    box = (left, MARGIN, width - HAIR, height - HAIR)
    return picture.add_axes([n / whole for n, whole in zip(box, total * 2, strict=True)])


def _draw(axes: Axes, mosaic: np.ndarray) -> None:
    axes.imshow(mosaic, interpolation="nearest", aspect="equal")
    axes.set_axis_off()


def _write(
    axes: Axes,
    columns: int,
    tile: tuple[int, int],
    space: int,
    title: str | None,
    labels: Sequence[object] | None,
    rows: Sequence[str] | None,
) -> None:
    """Put the words where they belong; the unit of length is a pixel of the images."""
    height, width = tile
    with style():
        if title is not None:
            axes.set_title(title)
        for number, label in enumerate(labels or ()):
            x = number % columns * (width + 1) + (width - 1) / 2
            y = number // columns * (height + space + 1) + space - 1
            axes.text(x, y, str(label), ha="center", va="bottom", fontsize=10)
        for number, label in enumerate(rows or ()):
            y = number * (height + space + 1) + space + (height - 1) / 2
            axes.text(-2, y, label, ha="right", va="center", fontsize=10.5)
