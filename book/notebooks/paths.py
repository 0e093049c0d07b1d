"""Where things lie: the book and its chapters."""

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

    def chapters(self) -> list[Chapter]:
        """Every chapter, by name."""
        folder = self.root / "chapters"
        sources = folder.glob("*/*.md")
        return sorted(self.chapter(s.relative_to(folder).as_posix()) for s in sources)

    def chapter(self, name: str) -> Chapter:
        """The chapter called `PART/NAME`; a path to either of its files will do as well."""
        name = name.removeprefix("./").removeprefix("chapters/")
        return Chapter(self.root, name.removesuffix(".md").removesuffix(".ipynb"))

    def select(self, names: Sequence[str]) -> list[Chapter]:
        """The chapters of these names, or all if there are none."""
        return [self._existing(name) for name in names] or self.chapters()

    def _existing(self, name: str) -> Chapter:
        chapter = self.chapter(name)
        if chapter.source.exists():
            return chapter
        near = get_close_matches(chapter.name, [c.name for c in self.chapters()], n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ChapterError(f"there is no chapter {chapter.source}{hint}")
