"""A small book to try the notebook tool on, and what a built book would tell of it."""

import shutil
from pathlib import Path

import nbformat
from PIL import Image

from book.notebooks.flatten.blocks import flatten
from book.notebooks.flatten.page import Page
from book.notebooks.flatten.references import Citation, References, Target
from book.notebooks.paths import Book, Chapter
from book.notebooks.source import code_cells, read_source, write_notebook

SAMPLE = Path(__file__).with_name("sample")
HERE = "chapters/part/sample"
THERE = "chapters/other/first"

REFERENCES = References(
    documents={HERE: "A sample chapter", THERE: "The first chapter", "reference": "Reference"},
    equations={"eq-here": Target(HERE, "(2.1)", "2.1"), "eq-there": Target(THERE, "(1.4)", "1.4")},
    labels={
        "sec-here": Target(HERE, "A section", "2.3"),
        "sec-there": Target(THERE, "Another section"),
        "fig-here": Target(HERE, "A caption", "2.5", "Figure"),
        "tab-here": Target(HERE, "A title", "2.6", "Table"),
        "thm-here": Target(HERE, "Theorem 2.7", "2.7", "Theorem"),
        "ex-here": Target(HERE, "Exercise 2.8", "2.8", "Exercise"),
    },
    terms=frozenset({"elbo"}),
    objects=frozenset({"genlib.seed", "genlib.latent.VAE"}),
    citations={
        "kingma2014vae": Citation("Kingma and Welling", "2014", "https://arxiv.org/abs/1312.6114"),
        "vapnik1998learning": Citation("Vapnik", "1998"),
    },
)


def flat(text: str, *, line: int = 0) -> str:
    """The text, flattened as a part of the sample chapter."""
    page = Page(SAMPLE / "sample.md", HERE, REFERENCES)
    page.collect_notes([text])
    return flatten(text, page, line)


def make_book(root: Path) -> Book:
    """The sample book in a folder of its own, its pictures drawn and its outputs empty."""
    part = root / "chapters" / "part"
    part.mkdir(parents=True)
    for path in SAMPLE.iterdir():
        inside = path.name in ("first.md", "sample.md", "code.py")
        shutil.copy(path, part if inside else root)
    Image.linear_gradient("L").save(part / "dot.png")
    book = Book(root)
    for chapter in book.chapters():
        pretend_execution(chapter)
    return book


def pretend_execution(chapter: Chapter) -> None:
    """Store a notebook whose cells have run and printed their number."""
    notebook = read_source(chapter)
    for count, cell in enumerate(code_cells(notebook), start=1):
        cell.execution_count = count
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"{count}\n")]
    write_notebook(notebook, chapter.notebook)
