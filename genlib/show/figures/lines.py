"""Curves over steps or any other axis, with a band for seeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from genlib.show.figures.arrays import array, check_names, finite, named
from genlib.show.figures.axes import (
    Legend,
    name_axes,
    reference_lines,
    set_limits,
    set_scale,
    set_ticks,
)
from genlib.show.style import palette
from genlib.show.style.canvas import canvas, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def curves(
    series: Mapping[str, object],
    *,
    xlabel: str = "",
    ylabel: str = "",
    title: str | None = None,
    column: str = "loss",
    logx: bool = False,
    logy: bool = False,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    xticks: Sequence[float] | None = None,
    yticks: Sequence[float] | None = None,
    references: Mapping[str, float] | None = None,
    colours: Mapping[str, str] | None = None,
    markers: Mapping[str, str] | None = None,
    dashed: Collection[str] = (),
    legend: Legend = True,
    axes: Axes | None = None,
    height: float = 3.4,
    alt: str = "",
) -> Figure:
    """Draw named curves; where there are several seeds, their mean and a band about it.

    Args:
        series: for each name either ``(x, y)``, or ``y`` alone (x is then 0, 1, ...), or a
            ``History`` (or a list of them, one a seed), of which ``column`` is drawn. ``y`` of
            shape (S, T) are S seeds: the line is their mean, the band one standard deviation
            (divisor S - 1) to each side. A value that is not finite leaves a gap.
        xlabel: name and unit of the horizontal axis.
        ylabel: name and unit of the vertical axis.
        title: stands above.
        column: of a History.
        logx: logarithmic horizontal axis.
        logy: logarithmic vertical axis.
        xlim: where the horizontal axis begins and ends.
        ylim: where the vertical axis begins and ends.
        xticks: places of ticks, which then bear plain numbers, on a logarithmic axis too.
        yticks: the same of the vertical axis.
        references: heights of dashed lines, by name, such as a bound or a paper's number.
        colours: for names whose colour is not to be chosen here.
        markers: names that are drawn as single marks instead of a line, and matplotlib's sign
            for the mark, such as ``{"measured": "o"}``; several seeds have whiskers then.
        dashed: names whose lines are dashed.
        legend: False for none, or options for matplotlib's, such as ``{"ncols": 3}``; a single
            curve has none.
        axes: where to draw; by default a new picture of its own.
        height: of a new picture, in inches.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if there is no curve, two have one name, x and y differ in length, histories
            in their steps, x or a limit is not finite, nothing of a curve is, or a logarithmic
            axis is to show a number that is not positive.
    """
    named(series, "series", '{"loss": [3, 2, 1]}')
    check_names(series, references or ())
    check_known(series, markers=markers or (), dashed=dashed)
    shades = dict(zip(series, palette.colours(list(series)), strict=True)) | dict(colours or {})
    figure, where = canvas(axes, height, alt)
    with style():
        for name, values in series.items():
            x, y = _xy(name, values, column)
            _check_positive(name, {"logx": logx and x, "logy": logy and y})
            _curve(where, name, x, y, shades[name], _look(name, markers or {}, dashed))
        reference_lines(where, references or {})
        for direction, log, ticks, limits in (("x", logx, xticks, xlim), ("y", logy, yticks, ylim)):
            set_scale(where, direction, log)
            set_ticks(where, direction, ticks)
            set_limits(where, direction, limits)
        where.set(xlabel=xlabel, ylabel=ylabel)
        where.grid(True)
        name_axes(where, title, legend=legend)
    return figure


def run_xy(run: object, column: str) -> tuple[Sequence[int], Sequence[float]]:
    """Return steps and values of one column of a History."""
    return run.steps(column), run[column]


def check_known(series: Mapping[str, object], **options: Collection[str]) -> None:
    """Raise unless every name in the options is one of the series.

    Raises:
        ValueError: naming those that are not.
    """
    for option, names in options.items():
        if unknown := [name for name in names if name not in series]:
            raise ValueError(f"{option} names {unknown}, but the curves are {list(series)}")


def _xy(name: str, values: object, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return x (T,) and y (S, T) of one entry of ``series``."""
    if hasattr(values, "steps"):
        values = run_xy(values, column)
    elif isinstance(values, Sequence) and values and all(hasattr(v, "steps") for v in values):
        if any(run.steps(column) != values[0].steps(column) for run in values):
            raise ValueError(f"{name!r}: the histories were recorded at different steps")
        values = values[0].steps(column), [run[column] for run in values]
    x, y = values if isinstance(values, tuple) and len(values) == 2 else (None, values)
    y = np.atleast_2d(array(y, f"{name!r}: y"))
    x = np.arange(y.shape[1]) if x is None else np.atleast_1d(finite(x, f"{name!r}: x"))
    if y.ndim != 2 or x.shape != (y.shape[1],):
        raise ValueError(
            f"{name!r}: x must be (T,) and y (T,) or (seeds, T), got {x.shape} and {y.shape}"
        )
    if not np.isfinite(y).any():
        raise ValueError(f"{name!r}: y has no finite value")
    return x, y


def _check_positive(name: str, shown: Mapping[str, np.ndarray | bool]) -> None:
    """Raise if a logarithmic axis is to show what has no logarithm."""
    for option, numbers in shown.items():
        if numbers is not False and np.nanmin(numbers) <= 0:
            raise ValueError(
                f"{option}=True wants positive numbers, but {name!r} goes down to "
                f"{np.nanmin(numbers):.4g}"
            )


def _look(name: str, markers: Mapping[str, str], dashed: Collection[str]) -> dict[str, object]:
    """Return matplotlib's options for one curve."""
    if name in markers:
        return {"marker": markers[name], "ls": "", "zorder": 3}
    return {"ls": "--", "lw": 1.5} if name in dashed else {}


def _curve(
    axes: Axes, name: str, x: np.ndarray, y: np.ndarray, colour: str, look: Mapping[str, object]
) -> None:
    """Draw a line or marks, or the mean of several with one standard deviation to each side."""
    mean, spread = y.mean(0), y.std(0, ddof=1) if len(y) > 1 else None
    alone = {"marker": "o"} if len(x) < 2 else {}
    axes.plot(x, mean, color=colour, label=name, **(alone | look))
    if spread is None:
        return
    if "marker" in look:
        axes.errorbar(x, mean, yerr=spread, fmt="none", ecolor=colour, capsize=3)
    else:
        axes.fill_between(x, mean - spread, mean + spread, color=colour, alpha=0.18, lw=0)
