"""Running chapters, and keeping what they print."""

import os
import time
from collections.abc import Iterable

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book, Chapter
from book.notebooks.record import library_digest, record, recorded_digest
from book.notebooks.source import (
    code_cells,
    read_notebook,
    read_source,
    same_code,
    tags,
    write_notebook,
)

CELL_TIMEOUT = 600


def has_changed(chapter: Chapter) -> bool:
    """Whether the outputs are of other code than the chapter now holds; prose does not count."""
    if not chapter.notebook.exists():
        return True
    notebook = read_notebook(chapter.notebook)
    if not same_code(read_source(chapter), notebook):
        return True
    return any(cell.execution_count is None for cell in code_cells(notebook))


def uses_other_library(book: Book, chapter: Chapter) -> bool:
    """Whether genlib has changed since the chapter was executed."""
    return recorded_digest(book, chapter) != library_digest(book)


def execute(book: Book, chapters: Iterable[Chapter]) -> None:
    """Run chapters and store their notebooks, whose prose is still to be flattened."""
    for chapter in chapters:
        notebook = read_source(chapter)
        print(f"{chapter.name}: executing ...", flush=True)
        seconds = run_cells(notebook, chapter)
        write_notebook(notebook, chapter.notebook)
        record(book, chapter, seconds)
        print(f"{chapter.name}: {seconds:.1f} s")


def smoke(book: Book, chapters: Iterable[Chapter]) -> None:
    """Run chapters with tiny budgets, for authors in a hurry; nothing in the tree changes.

    What so short a training reaches proves nothing, so failing asserts are told and forgiven.
    """
    broken = []
    for chapter in chapters:
        notebook = read_source(chapter)
        seconds = run_cells(notebook, chapter, allow_errors=True, GENLIB_SMOKE="1")
        write_notebook(notebook, book.root / "_build" / "smoke" / f"{chapter.name}.ipynb")
        print(f"{chapter.name}: {seconds:.1f} s")
        broken += [e for e in errors(notebook) if not _is_forgiven(chapter, e)]
    if broken:
        raise ChapterError(f"{len(broken)} cells failed")


def run_cells(
    notebook: NotebookNode, chapter: Chapter, *, allow_errors: bool = False, **environ: str
) -> float:
    """Fill in the notebook's outputs; the seconds it took, starting the kernel included."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        allow_errors=allow_errors,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(chapter.source.parent)}},
    )
    start = time.perf_counter()
    try:
        client.execute(env={**os.environ, "GENLIB_STATIC": "1", **environ})
    except CellExecutionError as error:
        raise ChapterError(f"{chapter.source} failed\n{error}") from None
    return time.perf_counter() - start


def errors(notebook: NotebookNode) -> list[NotebookNode]:
    """The error outputs that nobody announced."""
    return [error for cell in code_cells(notebook) for error in unannounced(cell)]


def unannounced(cell: NotebookNode) -> list[NotebookNode]:
    """A cell's error outputs, if it does not announce them by a `raises-exception` tag."""
    if "raises-exception" in tags(cell):
        return []
    return [output for output in cell.outputs if output.output_type == "error"]


def _is_forgiven(chapter: Chapter, error: NotebookNode) -> bool:
    forgiven = error.ename == "AssertionError"
    print(f"{chapter.name}: {'forgiven: ' if forgiven else ''}{error.ename}: {error.evalue}")
    if not forgiven:
        print("\n".join(error.traceback))
    return forgiven
