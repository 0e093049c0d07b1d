"""The map of chapters holds what the chapters say of themselves, and refuses what is not so."""

import re
from pathlib import Path

import pytest
from docutils.parsers.rst import DirectiveError

from book.sphinx_companion.chapter_map import CHAPTERS, CONTENTS, NUMBERS, ChapterMap, legend
from book.sphinx_companion.chapter_map.data import Chapter, direct, everything_before, load
from book.sphinx_companion.chapter_map.drawing import svg

ROOT = Path(__file__).parents[2]
PARTS = load(ROOT / CONTENTS, ROOT / CHAPTERS)
BOOK = {chapter.name: chapter for part in PARTS for chapter in part.chapters}
NEEDS = re.compile(r"^- \*\*Needs\*\*:(.*?)(?=^- \*\*|^:::|^$)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\{doc\}`(?:[^`<]*<)?/chapters/([\w/-]+)>?`")


def linked(text):
    """The chapters that a chapter's line *Needs* links to."""
    (line,) = NEEDS.findall(text)
    return set(LINK.findall(line))


CONTENTS_OF_A_SMALL_BOOK = """
parts:
  - {caption: One, chapters: [{file: chapters/a/x}, {file: chapters/a/y}]}
  - {caption: Two, chapters: [{file: chapters/b/z}]}
  - {caption: Reference, chapters: [{file: reference/signs}]}
"""


def write(folder, needs):
    """The two files of a small book, of which it is given what each chapter needs."""
    contents, data = folder / "toc.yml", folder / "chapters.yml"
    contents.write_text(CONTENTS_OF_A_SMALL_BOOK)
    lines = [f"{name}: {{label: {name[2:].upper()}, needs: [{n}]}}" for name, n in needs.items()]
    data.write_text("\n".join(lines))
    return contents, data


@pytest.mark.parametrize(
    "name", sorted(f"{p.parent.name}/{p.stem}" for p in ROOT.glob("chapters/*/*.md"))
)
def test_the_map_has_every_chapter_and_all_that_it_says_it_needs(name):
    text = (ROOT / "chapters" / f"{name}.md").read_text("utf8")
    assert set(BOOK[name].needs) == linked(text)


def test_links_in_a_needs_line_are_found():
    text = (
        "- **You need**: {doc}`/chapters/a/no`\n"
        "- **Needs**: sums. {doc}`/chapters/a/one` and\n  {doc}`the second </chapters/a/two>`.\n"
        "- **Runs in**: as {doc}`/chapters/a/no`\n:::\n"
    )
    assert linked(text) == {"a/one", "a/two"}


def test_chapters_are_numbered_through_all_parts(tmp_path):
    one, two = load(*write(tmp_path, {"b/z": "a/x", "a/x": "", "a/y": ""}))
    assert [(c.number, c.label, c.part) for c in one.chapters] == [(1, "X", "One"), (2, "Y", "One")]
    assert two.chapters == (Chapter("b/z", 3, "Z", "Two", ("a/x",)),)


@pytest.mark.parametrize(
    ("needs", "message"),
    [
        ({"a/x": "", "a/y": ""}, "differ in b/z"),
        ({"a/x": "", "a/y": "", "b/z": "", "b/w": ""}, "differ in b/w"),
        ({"a/x": "", "a/y": "b/w", "b/z": ""}, "a/y needs b/w, which is no chapter"),
        ({"a/x": "b/z", "a/y": "", "b/z": "a/x"}, "need each other: a/x <- b/z <- a/x"),
    ],
)
def test_what_could_not_be_drawn_is_refused(tmp_path, needs, message):
    with pytest.raises(ValueError, match=message):
        load(*write(tmp_path, needs))


def test_what_another_need_brings_along_is_not_drawn():
    book = {
        name: Chapter(name, number, name, "One", tuple(needs))
        for number, (name, needs) in enumerate({"a": "", "b": "a", "c": "b", "d": "ac"}.items())
    }
    assert everything_before("d", book) == {"a", "b", "c"}
    assert direct(book["d"], book) == ("c",)
    assert direct(book["c"], book) == ("b",)


def test_the_directive_says_what_is_wrong(tmp_path):
    contents, data = write(tmp_path, {"a/x": "", "a/y": ""})
    directive = ChapterMap.__new__(ChapterMap)
    directive.name, directive.read = "chapter-map", lambda *_: (contents, data)
    with pytest.raises(DirectiveError) as error:
        directive.markdown()
    assert error.value.msg == "{chapter-map}: _toc.yml and chapters.yml differ in b/z"


@pytest.mark.parametrize("needs", [{"a/y": "a/x"}, {"b/z": "a/x"}])
def test_numbers_are_explained_where_there_are_some(tmp_path, needs):
    parts = load(*write(tmp_path, {"a/x": "", "a/y": "", "b/z": "", **needs}))
    assert (NUMBERS in legend(parts)) == ("b/z" in needs)
    assert ">needs 1<" in svg(parts, str) or "b/z" not in needs


def test_the_directive_writes_how_to_read_the_map_and_the_map(tmp_path):
    directive = ChapterMap.__new__(ChapterMap)
    directive.read = lambda *_: write(tmp_path, {"a/x": "", "a/y": "a/x", "b/z": ""})
    directive.address = "to/{}".format
    text, block = directive.markdown().split("\n\n", 1)
    assert text.startswith("An arrow leads")
    assert block.startswith("```{raw} html\n<nav ")
    assert 'href="to/a/y"' in block
    assert block.endswith("</svg>\n</nav>\n```")
