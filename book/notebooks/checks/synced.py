"""Is the committed notebook what the tool makes of the chapter now?"""

from collections.abc import Iterator

from nbformat import NotebookNode

from book.notebooks.errors import ChapterError
from book.notebooks.flatten.chapter import flatten_chapter
from book.notebooks.flatten.references import References
from book.notebooks.paths import Chapter
from book.notebooks.source import code_cells, read_notebook, read_source, tags, to_text


def check_synced(chapter: Chapter, references: References) -> Iterator[str]:
    """The code is the chapter's, the outputs are of that code, the prose is flattened."""
    try:
        made = flatten_chapter(chapter, references)
    except ChapterError as error:
        yield str(error)
        return
    if to_text(made) != chapter.notebook.read_text("utf-8"):
        where = _first_difference(made, read_notebook(chapter.notebook))
        yield f"{where} is not what flattening gives now: `python -m book.notebooks flatten`"


def check_setup(chapter: Chapter, expected: str) -> Iterator[str]:
    """The first code cell is the setup cell, and its text is the stamped one."""
    cells = code_cells(read_source(chapter))
    if not cells or "setup" not in tags(cells[0]):
        yield "the first code cell is not the setup cell: `python -m book.notebooks stamp`"
    elif cells[0].source != expected:
        yield "the setup cell is not the stamped text: `python -m book.notebooks stamp`"


def _first_difference(made: NotebookNode, stored: NotebookNode) -> str:
    for one, other in zip(made.cells, stored.cells, strict=False):
        if one != other:
            return f"cell {one.id}"
    return "the notebook"
