"""Reading and writing the two files of a chapter."""

import re
from pathlib import Path

import nbformat
from jupytext.myst import myst_to_notebook
from nbformat import NotebookNode

from book.notebooks.paths import Chapter

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def read_source(chapter: Chapter) -> NotebookNode:
    """The chapter as its author wrote it.

    `metadata.source_map` holds the line, counted from 0, at which each cell begins. All else in
    the metadata is ours: without jupytext's, nobody's editor syncs flattened prose back.
    """
    notebook = myst_to_notebook(chapter.source.read_text("utf-8"), add_source_map=True)
    notebook.metadata = nbformat.from_dict(
        METADATA | {"source_map": notebook.metadata["source_map"]}
    )
    return number_cells(notebook, chapter.source.stem)


def number_cells(notebook: NotebookNode, stem: str) -> NotebookNode:
    """Call the cells `STEM-000`, `STEM-001`, ...: ids that change only when cells move."""
    for index, cell in enumerate(notebook.cells):
        cell.id = f"{re.sub('[^A-Za-z0-9_-]', '-', stem)[:60]}-{index:03d}"
    return notebook


def read_notebook(path: Path) -> NotebookNode:
    """A stored notebook."""
    return nbformat.read(path, as_version=4)


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Store a notebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_text(notebook), "utf-8")


def to_text(notebook: NotebookNode) -> str:
    """What is stored. The metadata are ours alone: no version that changes, no jupytext."""
    return nbformat.writes(nbformat.from_dict({**notebook, "metadata": METADATA})) + "\n"


def text_lines(text: str) -> list[str]:
    """The lines of a text as Markdown and Python count them.

    ``str.splitlines`` ends a line at a form feed and at U+2028 too, which come with pasted text.
    """
    return text.removesuffix("\n").split("\n") if text else []


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that hold code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> list[str]:
    """A cell's tags."""
    return cell.metadata.get("tags", [])


def same_code(one: NotebookNode, other: NotebookNode) -> bool:
    """Whether two notebooks run the same code in the same order."""
    return [c.source for c in code_cells(one)] == [c.source for c in code_cells(other)]
