"""What each chapter's last execution took, and on what: the data of the book's execution table.

`reference/execution.json` maps a chapter's name to

    {"seconds": 41.3, "cpus": 2, "python": "3.11.2", "torch": "2.15.0", "genlib": "0.1.0",
     "library": "3f6c0a91b2de"}

where `cpus` counts the cores that torch was let use and `library` is a digest of genlib's sources.
"""

import hashlib
import json
import os
import platform
from importlib.metadata import version

from book.notebooks.paths import Book, Chapter


def record(book: Book, chapter: Chapter, seconds: float) -> None:
    """Note one execution."""
    entry = {
        "seconds": round(seconds, 1),
        "cpus": int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1),
        "python": platform.python_version(),
        "torch": version("torch").partition("+")[0],
        "genlib": version("genlib"),
        "library": library_digest(book),
    }
    entries = dict(sorted({**_entries(book), chapter.name: entry}.items()))
    book.execution_record.parent.mkdir(exist_ok=True)
    book.execution_record.write_text(json.dumps(entries, indent=1) + "\n", "utf-8")


def recorded_digest(book: Book, chapter: Chapter) -> str:
    """The digest of the library that a chapter was last executed with."""
    return _entries(book).get(chapter.name, {}).get("library", "")


def library_digest(book: Book) -> str:
    """A digest of genlib's sources as they are now."""
    digest = hashlib.sha256()
    for path in sorted((book.root / "genlib").rglob("*.py")):
        digest.update(path.relative_to(book.root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _entries(book: Book) -> dict[str, dict]:
    if not book.execution_record.exists():
        return {}
    return json.loads(book.execution_record.read_text("utf-8"))
