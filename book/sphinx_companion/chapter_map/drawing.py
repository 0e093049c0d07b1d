"""The map as SVG: every box a link, and with it the lines from what the chapter needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise

from book.sphinx_companion.chapter_map import box
from book.sphinx_companion.chapter_map.cells import Cell, arrange
from book.sphinx_companion.chapter_map.data import Part, direct
from book.sphinx_companion.chapter_map.lines import EDGE, WIDTH, Band, Edge, Point, Router, left

BETWEEN = 24  # units between two rows: room for lines
CAPTION = 30  # above a part's first row
BELOW = 6  # its last
ARROW = 6  # the length of an arrow's head


def svg(parts: Sequence[Part], address: Callable[[str], str]) -> str:
    """Return the map; ``address`` gives the link to a chapter."""
    book = {chapter.name: chapter for part in parts for chapter in part.chapters}
    drawn, top = [], 0.0
    for part in parts:
        cells = arrange(part.chapters)
        bands = stack(part, cells, book, top + CAPTION)
        drawn += [f'<text class="part" x="{EDGE:g}" y="{top + 19:g}">{escape(part.caption)}</text>']
        drawn += draw(part, cells, bands, book, address)
        top = bands[-1].bottom + BELOW
    head = f'<svg viewBox="0 0 {WIDTH} {top:g}" xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([head, *drawn, "</svg>"])


def stack(part: Part, cells: Mapping[str, Cell], book: box.Book, top: float) -> list[Band]:
    """Return the rows of a part, each as high as its highest box."""
    bands = []
    for row in range(1 + max(cell.row for cell in cells.values())):
        here = [chapter for chapter in part.chapters if cells[chapter.name].row == row]
        bottom = top + max(box.height(chapter, book) for chapter in here)
        bands.append(Band(top, bottom))
        top = bottom + BETWEEN
    return bands


def draw(
    part: Part,
    cells: Mapping[str, Cell],
    bands: Sequence[Band],
    book: box.Book,
    address: Callable[[str], str],
) -> Iterator[str]:
    """Yield each chapter as a group: the lines that lead to it, and its box."""
    router = Router(cells, bands)
    lines = {edge: router.stops(edge) for edge in edges(part, book)}
    for chapter in part.chapters:
        cell = cells[chapter.name]
        band = bands[cell.row]
        corner = left(cell.column), band.top
        yield '<g class="chapter">'
        yield from (path(stops) for (_, end), stops in lines.items() if end == chapter.name)
        yield from box.link(chapter, book, address(chapter.name), corner, band.bottom - band.top)
        yield "</g>"


def edges(part: Part, book: box.Book) -> list[Edge]:
    """Return the lines to draw in a part, as (needed, needing)."""
    return [
        (need, chapter.name)
        for chapter in part.chapters
        for need in direct(chapter, book)
        if book[need].part == chapter.part
    ]


def path(stops: Sequence[Point]) -> str:
    """Return a line through its stops, upright at each of them, with an arrow's head."""
    x, y = stops[-1]
    points = [*stops[:-1], (x, y - ARROW)]
    curve = f"M{points[0][0]:g} {points[0][1]:g}"
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (y0 + y1) / 2
        curve += f"C{x0:g} {half:g} {x1:g} {half:g} {x1:g} {y1:g}"
    head = f"M{x:g} {y:g}l{-ARROW / 2:g} {-ARROW}h{ARROW}z"
    return f'<path class="line" d="{curve}"/><path class="head" d="{head}"/>'
