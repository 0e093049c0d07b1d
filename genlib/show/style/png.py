"""Figures as small PNG files: few colours, rounded corners, the same bytes every time."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 110
COLOURS = 64
CORNER = 9
SOLID = 4
RED_GREEN_BLUE = np.array([1 << 16, 1 << 8, 1])


def encode(figure: Figure, dpi: int = DPI, colours: int = COLOURS) -> bytes:
    """Palette PNG of a matplotlib figure, on a plate whose four corners are transparent.

    Text on a plot needs few shades, so a palette costs nothing that the eye sees and a third of
    the bytes. Neither time nor software version is written, so equal pictures are equal bytes.
    """
    return pack(render(figure, dpi), colours)


def render(figure: Figure, dpi: int = DPI) -> np.ndarray:
    """Pixels (H, W, 3), uint8, of a matplotlib figure on its own ground."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    before = figure.dpi, figure.canvas
    figure.dpi = dpi
    try:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()
    finally:
        figure.dpi = before[0]
        figure.set_canvas(before[1])


def pack(pixels: np.ndarray, colours: int = COLOURS, corner: int = CORNER) -> bytes:
    """Palette PNG of pixels (H, W, 3), uint8, with corners rounded by ``corner`` pixels."""
    from PIL import Image

    palette, indices = quantise(pixels, colours)
    ground = indices[0, corner]
    steps = _corner_steps(pixels.shape[:2], corner)
    indices = np.where(steps < SOLID, len(palette) + steps, indices).astype(np.uint8)
    picture = Image.fromarray(indices).convert("L")
    picture.putpalette(np.concatenate([palette, palette[[ground] * SOLID]]).tobytes())
    alpha = bytes([255] * len(palette) + [255 * step // SOLID for step in range(SOLID)])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True, transparency=alpha)
    return buffer.getvalue()


def quantise(pixels: np.ndarray, colours: int) -> tuple[np.ndarray, np.ndarray]:
    """At most ``colours`` colours (K, 3) and for each pixel the index of its own (H, W).

    Pictures with few colours keep them exactly. In others the commonest third stay exact, so
    that ground and ink keep their shade; the rest share what median cut and k-means find.
    No dithering: it would cost bytes and put specks on flat ground.
    """
    codes, indices, counts = np.unique(
        pixels.reshape(-1, 3) @ RED_GREEN_BLUE, return_inverse=True, return_counts=True
    )
    exact = (codes[:, None] // RED_GREEN_BLUE % 256).astype(np.uint8)
    if len(exact) <= colours:
        return exact, indices.reshape(pixels.shape[:2])
    order = np.argsort(-counts, kind="stable")
    common, rest = order[: colours // 3], order[colours // 3 :]
    palette = np.concatenate(
        [exact[common], _summarise(exact[rest], counts[rest], colours - len(common))]
    )
    distances = ((exact[:, None].astype(int) - palette[None].astype(int)) ** 2).sum(-1)
    return palette, distances.argmin(1)[indices].reshape(pixels.shape[:2])


def _summarise(shades: np.ndarray, counts: np.ndarray, colours: int) -> np.ndarray:
    """Colours (K, 3) that stand for many, each weighing less than in proportion to its pixels."""
    from PIL import Image

    weighted = np.repeat(shades, np.ceil(counts**0.4).astype(int), axis=0)
    few = Image.fromarray(weighted[None]).quantize(colours, kmeans=3, dither=Image.Dither.NONE)
    return np.array(few.getpalette()[: 3 * colours], np.uint8).reshape(-1, 3)


def _corner_steps(shape: tuple[int, int], corner: int) -> np.ndarray:
    """How solid each pixel is, from 0 (outside the rounded corner) to ``SOLID``."""
    rows, columns = (
        np.maximum(0, corner - 0.5 - np.minimum(np.arange(n), np.arange(n)[::-1])) for n in shape
    )
    inside = corner + 0.5 - np.hypot(rows[:, None], columns[None, :])
    return np.clip(np.floor(inside * SOLID + 0.5), 0, SOLID).astype(int)
