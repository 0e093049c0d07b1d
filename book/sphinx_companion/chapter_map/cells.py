"""Which row and column of its part a chapter's box takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from book.sphinx_companion.chapter_map.data import Chapter

COLUMNS = 3  # as many boxes as can be read side by side on a phone


@dataclass(frozen=True)
class Cell:
    """A place in the grid of a part, (0, 0) at the top left."""

    row: int
    column: int


def arrange(chapters: Sequence[Chapter]) -> dict[str, Cell]:
    """Place each chapter of a part as high as it can stand: below all that it needs there."""
    cells: dict[str, Cell] = {}
    for chapter in needed_first(chapters):
        above = [cells[need] for need in chapter.needs if need in cells]
        row = max((cell.row + 1 for cell in above), default=0)
        while not (free := free_columns(row, cells)):
            row += 1
        wanted = sum(cell.column for cell in above) / len(above) if above else 0
        column = min(free, key=lambda column: abs(column - wanted))
        cells[chapter.name] = Cell(row, column)
    return cells


def needed_first(chapters: Sequence[Chapter]) -> Iterator[Chapter]:
    """Yield the chapters in the order of the book, but each after those that it needs."""
    waiting = {chapter.name: chapter for chapter in chapters}
    while waiting:
        name = next(n for n, chapter in waiting.items() if not waiting.keys() & chapter.needs)
        yield waiting.pop(name)


def free_columns(row: int, cells: Mapping[str, Cell]) -> list[int]:
    """Return the columns of a row in which no chapter stands."""
    taken = {cell.column for cell in cells.values() if cell.row == row}
    return [column for column in range(COLUMNS) if column not in taken]
