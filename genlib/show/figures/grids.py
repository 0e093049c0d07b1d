"""Images side by side, pixel for pixel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlib.show.figures.mosaic import in_rows, montage, unit_pixels
from genlib.show.style.canvas import checked, style

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
    images: torch.Tensor | Mapping[str, torch.Tensor],
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
            in [0, 255]. Several sets of equally many by name make a row each, with the name
            at its left.
        columns: images in a row; by default what makes a picture of pleasant shape, or all of
            a name.
        title: stands above.
        labels: one for each image, above it.
        rows: one for each row, at its left, where the images have no names.
        low: what is shown black, such as -1 for images in [-1, 1].
        high: what is shown white.
        axes: where to draw; by default a new picture of its own.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if shape, range or the number of labels is not as said.
    """
    if isinstance(images, Mapping):
        if rows is not None:
            raise ValueError("the rows are named twice: by the images' names and by rows=")
        images, columns, rows = in_rows(images, columns)
    pixels = unit_pixels(images, low, high)
    count, height, width, _ = pixels.shape
    columns = _columns(count, width) if columns is None else min(columns, count)
    if columns < 1 or columns != int(columns):
        raise ValueError(f"columns must be a whole number, at least 1, got {columns}")
    down = -(-count // columns)
    _check_labels(labels, count, "labels", "image")
    _check_labels(rows, down, "rows", "row")
    scale = _scale(columns, width)
    space = 0 if labels is None else -(-LABEL // scale)
    mosaic = montage(pixels, columns, space)
    where = _exact_axes(mosaic, scale, title, rows, alt) if axes is None else checked(axes)
    _draw(where, mosaic)
    _write(where, columns, (height, width), space, title, labels, rows)
    return where.figure


def _columns(count: int, width: int) -> int:
    """Return how many make one row: up to ten, else as few as fill a picture not too tall."""
    if count <= 10:
        return count
    least = math.isqrt(count - 1) + 1
    most = max(least, min(2 * least, WIDEST // (width + 1)))
    return next((n for n in range(least, most + 1) if count % n == 0), least)


def _scale(columns: int, width: int) -> int:
    """Return screen pixels to a pixel: as many as fit the page, within reason."""
    fits = WIDEST // (columns * (width + 1))
    return max(1, min(fits, LARGEST_TILE // width))


def _check_labels(labels: Sequence[object] | None, wanted: int, name: str, what: str) -> None:
    if labels is not None and len(labels) != wanted:
        raise ValueError(f"{name} needs one entry for each {what}: {wanted}, got {len(labels)}")


def _exact_axes(
    mosaic: np.ndarray, scale: int, title: str | None, rows: Sequence[str] | None, alt: str
) -> Axes:
    """Return axes that cover whole pixels of a new picture, so that nothing is resampled."""
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
