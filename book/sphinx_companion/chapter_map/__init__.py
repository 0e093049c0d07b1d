"""The map of chapters on the first page: what there is, and what needs what."""

from __future__ import annotations

from collections.abc import Sequence

from book.sphinx_companion.chapter_map.box import elsewhere
from book.sphinx_companion.chapter_map.data import Part, load
from book.sphinx_companion.chapter_map.drawing import svg
from book.sphinx_companion.contents import CONTENTS, FOLDER
from book.sphinx_companion.markup import MarkdownDirective

CHAPTERS = "book/chapters.yml"
ARROWS = "An arrow leads from a chapter to one that needs it."
NUMBERS = "Where a box says *needs*, the number is that of a chapter in another part."
REST = (
    "A chapter that needs no other is a place to begin; one that is needed only by way of another "
    "has no arrow of its own."
)


class ChapterMap(MarkdownDirective):
    """`{chapter-map}`: how to read the map, and the map, in which each chapter is a link."""

    def markdown(self) -> str:
        """Return a paragraph and a block of HTML."""
        try:
            parts = load(*self.read(CONTENTS, CHAPTERS))
        except ValueError as error:
            raise self.error(f"{{{self.name}}}: {error}") from error
        opening = '<nav class="chapter-map" aria-label="Map of the chapters">'
        drawing = f"{opening}\n{svg(parts, self.address)}\n</nav>"
        return f"{legend(parts)}\n\n```{{raw}} html\n{drawing}\n```"

    def address(self, chapter: str) -> str:
        """Return the link from this page to a chapter."""
        builder = self.env.app.builder
        return builder.get_relative_uri(self.env.docname, f"{FOLDER}{chapter}")


def legend(parts: Sequence[Part]) -> str:
    """Return how to read the map; of numbers, only where a box has some."""
    book = {chapter.name: chapter for part in parts for chapter in part.chapters}
    numbered = any(elsewhere(chapter, book) for chapter in book.values())
    return " ".join([ARROWS, NUMBERS, REST] if numbered else [ARROWS, REST])
