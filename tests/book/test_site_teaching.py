"""Every exercise is in the bank, and a section's minutes follow from what it holds."""

import re
from pathlib import Path

import pytest

from book.sphinx_companion.contents import listed
from book.sphinx_companion.teaching import (
    Exercise,
    exercises,
    minutes,
    sections,
)

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [ROOT / "chapters" / f"{name}.md" for _, name in listed(ROOT / "_toc.yml")]


def posed(how, title="One"):
    return f"::::{{exercise}} {title}\n:label: ex-one\n\n*{how}* How much?\n::::\n"


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("2 minutes.", "paper"),
        ("5 minutes, on paper.", "paper"),
        ("15 minutes, coding.", "code"),
        ("12 minutes, code, two decimals.", "code"),
        ("10 minutes, with the explorer.", "explorer"),
        ("2 minutes, paper, exact.", "paper"),
    ],
)
def test_an_exercise_says_its_minutes_and_its_kind(how, kind):
    (found,) = exercises(posed(how))
    assert found == Exercise("One", "ex-one", int(how.split()[0]), kind)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_no_exercise_is_missing(chapter):
    source = chapter.read_text("utf8")
    assert len(exercises(source)) == len(re.findall(r"^:+\{exercise\}", source, re.MULTILINE)) > 1


def test_words_formulas_and_figures_take_time_and_code_takes_none():
    assert minutes("word " * 400) == 2
    assert minutes("$$\nx = 1, y = 2\n$$\n") == 0.5
    assert minutes("$$x = 1, y = 2$$\n") == 0.5
    assert minutes("```{math}\n:label: eq\n\nx = 1, y = 2\n```\n") == 0.5
    assert minutes("```{code-cell} ipython3\nx = 1\n```\n") == 0
    figure = "```{code-cell} ipython3\n---\nmystnb:\n  figure:\n    caption: A\n---\nx\n```\n"
    assert minutes(figure) == 0.5


def test_sections_that_are_not_read_are_left_out():
    read = "# Title\n\n## Why?\n\n" + "word " * 600
    source = f"{read}\n## Exercises\n\nwords\n\n## Read on\n\nx\n"
    assert list(sections(source)) == [("Why?", 3)]


def test_a_short_section_takes_a_minute():
    assert list(sections("## Why?\n\nSo.\n")) == [("Why?", 1)]
