"""The map of chapters on the first page: what there is, and what needs what."""

from __future__ import annotations

from book.sphinx_companion.chapter_map.data import FOLDER, load
from book.sphinx_companion.chapter_map.drawing import svg
from book.sphinx_companion.markup import MarkdownDirective

CONTENTS, CHAPTERS = "_toc.yml", "book/chapters.yml"


class ChapterMap(MarkdownDirective):
    """`{chapter-map}`: the map, in which each chapter is a link."""

    def markdown(self) -> str:
        """Return the map as a block of HTML."""
        try:
            parts = load(*self.read(CONTENTS, CHAPTERS))
        except ValueError as error:
            raise self.error(f"{{{self.name}}}: {error}") from error
        drawing = svg(parts, self.address)
        label = 'aria-label="Map of the chapters"'
        return f'```{{raw}} html\n<nav class="chapter-map" {label}>\n{drawing}\n</nav>\n```'

    def address(self, chapter: str) -> str:
        """Return the link from this page to a chapter."""
        builder = self.env.app.builder
        return builder.get_relative_uri(self.env.docname, f"{FOLDER}{chapter}")
