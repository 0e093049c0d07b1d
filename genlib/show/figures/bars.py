"""Bars with whiskers, and a dot for each seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from genlib.show.figures.arrays import check_names, finite, named
from genlib.show.figures.axes import name_axes, reference_lines
from genlib.show.style import palette
from genlib.show.style.canvas import canvas, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def bars(
    values: Mapping[str, object],
    *,
    xlabel: str = "",
    title: str | None = None,
    references: Mapping[str, float] | None = None,
    colours: Mapping[str, str] | None = None,
    axes: Axes | None = None,
    height: float | None = None,
    alt: str = "",
) -> Figure:
    """Draw named numbers as horizontal bars, with each seed as a dot where there are several.

    Args:
        values: for each name a number, ``(number, error)``, or a list of one number a seed, of
            which the bar is the mean and the whisker one standard deviation (divisor S - 1).
        xlabel: what is measured, and its unit.
        title: stands above.
        references: places of dashed lines, by name.
        colours: for names whose colour is not to be chosen here.
        axes: where to draw; by default a new picture of its own.
        height: of a new picture, in inches; by default what the number of bars needs.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if there is no bar, two things have one name, a value is not finite or no
            list of numbers, or an error is negative.
    """
    named(values, "values", '{"VAE": [98.1, 98.4]}')
    check_names(values, references or ())
    figure, where = canvas(axes, height or 0.9 + 0.42 * len(values), alt)
    with style():
        for place, (name, value) in enumerate(values.items()):
            shade = (colours or {}).get(name) or palette.colour(name)
            _bar(where, place, *_mean_and_spread(name, value), shade)
        reference_lines(where, references or {}, vertical=True)
        where.set(yticks=range(len(values)), yticklabels=list(values), xlabel=xlabel)
        where.invert_yaxis()
        where.tick_params(axis="y", length=0)
        where.grid(True, axis="x")
        name_axes(where, title, least=1)
    return figure


def _mean_and_spread(name: str, value: object) -> tuple[float, float, np.ndarray]:
    """Return the length of a bar, of its whisker, and the single values if there are several."""
    seeds = np.atleast_1d(finite(value, repr(name)))
    if seeds.ndim != 1:
        raise ValueError(f"{name!r} must be a number or one a seed, got the shape {seeds.shape}")
    if isinstance(value, tuple) and len(value) == 2:
        if seeds[1] < 0:
            raise ValueError(f"{name!r}: the error is {seeds[1]:.4g}, wanted at least 0")
        return *seeds, np.array([])
    if len(seeds) == 1:
        return seeds[0], 0.0, np.array([])
    return seeds.mean(), seeds.std(ddof=1), seeds


def _bar(
    axes: Axes, place: int, mean: float, spread: float, seeds: np.ndarray, colour: str
) -> None:
    axes.barh(place, mean, height=0.62, color=colour)
    if spread > 0:
        axes.errorbar(mean, place, xerr=spread, color=palette.ink, lw=1.5, capsize=4)
    dots = {"s": 22, "color": palette.ink, "ec": palette.plate, "lw": 0.8, "zorder": 3}
    axes.scatter(seeds, np.full(len(seeds), place), **dots)
