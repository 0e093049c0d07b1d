"""Diagrams of what flows where: boxes, and arrows between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genlib.show.style import palette
from genlib.show.style.canvas import WIDTH, figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

TALL, GAP = 0.46, 0.42  # inches: a box, and the space below it
LOWEST = 1.2  # inches, of a picture
SIZE = 13  # of letters, in points: a phone shows them at two thirds
APART = 0.07  # inches between two arrows of opposite directions, from the middle
LOOKS = {
    "flow": {"color": palette.grey, "linestyle": "-"},
    "gradient": {"color": palette.accent, "linestyle": (0, (3, 2))},
}


@dataclass(frozen=True)
class Box:
    """A thing in a diagram, on a grid whose cell (0, 0) is at the top left.

    Attributes:
        text: what it is called; ``$...$`` is set as a formula.
        column: where it stands, in columns; need not be whole.
        row: the same in rows.
        colour: of the outline; by default grey.
        filled: whether the box is filled with its colour, which marks who moves.
        columns: how many columns it is wide.
        outline: whether it has one; a value that flows has none.
    """

    text: str
    column: float
    row: float = 0.0
    colour: str = palette.grey
    filled: bool = False
    columns: float = 0.8
    outline: bool = True


@dataclass(frozen=True)
class Arrow:
    """An arrow from one box to another.

    Attributes:
        start: name of the box where it begins.
        end: name of the box where it ends.
        text: stands beside its middle.
        kind: "flow" (solid), or "gradient" (dashed).
        bend: how far it leaves the straight line to its left, as a share of its length.
        cut: whether a bar crosses it: nothing flows back here.
    """

    start: str
    end: str
    text: str = ""
    kind: str = "flow"
    bend: float = 0.0
    cut: bool = False


def diagram(
    boxes: Mapping[str, Box],
    arrows: Sequence[Arrow] = (),
    *,
    notes: Mapping[str, tuple[float, float]] | None = None,
    title: str | None = None,
    alt: str = "",
) -> Figure:
    """Draw boxes on a grid, and arrows between them.

    >>> picture = diagram(
    ...     {"f": Box("encoder", 0), "z": Box("$z$", 1, outline=False)},
    ...     [Arrow("f", "z"), Arrow("z", "f", kind="gradient")],
    ...     alt="The encoder returns z; gradients go back.",
    ... )

    Two arrows between the same boxes, one each way, run side by side.

    Args:
        boxes: by the names that arrows use.
        arrows: what flows where.
        notes: texts, and where they stand (column, row).
        title: stands above.
        alt: what is seen, in a sentence.

    Raises:
        ValueError: if there is no box, an arrow names none, or two boxes overlap.
    """
    _check(boxes, arrows)
    places = [(box.column, box.row) for box in boxes.values()] + list((notes or {}).values())
    across, down = (max(place[axis] for place in places) + 1 for axis in (0, 1))
    step = WIDTH / across, TALL + GAP
    height = max(LOWEST, down * step[1] + (0.35 if title else 0))
    picture, axes = figure(height=height, alt=alt)
    with style():
        axes.set(xlim=(0, WIDTH), ylim=(down * step[1], 0), title=title or "")
        axes.set_axis_off()
        patches = {name: _draw_box(axes, box, step) for name, box in boxes.items()}
        pairs = {(arrow.start, arrow.end) for arrow in arrows}
        for arrow in arrows:
            beside = APART if (arrow.end, arrow.start) in pairs else 0.0
            _draw_arrow(axes, arrow, patches, beside)
        for text, place in (notes or {}).items():
            axes.text(*_centre(place, step), text, ha="center", va="center", fontsize=SIZE - 2)
    return picture


def _check(boxes: Mapping[str, Box], arrows: Sequence[Arrow]) -> None:
    """Refuse what could not be drawn."""
    if not boxes:
        raise ValueError("there is nothing to draw: no boxes")
    for arrow in arrows:
        for name in (arrow.start, arrow.end):
            if name not in boxes:
                raise ValueError(f"an arrow names {name!r}, wanted one of {', '.join(boxes)}")
        if arrow.kind not in LOOKS:
            raise ValueError(f"an arrow of kind {arrow.kind!r}, wanted one of {', '.join(LOOKS)}")
    placed = list(boxes.items())
    for number, (name, box) in enumerate(placed):
        for other, beside in placed[number + 1 :]:
            apart = abs(box.column - beside.column) - (box.columns + beside.columns) / 2
            if apart < 0 and abs(box.row - beside.row) * (TALL + GAP) < TALL:
                raise ValueError(f"the boxes {name!r} and {other!r} overlap")


def _centre(place: tuple[float, float], step: tuple[float, float]) -> tuple[float, float]:
    """Return the middle of a cell of the grid, in inches from the top left."""
    return (place[0] + 0.5) * step[0], (place[1] + 0.5) * step[1]


def _draw_box(axes: Axes, box: Box, step: tuple[float, float]) -> FancyBboxPatch:
    """Draw a box and its text; return the outline, at which arrows end."""
    from matplotlib.patches import FancyBboxPatch

    x, y = _centre((box.column, box.row), step)
    wide = box.columns * step[0]
    look = {"fc": box.colour if box.filled else palette.plate, "ec": box.colour, "lw": 1.8}
    rounded = "round,pad=0,rounding_size=0.1"
    patch = FancyBboxPatch((x - wide / 2, y - TALL / 2), wide, TALL, rounded, **look, zorder=3)
    patch.set_visible(box.outline)
    axes.add_patch(patch)
    ink = palette.plate if box.filled else palette.ink
    axes.text(x, y, box.text, ha="center", va="center", color=ink, fontsize=SIZE, zorder=4)
    return patch


def _draw_arrow(
    axes: Axes, arrow: Arrow, patches: Mapping[str, FancyBboxPatch], beside: float
) -> None:
    """Draw an arrow from outline to outline, ``beside`` to the left of the line between centres."""
    import numpy as np
    from matplotlib.patches import FancyArrowPatch

    start, end = (_middle(patches[name]) for name in (arrow.start, arrow.end))
    along = (end - start) / np.linalg.norm(end - start)
    left = np.array([along[1], -along[0]])  # the vertical axis points down
    outlines = {"patchA": patches[arrow.start], "patchB": patches[arrow.end]}
    axes.add_patch(
        FancyArrowPatch(
            start + beside * left,
            end + beside * left,
            arrowstyle="-|>",
            mutation_scale=14,
            connectionstyle=f"arc3,rad={-arrow.bend}",
            shrinkA=2,
            shrinkB=2,
            lw=1.6,
            zorder=2,
            **outlines,
            **LOOKS[arrow.kind],
        )
    )
    first = start + along * _reach(patches[arrow.start], along)
    last = end - along * _reach(patches[arrow.end], along)
    middle = (first + last) / 2
    middle = middle + (beside + arrow.bend / 2 * np.linalg.norm(end - start)) * left
    if arrow.cut:
        ends = np.stack([middle + 0.12 * left, middle - 0.12 * left])
        axes.plot(*ends.T, color=palette.accent, lw=2.5, zorder=5)
    if arrow.text:
        look = {"ha": "center", "va": "center", "fontsize": SIZE - 2, "zorder": 5}
        axes.text(*(middle + 0.17 * left), arrow.text, **look)


def _middle(patch: FancyBboxPatch) -> object:
    """Return the middle of a box, in inches."""
    import numpy as np

    x, y = patch.get_x(), patch.get_y()
    return np.array([x + patch.get_width() / 2, y + patch.get_height() / 2])


def _reach(patch: FancyBboxPatch, along: object) -> float:
    """Return how far a box's outline is from its middle in the direction ``along``."""
    halves = patch.get_width() / 2, patch.get_height() / 2
    return min(half / abs(part) for half, part in zip(halves, along, strict=True) if part)
