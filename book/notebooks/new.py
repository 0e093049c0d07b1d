"""Beginning a chapter."""

import re
from pathlib import Path

from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book, Chapter
from book.notebooks.setup_cell import repository, setup_text, with_setup_cell

PLACEHOLDER = re.compile(r"\b(TITLE|NAME)\b")
TEMPLATE = Path(__file__).with_name("template.md")


def new(book: Book, name: str, title: str) -> Chapter:
    """Write `chapters/PART/NAME.md`, with every part that a chapter has."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*/[a-z][a-z0-9-]*", name):
        raise ChapterError(f"a chapter is called part/name, in small letters, not {name!r}")
    if not title.strip() or len(title.splitlines()) > 1:
        raise ChapterError(f"a title is one line of words, not {title!r}")
    chapter = book.chapter(name)
    if chapter.source.exists():
        raise ChapterError(f"{chapter.source} exists already")
    chapter.source.parent.mkdir(parents=True, exist_ok=True)
    chapter.source.write_text(fill_template(name, title, setup_text(repository(book))), "utf-8")
    return chapter


def fill_template(name: str, title: str, setup: str) -> str:
    """The template's text for one chapter; its labels begin with the chapter's name."""
    values = {"TITLE": title, "NAME": name.rpartition("/")[2]}
    # In one pass, since a title may hold the other placeholder.
    text = PLACEHOLDER.sub(lambda found: values[found[0]], TEMPLATE.read_text("utf-8"))
    return with_setup_cell(text, setup)
