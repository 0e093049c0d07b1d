"""What axes carry beside their curves: limits, ticks, reference lines, title and legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from genlib.show.figures.arrays import finite
from genlib.show.style import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Legend = bool | Mapping[str, object]


def reference_lines(axes: Axes, heights: Mapping[str, float], vertical: bool = False) -> None:
    """Draw dashed lines, each in its own rhythm."""
    dashes = ("--", ":", "-.", (0, (6, 2, 1, 2, 1, 2)))
    line = axes.axvline if vertical else axes.axhline
    for number, (name, height) in enumerate(heights.items()):
        at = finite(height, f"reference {name!r}").item()
        line(at, color=palette.grey, lw=1.4, ls=dashes[number % 4], label=name)


def name_axes(axes: Axes, title: str | None, least: int = 2, legend: Legend = True) -> None:
    """Write the title, and a legend where at least so many things have names."""
    if title:
        axes.set_title(title)
    if legend is not False and len(axes.get_legend_handles_labels()[1]) >= least:
        axes.legend(**({} if legend is True else legend))


def set_scale(axes: Axes, direction: str, log: bool) -> None:
    """Make the axis ``direction`` (x or y) logarithmic or linear."""
    axes.set(**{f"{direction}scale": "log" if log else "linear"})


def set_ticks(axes: Axes, direction: str, ticks: Sequence[float] | None) -> None:
    """Put ticks with plain numbers, and none between them, on the axis ``direction``."""
    if ticks is None:
        return
    at = finite(ticks, f"{direction}ticks").reshape(-1)
    axis = {"x": axes.xaxis, "y": axes.yaxis}[direction]
    axis.set_ticks(at, labels=[f"{tick:g}".replace("-", "\N{MINUS SIGN}") for tick in at])
    axis.minorticks_off()


def set_limits(axes: Axes, direction: str, limits: Sequence[float] | None) -> None:
    """Show the axis ``direction`` between two numbers.

    Raises:
        ValueError: if they are not two different finite numbers.
    """
    if limits is None:
        return
    ends = finite(limits, f"{direction}lim").reshape(-1).tolist()
    if len(ends) != 2 or ends[0] == ends[1]:
        raise ValueError(f"{direction}lim={limits}, wanted two different numbers")
    axes.set(**{f"{direction}lim": ends})
