"""A student's copy of a notebook: the exercises, and no solution to any of them.

What goes: solutions in words (the folds "Solution to ..."), solutions in code (cells with the tag
`solution`), and of a self-check all but the reader's part, since the rest compares an answer with
the right one. Hints stay.
"""

import ast
import copy
import re
from pathlib import Path

from nbformat import NotebookNode

from book.notebooks.errors import ChapterError
from book.notebooks.paths import Chapter
from book.notebooks.source import read_notebook, tags, write_notebook

SOLUTION = re.compile(r"<details>\n<summary>Solution to .*?\n</details>\n*", re.DOTALL)


def strip_chapter(chapter: Chapter, folder: Path) -> Path:
    """Write the student's copy of a chapter's stored notebook, and return where."""
    path = folder / f"{chapter.name}.ipynb"
    write_notebook(strip(read_notebook(chapter.notebook)), path)
    return path


def strip(notebook: NotebookNode) -> NotebookNode:
    """A copy of a flattened notebook without solutions."""
    stripped = copy.deepcopy(notebook)
    for cell in stripped.cells:
        _strip_cell(cell)
    stripped.cells = [c for c in stripped.cells if c.source and "solution" not in tags(c)]
    return stripped


def _strip_cell(cell: NotebookNode) -> None:
    if cell.cell_type == "markdown":
        cell.source = SOLUTION.sub("", cell.source).rstrip("\n")
    elif "self-check" in tags(cell):
        cell.source = students_part(cell.source)
        cell.outputs, cell.execution_count = [], None


def students_part(source: str) -> str:
    """The lines of a self-check up to the last statement that holds the dots of an answer.

    The statements after it compare; the import of `check` goes with them.
    """
    statements = ast.parse(source).body
    last = max((i for i, part in enumerate(statements) if _is_open(part)), default=None)
    if last is None:
        raise ChapterError(f"a self-check has no dots for an answer: {source[:60]}")
    dropped = {part.lineno for part in statements if _imports_the_check(part)}
    lines = source.splitlines()[: statements[last].end_lineno]
    kept = [line for number, line in enumerate(lines, start=1) if number not in dropped]
    return "\n".join(kept).strip("\n")


def _imports_the_check(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "genlib.exercises"


def _is_open(statement: ast.stmt) -> bool:
    """Whether the reader has to fill in something: `x = ...`, or a function that gives dots."""
    if isinstance(statement, ast.FunctionDef):
        return any(_is_dots(getattr(part, "value", None)) for part in statement.body)
    return isinstance(statement, ast.Assign) and _is_dots(statement.value)


def _is_dots(value: ast.expr | None) -> bool:
    values = value.elts if isinstance(value, ast.Tuple) else [value]
    return any(isinstance(each, ast.Constant) and each.value is ... for each in values)
