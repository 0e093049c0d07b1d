"""Points and arrows on the plane, and the square axes that densities share with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlib.show.figures.arrays import evaluate, finite, named, points
from genlib.show.style import palette
from genlib.show.style.canvas import canvas, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Function = Callable[[torch.Tensor], torch.Tensor]
Samples = torch.Tensor | Mapping[str, torch.Tensor]
Bounds = Sequence[float] | torch.Tensor

SIDE = 3.9
BOUNDS = (-4.0, 4.0, -4.0, 4.0)


def scatter(
    samples: Samples,
    *,
    bounds: Bounds = BOUNDS,
    title: str | None = None,
    axes: Axes | None = None,
    alt: str = "",
) -> Figure:
    """Show points (N, 2) of the plane, or several sets of them by name.

    Args:
        samples: points (N, 2), or several sets of them by name.
        bounds: left, right, bottom and top, or lowest and highest corner (2, 2); points outside
            are not seen.
        title: stands above.
        axes: where to draw; by default a new picture of its own.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if there are no points, they have another shape or are not finite.
    """
    if samples is None:
        raise ValueError("there is nothing to draw: samples is None")
    figure, where = plane(bounds, title, axes, alt)
    draw_points(where, samples)
    return figure


def field(
    function: Function,
    *,
    bounds: Bounds = BOUNDS,
    resolution: int = 20,
    samples: Samples | None = None,
    title: str | None = None,
    axes: Axes | None = None,
    alt: str = "",
) -> Figure:
    """Show a vector field, such as a score or a velocity, as arrows.

    Args:
        function: takes points (M, 2) and returns arrows (M, 2). The longest is drawn as long as
            the distance between two points; all keep their proportions.
        bounds: left, right, bottom and top, or lowest and highest corner (2, 2).
        resolution: arrows to a side.
        samples: points (N, 2) to draw beneath, or several sets of them by name.
        title: stands above.
        axes: where to draw; by default a new picture of its own.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if the function returns another shape or an arrow that is not finite.
    """
    at = lattice(bounds, resolution).reshape(-1, 2)
    arrows = finite(evaluate(function, at, tuple(at.shape)), "what the function returned")
    figure, where = plane(bounds, title, axes, alt)
    draw_points(where, samples)
    longest = np.hypot(*arrows.T).max() or 1.0
    left, right = limits(bounds)[:2]
    step = (right - left) / resolution
    scale = {"angles": "xy", "scale_units": "xy", "scale": longest / (1.4 * step)}
    where.quiver(*at.T.numpy(), *arrows.T, color=palette.model, width=0.005, **scale)
    return figure


def limits(bounds: Bounds) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top, from these four or from lowest and highest corner (2, 2).

    Raises:
        ValueError: if they are neither, or not left < right and bottom < top.
    """
    numbers = finite(bounds, "bounds")
    if numbers.shape not in ((4,), (2, 2)):
        raise ValueError(
            "bounds must be (left, right, bottom, top) or two corners (2, 2), "
            f"got the shape {numbers.shape}"
        )
    left, right, bottom, top = numbers.T.reshape(4).tolist()
    if not (left < right and bottom < top):
        raise ValueError(f"bounds must be left < right and bottom < top, got {numbers.tolist()}")
    return left, right, bottom, top


def lattice(bounds: Bounds, resolution: int) -> torch.Tensor:
    """Return centres (R, R, 2) of the cells of a lattice; rows go up, columns to the right.

    Raises:
        ValueError: if the bounds enclose nothing, or R is not a positive whole number.
    """
    if resolution < 1 or resolution != int(resolution):
        raise ValueError(f"resolution={resolution}, wanted a positive whole number")
    left, right, bottom, top = limits(bounds)
    steps = (torch.arange(resolution) + 0.5) / resolution
    x, y = left + (right - left) * steps, bottom + (top - bottom) * steps
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def plane(
    bounds: Bounds, title: str | None, axes: Axes | None, alt: str, width: float = SIDE
) -> tuple[Figure, Axes]:
    """Return square axes with equal units in both directions."""
    picture, where = canvas(axes, SIDE, alt, width)
    with style():
        left, right, bottom, top = limits(bounds)
        where.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
        if title:
            where.set_title(title)
    return picture, where


def draw_points(axes: Axes, samples: Samples | None) -> None:
    """Draw points, one colour to a set, fainter where there are many."""
    if samples is None:
        return
    sets = samples if isinstance(samples, Mapping) else {"data": samples}
    named(sets, "samples", '{"data": x}')
    for (name, at), shade in zip(sets.items(), palette.colours(list(sets)), strict=True):
        xy = points(at, name)
        faint = float(np.clip(60 / len(xy) ** 0.7, 0.25, 0.9))
        axes.scatter(*xy.T, s=7, color=shade, alpha=faint, lw=0, label=name)
    if len(sets) > 1:
        with style():
            legend = axes.legend(handletextpad=0.1, markerscale=1.8, loc="upper right")
        for handle in legend.legend_handles:
            handle.set_alpha(1)
