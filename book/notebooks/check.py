"""All checks of the committed notebooks."""

from collections.abc import Iterator
from pathlib import Path

from book.notebooks.checks.figures import check_figures
from book.notebooks.checks.length import check_length
from book.notebooks.checks.outputs import check_outputs
from book.notebooks.checks.parts import check_parts
from book.notebooks.checks.prose import check_prose
from book.notebooks.checks.seeds import check_seeds
from book.notebooks.checks.synced import check_setup, check_synced
from book.notebooks.errors import ChapterError
from book.notebooks.flatten.environment import read_references, require_fresh
from book.notebooks.flatten.references import References
from book.notebooks.paths import Book, Chapter
from book.notebooks.setup_cell import repository, setup_text
from book.notebooks.source import read_notebook, read_source


def check(book: Book, chapters: list[Chapter]) -> None:
    """Print what is wrong with chapters, and raise an error if anything is."""
    require_fresh(book, chapters)
    references = read_references(book)
    problems = [*_orphans(book)]
    for chapter in chapters:
        problems += [f"{chapter.name}: {fault}" for fault in faults(book, chapter, references)]
    print("\n".join(problems) or f"{len(chapters)} chapters are as they should be")
    if problems:
        raise ChapterError(f"{len(problems)} things to mend")


def faults(book: Book, chapter: Chapter, references: References) -> Iterator[str]:
    """What is wrong with one chapter."""
    try:
        yield from check_setup(chapter, setup_text(repository(book)))
        yield from check_parts(chapter)
        yield from check_length(chapter)
        yield from check_seeds(read_source(chapter))
        yield from check_synced(chapter, references)
        notebook = read_notebook(chapter.notebook)
    except (ChapterError, FileNotFoundError) as error:
        yield str(error)
        return
    yield from check_outputs(notebook, str(book.root), str(Path.home()))
    yield from check_figures(notebook)
    yield from check_prose(notebook)


def _orphans(book: Book) -> Iterator[str]:
    """Notebooks whose chapter is gone."""
    for path in sorted((book.root / "chapters").glob("*/*.ipynb")):
        if not path.with_suffix(".md").exists():
            yield f"{path.relative_to(book.root)} has no source beside it"
