"""What a teacher plans with: every exercise of the book, and the minutes of each section."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from book.notebooks.checks.length import words
from book.sphinx_companion.contents import CONTENTS, FOLDER, listed
from book.sphinx_companion.markup import MarkdownDirective, table

EXERCISE = re.compile(
    r"^:{3,}\{exercise\} (?P<title>.+)\n:label: (?P<label>\S+)\n+"
    r"\*(?P<minutes>\d+) minutes(?P<how>[^*]*)\*",
    re.MULTILINE,
)
KINDS = {"explorer": "explorer", "cod": "code", "paper": "paper"}  # by words of their openings
SECTION = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
NOT_READ = ("Exercises", "Where it stands in the lectures", "Read on")
SHOWN = re.compile(r"^\$\$.*?\$\$|^```\{math\}|^  figure:$", re.M | re.S)  # formulas, figures
WORDS_A_MINUTE = 200
MINUTES_TO_LOOK = 0.5  # at a displayed formula or a figure


@dataclass(frozen=True)
class Exercise:
    """An exercise as its opening announces it."""

    title: str
    label: str
    minutes: int
    kind: str


class ChapterDirective(MarkdownDirective):
    """A directive that reads the chapters in the order of the book."""

    def chapters(self) -> Iterator[tuple[str, str]]:
        """Yield each chapter's document name and its source."""
        (contents,) = self.read(CONTENTS)
        for _, name in listed(contents):
            (path,) = self.read(f"{FOLDER}{name}.md")
            yield f"{FOLDER}{name}", path.read_text("utf8")


class ExerciseBank(ChapterDirective):
    """`{exercise-bank}`: all exercises, with their minutes and their kind."""

    def markdown(self) -> str:
        """Return the table."""
        rows = [
            (f"{{ref}}`{each.label}`", f"{{doc}}`/{name}`", each.minutes, each.kind)
            for name, source in self.chapters()
            for each in exercises(source)
        ]
        return table(("Exercise", "Chapter", "Minutes", "By"), rows)


class ReadingTimes(ChapterDirective):
    """`{reading-times}`: the sections of each chapter, with the minutes that reading takes."""

    def markdown(self) -> str:
        """Return a list, one chapter an item."""
        return "\n".join(_reading(name, list(sections(s))) for name, s in self.chapters())


def exercises(source: str) -> list[Exercise]:
    """Return the exercises of a chapter."""
    return [
        Exercise(found["title"], found["label"], int(found["minutes"]), _kind(found["how"]))
        for found in EXERCISE.finditer(source)
    ]


def sections(source: str) -> Iterator[tuple[str, int]]:
    """Yield the sections that are read, each with its minutes, a minute at least."""
    parts = SECTION.split(source)[1:]
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        if title not in NOT_READ:
            yield title, max(1, round(minutes(text)))


def minutes(text: str) -> float:
    """Return how long reading takes: words of prose, and a look at each formula and figure."""
    return words(text) / WORDS_A_MINUTE + len(SHOWN.findall(text)) * MINUTES_TO_LOOK


def _kind(how: str) -> str:
    return next((kind for word, kind in KINDS.items() if word in how), "paper")


def _reading(name: str, found: Iterable[tuple[str, int]]) -> str:
    each = "; ".join(f"{title.rstrip('.')} ({minutes})" for title, minutes in found)
    return f"- {{doc}}`/{name}`, {sum(minutes for _, minutes in found)} minutes: {each}"
