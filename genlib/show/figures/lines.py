"""Curves over steps or any other axis, with a band for seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from genlib.show.style import palette
from genlib.show.style.arrays import array
from genlib.show.style.canvas import canvas, figure, style

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
    references: Mapping[str, float] | None = None,
    colours: Mapping[str, str] | None = None,
    axes: Axes | None = None,
    height: float = 3.4,
    alt: str = "",
) -> Figure:
    """Draw named curves; where there are several seeds, their mean and a band about it.

    Args:
        series: for each name either ``(x, y)``, or ``y`` alone (x is then 0, 1, ...), or a
            ``History`` (or a list of them, one a seed), of which ``column`` is drawn. ``y`` of
            shape (S, T) are S seeds: the line is their mean, the band one standard deviation
            (divisor S - 1) to each side.
        xlabel: name and unit of the horizontal axis.
        ylabel: name and unit of the vertical axis.
        title: stands above.
        column: of a History.
        logx: logarithmic horizontal axis.
        logy: logarithmic vertical axis.
        references: heights of dashed lines, by name, such as a bound or a paper's number.
        colours: for names whose colour is not to be chosen here.
        axes: where to draw; by default a new picture of its own.
        height: of a new picture, in inches.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if there is no curve, x and y differ in length, or histories in their steps.
    """
    if not series:
        raise ValueError("there is no curve to draw: series is empty")
    shades = dict(zip(series, palette.colours(list(series)), strict=True)) | dict(colours or {})
    figure, where = canvas(axes, height, alt)
    with style():
        for name, values in series.items():
            _curve(where, name, *_xy(name, values, column), shades[name])
        reference_lines(where, references or {})
        where.set(xscale="log" if logx else "linear", yscale="log" if logy else "linear")
        where.set(xlabel=xlabel, ylabel=ylabel)
        where.grid(True)
        name_axes(where, title)
    return figure


def history(run: object, *names: str, title: str | None = None, alt: str = "") -> Figure:
    """Draw the columns of a History against its steps, one panel for each kind of number.

    Columns that end alike, such as ``generator/loss`` and ``discriminator/loss``, share a panel.

    Raises:
        ValueError: if the history is empty.
        KeyError: if it has no column of a given name.
    """
    panels: dict[str, list[str]] = {}
    for name in names or run.names:
        panels.setdefault(name.rpartition("/")[2], []).append(name)
    if not panels:
        raise ValueError("this history has no numbers yet")
    down = -(-len(panels) // 2)
    picture, cells = figure(down, min(2, len(panels)), height=3.0 * down, squeeze=False, alt=alt)
    for cell, (kind, columns) in zip(cells.flat, panels.items(), strict=False):
        series = {name.rpartition("/")[0] or kind: run_xy(run, name) for name in columns}
        curves(series, xlabel="step", ylabel=kind, axes=cell)
    for cell in cells.flat[len(panels) :]:
        cell.set_axis_off()
    if title:
        with style():
            picture.suptitle(title, x=0.02, ha="left", weight="bold", size=12)
    return picture


def run_xy(run: object, column: str) -> tuple[Sequence[int], Sequence[float]]:
    """Steps and values of one column of a History."""
    return run.steps(column), run[column]


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
    x = np.arange(y.shape[1]) if x is None else array(x, f"{name!r}: x")
    if y.ndim != 2 or x.shape != (y.shape[1],):
        raise ValueError(
            f"{name!r}: x must be (T,) and y (T,) or (seeds, T), got {x.shape} and {y.shape}"
        )
    return x, y


def _curve(axes: Axes, name: str, x: np.ndarray, y: np.ndarray, colour: str) -> None:
    """A line, or the mean of several with a band of one standard deviation."""
    mean = y.mean(0)
    marker = "o" if len(x) < 2 else None
    axes.plot(x, mean, color=colour, label=name, marker=marker)
    if len(y) > 1:
        spread = y.std(0, ddof=1)
        axes.fill_between(x, mean - spread, mean + spread, color=colour, alpha=0.18, lw=0)


def reference_lines(axes: Axes, heights: Mapping[str, float], vertical: bool = False) -> None:
    """Dashed lines, each in its own rhythm."""
    dashes = ("--", ":", "-.", (0, (6, 2, 1, 2, 1, 2)))
    line = axes.axvline if vertical else axes.axhline
    for number, (name, height) in enumerate(heights.items()):
        line(height, color=palette.grey, lw=1.4, ls=dashes[number % 4], label=name)


def name_axes(axes: Axes, title: str | None, least: int = 2) -> None:
    """Title, and a legend where at least so many things have names."""
    if title:
        axes.set_title(title)
    if len(axes.get_legend_handles_labels()[1]) >= least:
        axes.legend()
