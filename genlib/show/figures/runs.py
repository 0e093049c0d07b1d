"""The columns of a run, one panel for each kind of number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genlib.history import History
from genlib.show.figures.lines import curves, run_xy
from genlib.show.style.canvas import figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def history(run: History, *names: str, title: str | None = None, alt: str = "") -> Figure:
    """Draw the columns of a History against its steps, one panel for each kind of number.

    Columns that end alike, such as ``generator/loss`` and ``discriminator/loss``, share a panel.

    Raises:
        ValueError: if this is no History, or it is empty.
        KeyError: if it has no column of a given name.
    """
    if not isinstance(run, History):
        raise ValueError(f"wanted a History, which fit returns, got {type(run).__name__}")
    panels: dict[str, list[str]] = {}
    for name in names or run.names:
        panels.setdefault(name.rpartition("/")[2], []).append(name)
    if not panels:
        raise ValueError("this history has no numbers yet")
    down = -(-len(panels) // 2)
    picture, cells = figure(down, min(2, len(panels)), height=3.0 * down, squeeze=False, alt=alt)
    for cell, (kind, columns) in zip(cells.flat, panels.items(), strict=False):
        shown = zip(_labels(kind, columns), columns, strict=True)
        series = {label: run_xy(run, name) for label, name in shown}
        curves(series, xlabel="step", ylabel=kind, axes=cell)
    for cell in cells.flat[len(panels) :]:
        cell.set_axis_off()
    if title:
        with style():
            picture.suptitle(title, x=0.02, ha="left", weight="bold", size=12)
    return picture


def _labels(kind: str, columns: Sequence[str]) -> Sequence[str]:
    """Return what stands before the kind, such as the player; whole names if two are alike."""
    labels = [name.rpartition("/")[0] or kind for name in columns]
    return labels if len(set(labels)) == len(labels) else columns
