"""The lecture map is whole, and what it promises exists."""

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from myst_parser.mdit_to_docutils.base import default_slugify

from book.sphinx_companion.lectures import (
    BUSINESS,
    KINDS,
    NOT_YET,
    Deck,
    Slide,
    chapters_of,
    deck_markdown,
    load,
    page_of,
)

ROOT = Path(__file__).resolve().parents[2]
DECKS = load(ROOT / "book" / "lectures.yml")

# Counted in the decks. CSC321 and the Carnegie Mellon deck number their slides; in the others each
# heading is one, and so is each picture without one that the text tells of.
SIZES = {
    "grosse2018csc321": 25,
    "li2022stor566": 17,
    "yu2017cs189": 48,
    "striner2020gans": 26,
    "batra2017cs7643": 105,
}
# What a section's source has where it holds a thing of that kind.
MARKS = {
    "formula": re.compile(r"^\$\$|^```\{math\}", re.MULTILINE),
    "diagram": re.compile(r"\bdiagram\("),
    "images": re.compile(r"\bgrid\("),
    "figure": re.compile(r"^  figure:|\b(explore|animate)\(", re.MULTILINE),
}
SHOWN = [
    (deck.key, number, slide.shows, slide.sections)
    for deck in DECKS.values()
    for number, slide in enumerate(deck.entries, start=1)
    if slide.sections and slide.shows != "words"
]
PLACES = [
    (deck.key, number, section)
    for deck in DECKS.values()
    for number, slide in enumerate(deck.entries, start=1)
    for section in slide.sections
]


def chapter(section: str) -> Path:
    """The source of the chapter, or of the page of the reference, that a section belongs to."""
    return ROOT / f"{page_of(section)}.md"


@cache
def headings(page: Path) -> dict[str, tuple[int, int]]:
    """The anchors of a page's headings (myst_heading_anchors: 3), their levels and lines."""
    tokens = MarkdownIt().enable("front_matter", ignoreInvalid=True).parse(page.read_text("utf8"))
    return {
        default_slugify(content.content): (int(opening.tag[1]), opening.map[0])
        for opening, content in pairwise(tokens)
        if opening.type == "heading_open" and opening.tag in ("h1", "h2", "h3")
    }


def source(section: str) -> str:
    """The lines of a section, its subsections included; a chapter's where no section is named."""
    page, slug = chapter(section), section.partition("#")[2]
    lines = page.read_text("utf8").splitlines()
    level, start = headings(page)[slug] if slug else (1, 0)
    ends = [line for depth, line in headings(page).values() if line > start and depth <= level]
    return "\n".join(lines[start : min(ends, default=len(lines))])


def test_every_deck_is_whole():
    assert {key: len(deck.slides) for key, deck in DECKS.items()} == SIZES


@pytest.mark.parametrize("deck", DECKS.values(), ids=DECKS)
def test_no_slide_is_left_out(deck):
    assert [slide for slide in deck.teaching if not slide.sections] == []


@pytest.mark.parametrize("deck", DECKS.values(), ids=DECKS)
def test_first_and_last_slide_stand_at_the_ends(deck):
    ends = {
        "grosse2018csc321": ("CSC321 Lecture 19: Generative Adversarial Networks", "CycleGAN"),
        "li2022stor566": (
            "STOR566: Introduction to Deep Learning Lecture 13: Generative Models II",
            "Questions?",
        ),
        "yu2017cs189": ("On Generative Models", ""),
        "striner2020gans": ("Generative Adversarial Networks", "Bounds vs Estimates"),
        "batra2017cs7643": ("CS 7643: Deep Learning", ""),
    }
    assert (deck.slides[0].heading, deck.slides[-1].heading) == ends[deck.key]


@pytest.mark.parametrize("deck", DECKS.values(), ids=DECKS)
def test_slides_can_be_told_apart(deck):
    labels = [(slide.heading, slide.about) for slide in deck.entries]
    assert len(set(labels)) == len(labels)
    assert all(heading or about for heading, about in labels)


@pytest.mark.parametrize("deck", DECKS.values(), ids=DECKS)
def test_decks_are_cited(deck):
    assert f"{{{deck.key}," in (ROOT / "references.bib").read_text("utf8")
    assert f"{{lecture}} {deck.key}\n" in (ROOT / "reference" / "lecture-map.md").read_text("utf8")


@pytest.mark.parametrize(("deck", "number", "section"), PLACES)
def test_what_covers_a_slide_exists(deck, number, section):
    slug = section.partition("#")[2]
    assert chapter(section).exists()
    assert not slug or slug in headings(chapter(section))


@pytest.mark.parametrize(("deck", "number", "kind", "sections"), SHOWN)
def test_a_slide_is_covered_by_the_same_kind_of_thing(deck, number, kind, sections):
    assert kind in KINDS
    assert any(MARKS[kind].search(source(section)) for section in sections)


def test_a_section_ends_where_the_next_of_its_level_begins():
    game = "adversarial/the-gan-game#"
    part = source(game + "a-gaussian-as-a-sampling-process")
    whole = source(game + "can-a-model-be-nothing-but-a-sampler")
    assert part in whole
    assert part.startswith("### ")
    assert "\n## " not in whole


def write(tmp_path: Path, slides: str) -> Deck:
    path = tmp_path / "lectures.yml"
    path.write_text(
        "- {cite: key2020deck, title: T, lecturer: L, university: U, year: 2020, slides: "
        f"[{slides}]}}"
    )
    return load(path)["key2020deck"]


def test_covered_open_and_business_slides_are_counted_apart(tmp_path):
    deck = write(
        tmp_path,
        f"{{heading: A, in: part/one#idea}}, {{heading: B, in: {NOT_YET}}}, "
        f"{{heading: C, in: {BUSINESS}}}, {{about: d, in: [part/one, part/two]}}",
    )
    assert [slide.sections for slide in deck.slides] == [
        ("part/one#idea",),
        (),
        (),
        ("part/one", "part/two"),
    ]
    assert (len(deck.covered), len(deck.teaching)) == (2, 3)


def test_the_table_links_sections_and_chapters(tmp_path):
    deck = write(tmp_path, f"{{heading: A | B, in: [p/c#s, p/c]}}, {{about: d, in: {NOT_YET}}}")
    table = deck_markdown(deck)
    assert r"| 1 | A \| B | [](/chapters/p/c.md#s), {doc}`/chapters/p/c` |" in table
    assert "| 2 | (no heading: d) | *not yet* |" in table
    assert (
        "{cite:p}`key2020deck`. 1 of 2 teaching slides are covered so far, 0 of them in part."
    ) in table


def test_a_page_of_the_reference_is_linked_too(tmp_path):
    deck = write(tmp_path, "{heading: A, in: [reference/tree#s, reference/tree]}")
    assert "| 1 | A | [](/reference/tree.md#s), {doc}`/reference/tree` |" in deck_markdown(deck)


def test_what_is_lacking_is_said(tmp_path):
    deck = write(tmp_path, "{heading: A, in: p/c, lacks: faces}, {heading: B, in: p/c}")
    assert "| 1 | A | {doc}`/chapters/p/c`; *not here: faces* |" in deck_markdown(deck)
    assert "2 of 2 teaching slides are covered so far, 1 of them in part." in deck_markdown(deck)


def test_the_chapters_of_a_deck_are_those_of_its_slides_the_most_first():
    slides = (["a/x#one", "a/x#two"], ["a/y"], ["a/y#one", "reference/signs"], ["a/z"], ["a/y"])
    deck = replace(
        next(iter(DECKS.values())),
        slides=tuple(Slide("", "", tuple(sections), business=False) for sections in slides),
        outline=(),
    )
    assert chapters_of(deck) == ["chapters/a/y", "chapters/a/x", "chapters/a/z"]
    for deck in DECKS.values():
        named = {page_of(s) for slide in deck.covered for s in slide.sections}
        assert set(chapters_of(deck)) == {name for name in named if name.startswith("chapters/")}
