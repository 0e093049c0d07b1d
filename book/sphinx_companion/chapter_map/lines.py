"""Lines from a chapter to those of its part that need it, past all boxes between.

A line leaves a box at the middle of its lower edge and comes to another at the middle of its upper
edge. Between neighbouring rows there is room for it; through the rows between it goes straight
down a lane: a column that is empty there, or the gap beside one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from book.sphinx_companion.chapter_map.box import WIDTH as BOX
from book.sphinx_companion.chapter_map.cells import COLUMNS, Cell

WIDTH = 350  # units of the drawing, about the pixels of a page on a phone
GAP = 14  # between two boxes of a row
STEP = BOX + GAP
EDGE = (WIDTH - COLUMNS * STEP + GAP) / 2  # left of the first column and right of the last
BESIDE = (EDGE / 2, *(EDGE + n * STEP - GAP / 2 for n in range(1, COLUMNS)), WIDTH - EDGE / 2)

Point = tuple[float, float]
Edge = tuple[str, str]  # (needed, needing)


@dataclass(frozen=True)
class Band:
    """A row of boxes: where it begins and ends, from the top of the drawing."""

    top: float
    bottom: float


def left(column: int) -> float:
    """Return where the boxes of a column begin."""
    return EDGE + column * STEP


def middle(column: int) -> float:
    """Return the middle of a column."""
    return left(column) + BOX / 2


class Router:
    """Finds the way of one line after the other."""

    def __init__(self, cells: Mapping[str, Cell], bands: Sequence[Band]) -> None:
        """Begin with empty lanes between the boxes of a part."""
        self.cells, self.bands = cells, bands
        self.taken: dict[tuple[float, int], str] = {}

    def stops(self, edge: Edge) -> list[Point]:
        """Return the stops of a line, which may move sideways only where no row is."""
        start, end = (self.cells[name] for name in edge)
        first = middle(start.column), self.bands[start.row].bottom
        last = middle(end.column), self.bands[end.row].top
        between = range(start.row + 1, end.row)
        if not between:
            return [first, last]
        x = self.lane(edge, between)
        self.taken |= {(x, row): edge[0] for row in between}
        return [first, (x, self.bands[between[0]].top), (x, self.bands[between[-1]].bottom), last]

    def lane(self, edge: Edge, rows: range) -> float:
        """Return the lane through some rows that makes a line shortest.

        Lines share a lane if they come from the same chapter, or if no other is left.
        """
        full = {cell.column for cell in self.cells.values() if cell.row in rows}
        lanes = [*(middle(n) for n in range(COLUMNS) if n not in full), *BESIDE]
        free = [x for x in lanes if all(self.taken.get((x, r), edge[0]) == edge[0] for r in rows)]
        ends = [middle(self.cells[name].column) for name in edge]
        return min(free or BESIDE, key=lambda x: sum(abs(x - to) for to in ends))
