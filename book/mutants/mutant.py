"""What a mutant is, and the files that list them."""

import hashlib
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book, Chapter
from book.notebooks.source import code_cells, read_source


@dataclass(frozen=True)
class Mutant:
    """One wrong change of the library, made for one chapter.

    Attributes:
        chapter: whose checks have to notice.
        name: what is wrong, in a few words.
        file: the changed file, below the repository.
        old: a text that stands in it exactly once.
        new: what stands there instead.
        equivalent: why no check could notice, where that is so.
    """

    chapter: Chapter
    name: str
    file: str
    old: str
    new: str
    equivalent: str = ""

    @property
    def key(self) -> str:
        """A digest of all that decides the outcome: the chapter's code and the changed file."""
        cells = [cell.source for cell in code_cells(read_source(self.chapter))]
        parts = (self.file, self.changed(), *cells)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def changed(self) -> str:
        """The changed file's text.

        Raises:
            ChapterError: if the old text does not stand in the file exactly once.
        """
        text = (self.chapter.root / self.file).read_text("utf-8")
        if text.count(self.old) != 1:
            raise ChapterError(
                f"{self.chapter.name}, mutant {self.name!r}: {self.old!r} stands "
                f"{text.count(self.old)} times in {self.file}, wanted once"
            )
        return text.replace(self.old, self.new)

    def plant(self, folder: Path) -> None:
        """Copy the library into ``folder``, changed; its data are those of the repository."""
        shutil.copytree(self.chapter.root / "genlib", folder / "genlib")
        (folder / self.file).write_text(self.changed(), "utf-8")
        (folder / "data").symlink_to(self.chapter.root / "data")


def listing(chapter: Chapter) -> Path:
    """The file that lists a chapter's mutants."""
    return chapter.root / "tests" / "mutants" / f"{chapter.name}.toml"


def mutants(book: Book, chapter: Chapter) -> Iterator[Mutant]:
    """Yield a chapter's mutants, in the order of their file.

    Raises:
        ChapterError: if the file is missing or an entry is not as ``Mutant`` says.
    """
    path = listing(chapter)
    if not path.exists():
        raise ChapterError(f"{chapter.name} has no mutants: wanted {path.relative_to(book.root)}")
    try:
        for entry in tomllib.loads(path.read_text("utf-8"))["mutant"]:
            yield Mutant(chapter, **entry)
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ChapterError(f"{path.relative_to(book.root)}: {error}") from error
