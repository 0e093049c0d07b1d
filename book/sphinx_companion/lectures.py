"""The lecture map: every slide heading of the five decks, and the section that covers it.

The data are `book/lectures.yml`. Each slide gives its heading, if it has one; says in our words
what it is about, where that is needed; and names, under `in`, one of

- `PART/NAME#slug`: a section of a chapter, by the slug of its heading (or `PART/NAME` alone), or
  `reference/NAME#slug` of a page of the reference; several in a list;
- `not yet`: something that the book owes;
- `course business`: a slide that teaches nothing (an invited talk, a date).

Where a slide has more than words, `shows` says what, and one of its sections has the same
(`tests/book/test_site_lectures.py` looks). `lacks` says what of the slide the book does not have.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from book.sphinx_companion.markup import MarkdownDirective, table

SOURCE = "book/lectures.yml"
NOT_YET = "not yet"
BUSINESS = "course business"
REFERENCE = "reference/"  # what stands there is no chapter
KINDS = ("words", "formula", "diagram", "images", "figure")


@dataclass(frozen=True)
class Slide:
    """One slide: its heading, what it is about, what it shows, and the sections that cover it."""

    heading: str
    about: str
    sections: tuple[str, ...]
    business: bool
    shows: str = "words"
    lacks: str = ""


@dataclass(frozen=True)
class Deck:
    """One lecture: its slides, and what its table of contents announces beyond them."""

    key: str
    title: str
    lecturer: str
    university: str
    year: int
    slides: tuple[Slide, ...]
    outline: tuple[Slide, ...]

    @property
    def entries(self) -> tuple[Slide, ...]:
        """The slides, then the announced ones."""
        return self.slides + self.outline

    @property
    def teaching(self) -> list[Slide]:
        """The entries that a companion has to cover."""
        return [slide for slide in self.entries if not slide.business]

    @property
    def covered(self) -> list[Slide]:
        """The entries that it covers, whole or in part."""
        return [slide for slide in self.entries if slide.sections]

    @property
    def partly(self) -> list[Slide]:
        """The entries of which it lacks something."""
        return [slide for slide in self.covered if slide.lacks]


class LectureTable(MarkdownDirective):
    """`{lecture} KEY`: the slides of one deck, in order."""

    required_arguments = 1

    def markdown(self) -> str:
        """Return how much of the deck is covered, and its table."""
        (path,) = self.read(SOURCE)
        return deck_markdown(self.entry(load(path)))


class DeckChapters(MarkdownDirective):
    """`{deck-chapters}`: which chapters go with each deck, the most slides first."""

    def markdown(self) -> str:
        """Return the table."""
        (path,) = self.read(SOURCE)
        decks = load(path).values()
        return table(("Deck", "Chapters, those of the most slides first"), map(_chapters, decks))


def chapters_of(deck: Deck) -> list[str]:
    """Return the chapters that a deck's slides lead to, those of the most slides first."""
    pages = [{page_of(section) for section in slide.sections} for slide in deck.covered]
    counts = Counter(name for each in pages for name in sorted(each))
    return [name for name, _ in counts.most_common() if name.startswith("chapters/")]


def load(path: Path) -> dict[str, Deck]:
    """Return the decks of a file by their citation keys."""
    return {entry["cite"]: _deck(entry) for entry in yaml.safe_load(path.read_text("utf8"))}


def deck_markdown(deck: Deck) -> str:
    """Return a deck as Markdown."""
    rows = [(number, _heading(s), _place(s)) for number, s in enumerate(deck.slides, start=1)]
    rows += [("", f"{_heading(s)} (announced)", _place(s)) for s in deck.outline]
    slides = table(("Slide", "Heading", "In this book"), rows)
    return f"{_summary(deck)}\n\n:::{{container}} lecture\n{slides}\n:::"


def _deck(entry: dict[str, Any]) -> Deck:
    return Deck(
        key=entry["cite"],
        title=entry["title"],
        lecturer=entry["lecturer"],
        university=entry["university"],
        year=entry["year"],
        slides=tuple(_slide(slide) for slide in entry["slides"]),
        outline=tuple(_slide(slide) for slide in entry.get("outline", [])),
    )


def _slide(entry: dict[str, Any]) -> Slide:
    place = entry["in"]
    sections = [place] if isinstance(place, str) else place
    return Slide(
        heading=entry.get("heading", ""),
        about=entry.get("about", ""),
        sections=tuple(section for section in sections if section not in (NOT_YET, BUSINESS)),
        business=place == BUSINESS,
        shows=entry.get("shows", "words"),
        lacks=entry.get("lacks", ""),
    )


def _chapters(deck: Deck) -> tuple[str, str]:
    links = ", ".join(f"{{doc}}`/{name}`" for name in chapters_of(deck))
    return f"{deck.university} {{cite:p}}`{deck.key}`", links


def _summary(deck: Deck) -> str:
    share = (
        f"{len(deck.covered)} of {len(deck.teaching)} teaching slides are covered so far, "
        f"{len(deck.partly)} of them in part."
    )
    return (
        f"*{deck.title}*, {deck.lecturer}, {deck.university}, {deck.year} "
        f"{{cite:p}}`{deck.key}`. {share}"
    )


def _heading(slide: Slide) -> str:
    if not slide.heading:
        return f"(no heading: {slide.about})"
    return f"{slide.heading} ({slide.about})" if slide.about else slide.heading


def _place(slide: Slide) -> str:
    if slide.sections:
        links = ", ".join(_link(section) for section in slide.sections)
        return f"{links}; *not here: {slide.lacks}*" if slide.lacks else links
    return f"*{BUSINESS if slide.business else NOT_YET}*"


def page_of(section: str) -> str:
    """Return the page of a section, from the root of the book."""
    name = section.partition("#")[0]
    return name if name.startswith(REFERENCE) else f"chapters/{name}"


def _link(section: str) -> str:
    page, slug = page_of(section), section.partition("#")[2]
    return f"[](/{page}.md#{slug})" if slug else f"{{doc}}`/{page}`"
