"""The table of the chapters whose seeds were shifted: which of their cells failed.

The notebook tool writes the data, `reference/seeds.json`; `book/notebooks/shifts.py` says what it
holds.
"""

from __future__ import annotations

from typing import Any

from book.sphinx_companion.markup import MarkdownDirective, table

OUTCOMES = "reference/seeds.json"


class ShiftedSeeds(MarkdownDirective):
    """`{shifted-seeds}`: the table."""

    def markdown(self) -> str:
        """Return the table, or a sentence where no chapter was run with other seeds yet."""
        known = self.record(OUTCOMES)
        return shifts_table(known) if known else "No chapter has been run with other seeds yet."


def shifts_table(known: dict[str, dict[str, Any]]) -> str:
    """Return one row a chapter, one column a shift, in the order of the numbers."""
    shifts = sorted({int(shift) for entry in known.values() for shift in entry["shifts"]})
    rows = [
        (f"{{doc}}`/chapters/{name}`", *(_outcome(entry["shifts"], shift) for shift in shifts))
        for name, entry in known.items()
    ]
    return table(("Chapter", *(f"+ {shift}" for shift in shifts)), rows)


def _outcome(found: dict[str, list[str]], shift: int) -> str:
    """Return how many cells failed; nothing where this shift was not run."""
    cells = found.get(str(shift))
    return "" if cells is None else str(len(cells))
