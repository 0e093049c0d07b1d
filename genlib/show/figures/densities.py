"""Densities on the plane and on the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlib.show.figures.arrays import densities, evaluate, finite, named
from genlib.show.figures.lines import curves
from genlib.show.figures.plane import (
    BOUNDS,
    SIDE,
    Bounds,
    Function,
    Samples,
    draw_points,
    lattice,
    limits,
    plane,
)
from genlib.show.style import palette
from genlib.show.style.canvas import canvas, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def density(
    log_prob: Function,
    samples: Samples | None = None,
    *,
    bounds: Bounds = BOUNDS,
    log: bool = True,
    resolution: int = 160,
    high: float | None = None,
    title: str | None = None,
    axes: Axes | None = None,
    alt: str = "",
) -> Figure:
    r"""Show a density :math:`p(x)` on the plane as shades of blue, white where there is none.

    Args:
        log_prob: takes points (M, 2) and returns (M,) values of log p in nats.
        samples: points (N, 2) to draw on top, or several sets of them by name.
        bounds: left, right, bottom and top, or lowest and highest corner (2, 2).
        log: False if the function returns p instead of log p.
        resolution: points to a side at which the function is evaluated.
        high: the density shown darkest; by default the highest there is. Pictures that are to
            be compared need the same.
        title: stands above.
        axes: where to draw; by default a new picture of its own.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if the function returns another shape, NaN, or a density that is negative or
            infinite, or ``high`` is not positive.
    """
    if high is not None and not 0 < high < float("inf"):
        raise ValueError(f"high={high}, wanted None or a positive density")
    at = lattice(bounds, resolution)
    values = densities(evaluate(log_prob, at.reshape(-1, 2), (resolution**2,)), log)
    figure, where = plane(bounds, title, axes, alt)
    where.imshow(
        values.reshape(resolution, resolution),
        origin="lower",
        extent=limits(bounds),
        cmap=palette.density_map(),
        vmin=0,
        vmax=high or values.max() or 1.0,
        interpolation="bilinear",
    )
    draw_points(where, samples)
    return figure


def level(
    function: Function,
    *,
    low: float = 0.0,
    high: float = 1.0,
    bounds: Bounds = BOUNDS,
    resolution: int = 160,
    samples: Samples | None = None,
    label: str = "",
    title: str | None = None,
    axes: Axes | None = None,
    alt: str = "",
) -> Figure:
    """Show a function with a middle on the plane, such as D(x): vermillion, white, blue.

    Args:
        function: takes points (M, 2) and returns (M,) values.
        low: the value shown in full vermillion.
        high: the value shown in full blue; halfway between is near white.
        bounds: left, right, bottom and top, or lowest and highest corner (2, 2).
        resolution: points to a side at which the function is evaluated.
        samples: points (N, 2) to draw on top, or several sets of them by name.
        label: what the colour bar measures.
        title: stands above.
        axes: where to draw; by default a new picture of its own.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if the function returns another shape or NaN, or low is not below high.
    """
    if not low < high:
        raise ValueError(f"low must be below high, got {low} and {high}")
    at = lattice(bounds, resolution)
    values = evaluate(function, at.reshape(-1, 2), (resolution**2,)).reshape(at.shape[:2])
    values = values.clip(low, high)  # matplotlib leaves infinite values blank
    figure, where = plane(bounds, title, axes, alt, width=SIDE + 0.8)
    colours = {"cmap": palette.diverging_map().resampled(21), "vmin": low, "vmax": high}
    image = where.imshow(values, origin="lower", extent=limits(bounds), **colours)
    with style():
        figure.colorbar(image, ax=where, label=label, pad=0.03).outline.set_visible(False)
    draw_points(where, samples)
    return figure


def density_1d(
    functions: Mapping[str, Function],
    *,
    bounds: Sequence[float] | torch.Tensor = (-4.0, 4.0),
    samples: torch.Tensor | None = None,
    log: bool = True,
    bins: int = 60,
    resolution: int = 400,
    xlabel: str = "x",
    ylabel: str = "density",
    title: str | None = None,
    axes: Axes | None = None,
    height: float = 3.4,
    alt: str = "",
) -> Figure:
    """Show densities on the line as curves, over the histogram of samples.

    Args:
        functions: by name; each takes points (M, 1) and returns (M,) or (M, 1) values of log p
            in nats.
        bounds: left and right, as two numbers or as (2, 1).
        samples: (N,) or (N, 1), drawn as a histogram; all of them together have area one.
        log: False if the functions return p instead of log p.
        bins: bars of the histogram.
        resolution: points at which the functions are evaluated.
        xlabel: name and unit of the horizontal axis.
        ylabel: name of the vertical axis.
        title: stands above.
        axes: where to draw; by default a new picture of its own.
        height: of a new picture, in inches.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if there is no function, one returns another shape, NaN, or a density that is
            negative or infinite, or bounds or samples are not as said.
    """
    named(functions, "functions", '{"model": model.log_prob}')
    left, right = _ends(bounds)
    x = torch.linspace(left, right, resolution)
    series = {name: (x, _on_line(f, x, log)) for name, f in functions.items()}
    where = canvas(axes, height, alt)[1]
    if samples is not None:
        _histogram(where, finite(samples, "samples"), left, right, bins)
    return curves(series, xlabel=xlabel, ylabel=ylabel, title=title, axes=where)


def _ends(bounds: Sequence[float] | torch.Tensor) -> list[float]:
    """Return left and right."""
    ends = finite(bounds, "bounds").reshape(-1).tolist()
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise ValueError(f"bounds must be two numbers, left < right, got {ends}")
    return ends


def _on_line(function: Function, x: torch.Tensor, log: bool) -> np.ndarray:
    """Return the density at the points (M,); the function may return (M,) or (M, 1)."""
    at = x[:, None]
    return densities(evaluate(lambda points: function(points).reshape(-1), at, (len(x),)), log)


def _histogram(axes: Axes, x: np.ndarray, left: float, right: float, bins: int) -> None:
    """Draw bars whose area is the share of all samples, also of those outside the picture."""
    if x.ndim > 2 or x.size != len(x):
        raise ValueError(f"samples must have the shape (N,) or (N, 1), got {x.shape}")
    weights = np.full(len(x), bins / (right - left) / len(x))
    bars = {"range": (left, right), "weights": weights, "label": "samples"}
    axes.hist(x.reshape(-1), bins, color=palette.data, alpha=0.25, **bars)
