"""Running chapters with other seeds: which of their claims are true of one seed only?"""

import json
import re
from collections.abc import Iterable, Sequence

from nbformat import NotebookNode

from book.notebooks.errors import ChapterError
from book.notebooks.execute import run_cells, unannounced
from book.notebooks.paths import Book, Chapter
from book.notebooks.record import library_digest
from book.notebooks.source import code_cells, read_source

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def shift_seeds(book: Book, chapters: Iterable[Chapter], shifts: Sequence[int]) -> None:
    """Run chapters with the seeds of their experiments shifted; note which cells fail.

    All other cells run on, so that one run tells every failing check. The outcome is kept in
    ``reference/seeds.json``; no notebook changes.

    Raises:
        ChapterError: if a cell failed.
    """
    failures = 0
    for chapter in chapters:
        found = {str(shift): failing(chapter, shift) for shift in shifts}
        note(book, chapter, found)
        failures += sum(map(len, found.values()))
    if failures:
        raise ChapterError(f"{failures} cells failed")


def failing(chapter: Chapter, shift: int) -> list[str]:
    """Run one chapter with its seeds shifted; return the ids of the cells that failed."""
    notebook = read_source(chapter)
    run_cells(notebook, chapter, allow_errors=True, GENLIB_SEED_SHIFT=str(shift))
    cells = [cell for cell in code_cells(notebook) if unannounced(cell)]
    print(f"{chapter.name}, seeds + {shift}: {len(cells)} cells failed", flush=True)
    for cell in cells:
        print(f"  {cell.id}: {message(cell)}", flush=True)
    return [cell.id for cell in cells]


def message(cell: NotebookNode) -> str:
    """Return the failing line of a cell, and its error."""
    error = unannounced(cell)[0]
    lines = COLOUR.sub("", "\n".join(error.traceback)).splitlines()
    marked = [line.partition("--> ")[2] for line in lines if line.startswith("----> ")]
    return " | ".join([f"{error.ename}: {error.evalue}", *marked[:1]])


def note(book: Book, chapter: Chapter, found: dict[str, list[str]]) -> None:
    """Keep what became of a chapter, beside what was known of other seeds of the same library."""
    path = book.root / "reference" / "seeds.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    library = library_digest(book)
    before = known.get(chapter.name, {})
    kept = before["shifts"] if before.get("library") == library else {}
    known[chapter.name] = {"library": library, "shifts": kept | found}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", "utf-8")
