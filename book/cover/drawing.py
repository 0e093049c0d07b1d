"""The picture: labelled rows of images, to be read on a phone and on a dark page as well.

It brings its own white plate, as every figure of the book does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from book.cover.rows import ROWS, Row
from genlib import show
from genlib.data import load
from genlib.show.style import palette
from genlib.show.style.picture import Picture
from genlib.show.style.png import DPI

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE = Path(__file__).parents[1] / "cover.png"
COLUMNS = 8
PIXEL = 2  # screen pixels to a pixel of a digit
TILE = 28 * PIXEL + PIXEL  # with the white line after it
LABELS, MARGIN = 148, 10  # screen pixels at the left, and around
LETTERS = 20.5  # their height in screen pixels: a page on a phone shows them at half of it


def cover(rows: Sequence[Row] = ROWS) -> Picture:
    """Draw the first test digits and what each model makes of them, a row each."""
    digits = load("mnist", "test").binary(seed=0)[:COLUMNS]
    images = torch.cat([row.images(digits) for row in rows])
    picture, axes = plate(len(rows))
    show.grid(images, COLUMNS, axes=axes)
    for number, row in enumerate(rows):
        write(axes, row, (number + 0.5) * TILE / PIXEL)
    return picture


def plate(rows: int) -> tuple[Picture, Axes]:
    """Return a picture, and axes in it on which a digit's pixels are whole screen pixels."""
    width, height = COLUMNS * TILE - PIXEL, rows * TILE - PIXEL
    whole = LABELS + width + 2 * MARGIN, height + 2 * MARGIN
    picture = Picture(whole[0] / DPI, whole[1] / DPI)
    picture.set_layout_engine("none")
    box = LABELS + MARGIN, MARGIN, width, height
    return picture, picture.add_axes([n / of for n, of in zip(box, whole * 2, strict=True)])


def write(axes: Axes, row: Row, middle: float) -> None:
    """Write a row's label at its left: who, and below it what it does."""
    with show.style():
        size = {"fontsize": LETTERS * 72 / DPI, "ha": "right"}
        axes.text(-4, middle - 0.5, row.model, va="bottom", weight="bold", **size)
        axes.text(-4, middle - 0.5, row.does, va="top", color=palette.grey, **size)
