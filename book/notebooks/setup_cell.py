"""The setup cell: the one cell that every chapter shares, and the address stamped into it."""

import re
from pathlib import Path

from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book, Chapter
from book.notebooks.source import read_notebook, tags, write_notebook

PLACEHOLDER = "https://github.com/OWNER/REPOSITORY"

TEXT = """\
from importlib.util import find_spec

REPOSITORY = "{repository}"  # where this book lives; filled in when it is published

if not find_spec("genlib"):
    if not REPOSITORY:
        raise ModuleNotFoundError("Get the book's repository and run `pip install .` in it.")
    %pip install --quiet git+{{REPOSITORY}}

import genlib
import torch

genlib.seed(0)
device = genlib.default_device()"""

ADDRESS = re.compile(r"https://[^\s\"'{}\\]+")
CELL = re.compile(
    r"^(?P<head>```\{code-cell\}[^\n]*\n:tags: \[(?:[^\]\n]*, *)?setup\b[^\]\n]*\]\n)"
    r"(?P<code>.*?)^```$",
    re.M | re.S,
)
NEW_CELL = "```{{code-cell}} ipython3\n:tags: [hide-input, setup]\n\n{text}\n```\n\n"
URL_LINE = re.compile(r"^(?P<head>repository:\n(?:[ \t]+.*\n)*?[ \t]+url:[ \t]*)(?P<url>\S+)", re.M)
FIRST_SECTION = re.compile(r"^(\([\w-]+\)=\n+)?## ", re.M)


def setup_text(repository: str = "") -> str:
    """The setup cell; without an address it installs nothing and says what to do."""
    return TEXT.format(repository=repository)


def repository(book: Book) -> str:
    """The address in the configuration, or nothing while it is the placeholder."""
    url = _url_line(book.config)["url"].strip("\"'")
    return "" if url == PLACEHOLDER else url


def stamp(book: Book, url: str = "") -> None:
    """Write the address into the configuration and every setup cell; none restores the text."""
    url = url.rstrip("/").removesuffix(".git")
    if url and not ADDRESS.fullmatch(url):
        raise ChapterError(f"{url!r} is no address that pip can install from: https://...")
    _stamp_config(book.config, url or PLACEHOLDER)
    for chapter in book.chapters():
        stamp_chapter(chapter, setup_text(url))


def stamp_chapter(chapter: Chapter, text: str) -> None:
    """Give a chapter this setup cell, in its source and in its notebook."""
    source = chapter.source.read_text("utf-8")
    chapter.source.write_text(with_setup_cell(source, text), "utf-8")
    if chapter.notebook.exists():
        _stamp_notebook(chapter.notebook, text)


def with_setup_cell(source: str, text: str) -> str:
    """The chapter's source with this setup cell, put before the first section if it has none."""
    if CELL.search(source):
        return CELL.sub(lambda cell: f"{cell['head']}\n{text}\n```", source, count=1)
    section = FIRST_SECTION.search(source)
    position = section.start() if section else len(source)
    return source[:position] + NEW_CELL.format(text=text) + source[position:]


def _stamp_notebook(path: Path, text: str) -> None:
    notebook = read_notebook(path)
    for cell in notebook.cells:
        if "setup" in tags(cell):
            cell.source = text
    write_notebook(notebook, path)


def _stamp_config(config: Path, url: str) -> None:
    line = _url_line(config)
    text = line.string
    config.write_text(text[: line.start("url")] + url + text[line.end("url") :], "utf-8")


def _url_line(config: Path) -> re.Match[str]:
    line = URL_LINE.search(config.read_text("utf-8"))
    if line is None:
        raise ChapterError(f"{config} has no `repository:` with a `url:` below it")
    return line
