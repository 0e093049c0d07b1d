"""Where things lie: the book and its chapters."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from book.notebooks.errors import ChapterError


@dataclass(frozen=True, order=True)
class Chapter:
    """One chapter, by its name `PART/NAME`."""

    root: Path
    name: str

    @property
    def document(self) -> str:
        """The name that Sphinx knows it by."""
        return f"chapters/{self.name}"

    @property
    def source(self) -> Path:
        """The MyST notebook that the author writes."""
        return self.root / f"{self.document}.md"

    @property
    def notebook(self) -> Path:
        """The notebook that this tool makes of it."""
        return self.root / f"{self.document}.ipynb"


@dataclass(frozen=True)
class Book:
    """The repository, seen as a book."""

    root: Path = Path(__file__).resolve().parents[2]

    @property
    def config(self) -> Path:
        """The configuration, which holds the repository's address."""
        return self.root / "_config.yml"

    @property
    def bibliography(self) -> Path:
        """The BibTeX file that citations refer to."""
        return self.root / "references.bib"

    @property
    def environment(self) -> Path:
        """What Sphinx remembers of its last build."""
        return self.root / "_build" / ".doctrees" / "environment.pickle"

    @property
    def execution_record(self) -> Path:
        """Seconds and versions of each chapter's last execution."""
        return self.root / "reference" / "execution.json"

    @property
    def folder(self) -> Path:
        """Where the chapters lie, each in the folder of its part."""
        return self.root / "chapters"

    def chapters(self) -> list[Chapter]:
        """Every chapter, by name."""
        sources = self.folder.glob("*/*.md")
        names = (s.relative_to(self.folder).with_suffix("").as_posix() for s in sources)
        return sorted(Chapter(self.root, name) for name in names)

    def chapter(self, name: str) -> Chapter:
        """The chapter called `PART/NAME`; any path to either of its files will do as well."""
        name = name.replace("\\", "/").removesuffix(".md").removesuffix(".ipynb")
        path = Path(name).resolve()  # from the folder in which the command was given
        if path.is_relative_to(folder := self.folder.resolve()):
            named = Chapter(self.root, path.relative_to(folder).as_posix())
            if named.source.exists():
                return named
        return Chapter(self.root, posixpath.normpath(name).removeprefix("chapters/"))

    def select(self, names: Sequence[str]) -> list[Chapter]:
        """The chapters of these names, or all if there are none."""
        return [self._existing(name) for name in names] or self.chapters()

    def _existing(self, name: str) -> Chapter:
        chapter = self.chapter(name)
        if chapter in self.chapters():
            return chapter
        near = get_close_matches(chapter.name, [c.name for c in self.chapters()], n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ChapterError(f"there is no chapter {chapter.source}{hint}")
