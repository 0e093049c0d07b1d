"""The table of what each chapter's execution took, and on which versions.

The notebook tool writes the data, `reference/execution.json`; `book/notebooks/record.py` says
what it holds.
"""

from __future__ import annotations

from typing import Any

from book.sphinx_companion.markup import MarkdownDirective, table

RECORD = "reference/execution.json"
HEADER = ("Chapter", "Seconds", "Cores", "Python", "PyTorch", "genlib", "Library")


class ExecutionTimes(MarkdownDirective):
    """`{execution-times}`: the table."""

    def markdown(self) -> str:
        """Return the table, or a sentence where nothing was recorded yet."""
        record = self.record(RECORD)
        return times_table(record) if record else "No chapter has been executed yet."


def times_table(record: dict[str, dict[str, Any]]) -> str:
    """Return one row a chapter, and the sum of the seconds."""
    total = sum(entry["seconds"] for entry in record.values())
    rows = [_row(name, entry) for name, entry in record.items()]
    blank = [""] * (len(HEADER) - 2)
    return table(HEADER, [*rows, ("**Together**", f"**{total:.1f}**", *blank)])


def _row(name: str, entry: dict[str, Any]) -> tuple[str, ...]:
    versions = (entry["python"], entry["torch"], entry["genlib"], f"`{entry['library']}`")
    return (f"{{doc}}`/chapters/{name}`", f"{entry['seconds']:.1f}", str(entry["cpus"]), *versions)
