"""Points and arrows on the plane, and the square axes that densities share with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlib.show.style import palette
from genlib.show.style.arrays import array, evaluate, points
from genlib.show.style.canvas import figure, style

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

    Raises:
        ValueError: if the points have another shape or are not finite.
    """
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
        ValueError: if the function returns another shape or NaN.
    """
    at = lattice(bounds, resolution).reshape(-1, 2)
    arrows = evaluate(function, at, tuple(at.shape))
    figure, where = plane(bounds, title, axes, alt)
    draw_points(where, samples)
    longest = np.hypot(*arrows.T).max() or 1.0
    left, right = limits(bounds)[:2]
    step = (right - left) / resolution
    scale = {"angles": "xy", "scale_units": "xy", "scale": longest / (1.4 * step)}
    where.quiver(*at.T.numpy(), *arrows.T, color=palette.model, width=0.005, **scale)
    return figure


def limits(bounds: Bounds) -> tuple[float, float, float, float]:
    """Left, right, bottom and top, from these four or from lowest and highest corner (2, 2).

    Raises:
        ValueError: if they are neither, or not left < right and bottom < top.
    """
    numbers = array(bounds, "bounds")
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
    """Centres (R, R, 2) of the cells of a square lattice; rows go up, columns to the right."""
    left, right, bottom, top = limits(bounds)
    steps = (torch.arange(resolution) + 0.5) / resolution
    x, y = left + (right - left) * steps, bottom + (top - bottom) * steps
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def plane(
    bounds: Bounds, title: str | None, axes: Axes | None, alt: str, width: float = SIDE
) -> tuple[Figure, Axes]:
    """Square axes with equal units in both directions."""
    picture, where = (axes.figure, axes) if axes else figure(width=width, height=SIDE, alt=alt)
    with style():
        left, right, bottom, top = limits(bounds)
        where.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
        if title:
            where.set_title(title)
    return picture, where


def draw_points(axes: Axes, samples: Samples | None) -> None:
    """Points, one colour to a set, fainter where there are many."""
    named = isinstance(samples, Mapping)
    sets = samples if named else {"data": samples} if samples is not None else {}
    for (name, at), shade in zip(sets.items(), palette.colours(list(sets)), strict=True):
        xy = points(at, name)
        faint = float(np.clip(60 / len(xy) ** 0.7, 0.25, 0.9))
        axes.scatter(*xy.T, s=7, color=shade, alpha=faint, lw=0, label=name)
    if named and len(sets) > 1:
        with style():
            legend = axes.legend(handletextpad=0.1, markerscale=1.8, loc="upper right")
        for handle in legend.legend_handles:
            handle.set_alpha(1)
