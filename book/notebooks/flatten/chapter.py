"""The flattened notebook of a chapter: its code and outputs as they are, its prose rewritten."""

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from book.notebooks.errors import ChapterError
from book.notebooks.flatten.blocks import flatten
from book.notebooks.flatten.page import Page
from book.notebooks.flatten.pictures import caption
from book.notebooks.flatten.references import References
from book.notebooks.paths import Chapter
from book.notebooks.source import (
    code_cells,
    number_cells,
    read_notebook,
    read_source,
    same_code,
    tags,
    text_lines,
)

FOLDED = {"hide-input", "hide-cell"}


def flatten_chapter(chapter: Chapter, references: References) -> NotebookNode:
    """The notebook to commit, from the chapter's source and its stored outputs."""
    source = read_source(chapter)
    _take_outputs(source, chapter)
    page = Page(chapter.source, chapter.document, references)
    page.collect_notes(cell.source for cell in source.cells if cell.cell_type == "markdown")
    cells = []
    for cell, line in zip(source.cells, _first_lines(source, chapter), strict=True):
        cells += _flatten_cell(cell, page, line)
    source.cells = cells
    return number_cells(source, chapter.source.stem)


def _take_outputs(source: NotebookNode, chapter: Chapter) -> None:
    stored = read_notebook(chapter.notebook) if chapter.notebook.exists() else None
    if stored is None or not same_code(source, stored):
        raise ChapterError(f"{chapter.source}: its code has changed or never run: execute it first")
    for cell, executed in zip(code_cells(source), code_cells(stored), strict=True):
        cell.outputs = executed.outputs
        cell.execution_count = executed.execution_count


def _first_lines(source: NotebookNode, chapter: Chapter) -> list[int]:
    """Where each cell's text begins: jupytext counts the blank lines above it as its own."""
    lines = text_lines(chapter.source.read_text("utf-8"))
    starts = []
    for start in source.metadata["source_map"]:
        while not lines[start].strip():
            start += 1
        starts.append(start)
    return starts


def _flatten_cell(cell: NotebookNode, page: Page, line: int) -> list[NotebookNode]:
    """The cell, and after a figure with a caption a cell that holds the caption."""
    if cell.cell_type == "markdown":
        cell.source = flatten(cell.source, page, line)
        return [cell] if cell.source else []
    if cell.cell_type != "code":
        page.fail(line, "{raw-cell}", "not known to the notebook tool")
    _present(cell)
    figure = cell.metadata.get("mystnb", {}).get("figure", {})
    if "caption" not in figure:
        return [cell]
    text = flatten(figure["caption"], page, line)
    return [cell, new_markdown_cell(caption(text, figure.get("name", ""), page, line))]


def _present(cell: NotebookNode) -> None:
    """Fold in Jupyter and on Colab what the book folds, and let nbval skip what is drawn in HTML.

    A self-check stays open: the reader writes the answer into it. nbval compares HTML byte for
    byte, and that of an explorer holds pictures.
    """
    if FOLDED & set(tags(cell)) and "self-check" not in tags(cell):
        cell.metadata["jupyter"] = {"source_hidden": True}
        cell.metadata["cellView"] = "form"
    drawn = any("text/html" in output.get("data", {}) for output in cell.outputs)
    if drawn and "nbval-ignore-output" not in tags(cell):
        cell.metadata["tags"] = [*tags(cell), "nbval-ignore-output"]
