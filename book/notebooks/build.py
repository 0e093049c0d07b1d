"""Building the book, from which flattening takes its numbers."""

import subprocess
import sys
from pathlib import Path

from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book


def build(book: Book) -> None:
    """Build the whole book, strictly; pages are read anew, for outputs may have changed."""
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(book.root)]
    done = subprocess.run([*command, "--all", "-n", "-W", "--keep-going"], cwd=book.root)
    if done.returncode:
        raise ChapterError("the book does not build; its warnings stand above")
