"""The map of chapters can be read: no line crosses a box, and every label fits its own."""

import random
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib import font_manager
from PIL import ImageFont

from book.sphinx_companion.chapter_map import CHAPTERS, CONTENTS, box
from book.sphinx_companion.chapter_map.cells import COLUMNS, arrange
from book.sphinx_companion.chapter_map.data import Chapter, Part, load
from book.sphinx_companion.chapter_map.drawing import edges, stack, svg
from book.sphinx_companion.chapter_map.lines import WIDTH, Router, left, middle

ROOT = Path(__file__).parents[2]
CSS = (ROOT / "book" / "css" / "companion.css").read_text("utf8")
PARTS = load(ROOT / CONTENTS, ROOT / CHAPTERS)
BOOK = {chapter.name: chapter for part in PARTS for chapter in part.chapters}
ONE = Part(
    "One", (Chapter("a", 1, "Signs & sums", "One"), Chapter("b", 2, "Bounds", "One", ("a",)))
)
TWO = Part(
    "Two", (Chapter("c", 3, "Games", "Two", ("a", "b", "d")), Chapter("d", 4, "Dice", "Two"))
)
SMALL = {chapter.name: chapter for part in (ONE, TWO) for chapter in part.chapters}
SVG = "{http://www.w3.org/2000/svg}"
PHONE = 358  # CSS pixels: the width of the text on a screen of 390


def chapters(**needs):
    """Chapters of one part, by what they need."""
    return [
        Chapter(name, number, name, "One", tuple(needed))
        for number, (name, needed) in enumerate(needs.items(), start=1)
    ]


def at_random(seed, count=12):
    """A part in which each chapter needs up to three of those before it."""
    draw = random.Random(seed)
    names = [f"c{n}" for n in range(count)]
    some = {
        name: draw.sample(names[:n], min(n, draw.randint(0, 3))) for n, name in enumerate(names)
    }
    return Part("One", tuple(chapters(**some)))


def letters(kind):
    """The size of a kind of text, in units of the drawing."""
    rules = dict(re.findall(r"^\.chapter-map text(\S*) {(.*?)}", CSS, re.DOTALL | re.MULTILINE))
    found = (re.search(r"font-size: ([\d.]+)px", rules.get(each, "")) for each in (f".{kind}", ""))
    return float(next(filter(None, found))[1])


def links_in(drawing):
    """The links of a drawing, each with its box and its words."""
    return list(ElementTree.fromstring(drawing).iter(f"{SVG}a"))


def laid_out(part, book=None):
    """Cells, rows and lines of a part."""
    book = book or {chapter.name: chapter for chapter in part.chapters}
    cells = arrange(part.chapters)
    bands = stack(part, cells, book, 30.0)
    router = Router(cells, bands)
    return cells, bands, {edge: router.stops(edge) for edge in edges(part, book)}


def places(cells):
    return {name: (cell.row, cell.column) for name, cell in cells.items()}


def test_a_chapter_stands_below_what_it_needs_and_beside_what_it_does_not():
    cells = arrange(chapters(a="", b="a", c="", d="bc"))
    assert places(cells) == {"a": (0, 0), "b": (1, 0), "c": (0, 1), "d": (2, 0)}


def test_a_need_that_comes_later_in_the_book_still_stands_above():
    assert places(arrange(chapters(a="b", b=""))) == {"b": (0, 0), "a": (1, 0)}


def test_a_full_row_sends_chapters_to_the_next():
    cells = places(arrange(chapters(**dict.fromkeys("abcde", ""))))
    assert cells["d"] == (1, 0)
    assert cells["e"] == (1, 1)


def test_a_full_row_leaves_the_rows_above_open():
    cells = places(arrange(chapters(a="", b="a", c="a", d="a", e="")))
    assert cells["e"] == (0, 1)


def test_a_line_past_a_row_takes_the_empty_column():
    cells, bands, lines = laid_out(Part("One", tuple(chapters(a="", b="", c="a", d="cb"))))
    assert lines["b", "d"] == [
        (middle(1), bands[0].bottom),
        (middle(1), bands[1].top),
        (middle(1), bands[1].bottom),
        (middle(0), bands[2].top),
    ]
    assert lines["a", "c"] == [(middle(0), bands[0].bottom), (middle(0), bands[1].top)]
    assert places(cells)["c"] == (1, 0)


@pytest.mark.parametrize("part", [*PARTS, *map(at_random, range(30))])
def test_no_line_crosses_a_box(part):
    cells, bands, lines = laid_out(part, BOOK if part in PARTS else None)
    for (start, end), stops in lines.items():
        assert cells[start].row < cells[end].row
        assert stops[0] == (middle(cells[start].column), bands[cells[start].row].bottom)
        assert stops[-1] == (middle(cells[end].column), bands[cells[end].row].top)
        for (x0, y0), (x1, y1) in pairwise(stops):
            assert y0 < y1
            inside = [row for row, band in enumerate(bands) if y0 < band.bottom and y1 > band.top]
            assert not inside or x0 == x1
            boxes = [left(cell.column) for cell in cells.values() if cell.row in inside]
            assert all(not x - 1 < x0 < x + box.WIDTH + 1 for x in boxes)


@pytest.mark.parametrize("part", list(map(at_random, range(30))))
def test_boxes_are_in_rows_of_three_at_most_and_none_hides_another(part):
    cells, bands, _ = laid_out(part)
    assert len(set(places(cells).values())) == len(part.chapters)
    assert {cell.column for cell in cells.values()} <= set(range(COLUMNS))
    assert all(upper.bottom < lower.top for upper, lower in pairwise(bands))
    assert left(0) > 0
    assert left(COLUMNS - 1) + box.WIDTH < WIDTH


def test_lines_from_two_chapters_go_apart():
    part = Part("One", tuple(chapters(a="", b="", x="a", y="b", p="xb", q="ya")))
    _, _, lines = laid_out(part)
    (_, (past_b, _), *_), (_, (past_a, _), *_) = lines["b", "p"], lines["a", "q"]
    assert past_a != past_b


@pytest.mark.parametrize("name", BOOK)
def test_labels_fit_their_boxes_in_a_wide_font(name):
    lines = [("label", text) for text in box.label(BOOK[name])]
    lines += [("elsewhere", text) for text in box.elsewhere(BOOK[name], BOOK)]
    for kind, text in lines:
        wide = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 100)
        assert wide.getlength(text) / 100 * letters(kind) <= box.WIDTH - 4
    assert len(box.label(BOOK[name])) <= 3


@pytest.mark.parametrize("kind", ["part", "number", "label", "elsewhere"])
def test_letters_can_be_read_on_a_phone(kind):
    assert f'<text class="{kind}"' in svg([ONE, TWO], str)
    assert letters(kind) * PHONE / WIDTH >= 11


def test_each_chapter_is_a_link_with_a_name():
    links = links_in(svg([ONE, TWO], lambda name: f"to/{name}.html?a&b"))
    assert [(link.get("href"), link.find(f"{SVG}title").text) for link in links] == [
        ("to/a.html?a&b", "1 Signs & sums"),
        ("to/b.html?a&b", "2 Bounds (needs Signs & sums)"),
        ("to/c.html?a&b", "3 Games (needs Bounds, Dice)"),
        ("to/d.html?a&b", "4 Dice"),
    ]


@pytest.mark.parametrize("parts", [PARTS, [ONE, TWO]])
def test_all_words_stand_inside_their_boxes(parts):
    for link in links_in(svg(parts, str)):
        rect = link.find(f"{SVG}rect")
        top, tall = float(rect.get("y")), float(rect.get("height"))
        feet = [float(text.get("y")) for text in link.iter(f"{SVG}text")]
        assert top + 10 < feet[0] < feet[-1] < top + tall - 4
        assert all(above + 12 < below for above, below in pairwise(feet))


def test_needs_from_another_part_stand_in_the_box_by_number():
    assert box.elsewhere(TWO.chapters[0], SMALL) == ["needs 2"]
    assert box.elsewhere(ONE.chapters[1], SMALL) == []
    assert ">needs 2</text>" in svg([ONE, TWO], str)


def test_needs_of_the_same_part_are_lines_that_go_with_the_chapter_in_need():
    assert edges(ONE, SMALL) == [("a", "b")]
    assert edges(TWO, SMALL) == [("d", "c")]
    groups = svg([ONE, TWO], str).split('<g class="chapter">')[1:]
    assert [group.count('class="line"') for group in groups] == [0, 1, 1, 0]


def test_the_drawing_is_as_high_as_its_last_row():
    drawing = svg([ONE, TWO], str)
    height = float(re.search(rf'viewBox="0 0 {WIDTH} ([\d.]+)"', drawing)[1])
    boxes = [link.find(f"{SVG}rect") for link in links_in(drawing)]
    ends = [float(each.get("y")) + float(each.get("height")) for each in boxes]
    assert 0 < height - max(ends) < 10
