"""A chapter's box: a link that shows its number, its label, and what it needs from other parts.

What it needs of its own part is drawn as lines. From other parts these would cross half of the map,
so the box names them by number.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from html import escape

from book.sphinx_companion.chapter_map.data import Chapter, direct

WIDTH = 100  # units of the drawing, about pixels on a phone
LETTERS = 15  # to a line, at most
LINE, PADDING = 14.5, 6  # the height of a line, and what is left free above and below
DESCENT = 3.5  # of a line, below the letters' feet

Book = Mapping[str, Chapter]


def label(chapter: Chapter) -> list[str]:
    """Return the lines of a chapter's label."""
    return textwrap.wrap(chapter.label, LETTERS, break_long_words=False)


def elsewhere(chapter: Chapter, book: Book) -> list[str]:
    """Return the lines that name what a chapter needs from other parts."""
    others = [need for need in direct(chapter, book) if book[need].part != chapter.part]
    numbers = sorted(book[need].number for need in others)
    return textwrap.wrap(f"needs {', '.join(map(str, numbers))}", LETTERS) if numbers else []


def height(chapter: Chapter, book: Book) -> float:
    """Return how high a box must be to hold its lines; the number stands on one of its own."""
    return 2 * PADDING + LINE * (1 + len(label(chapter)) + len(elsewhere(chapter, book)))


def title(chapter: Chapter, book: Book) -> str:
    """Return what the link is called: the chapter, and the names of what it needs."""
    needs = ", ".join(book[need].label for need in direct(chapter, book))
    return f"{chapter.number} {chapter.label}" + (f" (needs {needs})" if needs else "")


def link(
    chapter: Chapter, book: Book, address: str, corner: tuple[float, float], tall: float
) -> Iterator[str]:
    """Yield the elements of a box whose upper left corner is given."""
    x, y = corner
    yield f'<a href="{escape(address)}"><title>{escape(title(chapter, book))}</title>'
    yield f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{tall:g}" rx="6"/>'
    lines = [("number", str(chapter.number))]
    lines += [("label", line) for line in label(chapter)]
    lines += [("elsewhere", line) for line in elsewhere(chapter, book)]
    top = y + (tall - LINE * len(lines)) / 2
    for number, (kind, text) in enumerate(lines, start=1):
        at = f'x="{x + WIDTH / 2:g}" y="{top + number * LINE - DESCENT:g}"'
        yield f'<text class="{kind}" {at}>{escape(text)}</text>'
    yield "</a>"
