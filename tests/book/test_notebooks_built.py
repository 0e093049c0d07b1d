"""Flattening by the numbers of a book that was really built."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from book.notebooks.checks.prose import check_prose
from book.notebooks.checks.synced import check_synced
from book.notebooks.errors import ChapterError
from book.notebooks.flatten.chapter import flatten_chapter
from book.notebooks.flatten.environment import read_references, require_fresh
from book.notebooks.flatten.references import References
from book.notebooks.paths import Book
from book.notebooks.source import write_notebook
from tests.book.notebook_samples import make_book

JUPYTER_BOOK = str(Path(sys.executable).with_name("jupyter-book"))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = make_book(tmp_path_factory.mktemp("book"))
    command = [JUPYTER_BOOK, "build", str(book.root), "-W", "--keep-going"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return book


@pytest.fixture(scope="module")
def references(book: Book) -> References:
    return read_references(book)


@pytest.fixture(scope="module")
def html(book: Book) -> str:
    page = book.root / "_build" / "html" / "chapters" / "part" / "sample.html"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.read_text("utf-8")))


@pytest.fixture(scope="module")
def prose(book: Book, references: References) -> str:
    notebook = flatten_chapter(book.chapter("part/sample"), references)
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_numbers_are_those_of_the_page(references: References, html: str) -> None:
    assert references.equations["eq-sample-sum"].text == "(2.1)"
    assert references.labels["def-sample-sum"].text == "Definition 2.1"
    assert references.labels["ex-sample-one"].text == "Exercise 2.1"
    assert references.labels["fig-sample-dot"].number == "2.2"
    assert references.labels["tab-sample-norms"].kind == "Table"
    for shown in ("Definition 2.1 (Sum", "Exercise 2.1 (Two minutes)", "Fig. 2.2 A dot."):
        assert shown in html
    assert "By (2.1) and (1.1)" in html


def test_titles_terms_objects_and_citations_are_found(references: References) -> None:
    assert references.documents["chapters/part/first"] == "The first chapter"
    assert references.labels["sec-first-deep"].text == "A deeper section"
    assert "elbo" in references.terms
    assert "genlib.seed" in references.objects
    works = references.citations
    assert works["kingma2014vae"].authors == "Kingma and Welling"
    assert works["oord2016pixelrnn"].authors == "van den Oord et al."
    assert works["oord2016pixelrnn"].link == "https://doi.org/10.5555/example"


@pytest.mark.parametrize(
    "expected",
    [
        "> **At a glance**",
        "read (2.1).",
        "\\end{aligned}\n\\tag{2.1}\n$$",
        "By (2.1) and [(1.1)](first.ipynb); see [The first chapter](first.ipynb)",
        "[A deeper section](first.ipynb), words, [Theorem 1.1](first.ipynb) and *ELBO*",
        "In code `{eq}` and ``{eq}`x` `` stay.<sup>1</sup>",
        "> **Definition 2.1 (Sum, $n$ terms).**\n>\n> It is\n>\n> $$ S = 1 + 2 + 3. $$",
        "> **Proof.**\n>\n> By Definition 2.1.",
        "**Figure 2.1.** Sums grow as (2.1) says.",
        "Figure 2.1 shows it, and so does picture 2.2.",
        "![A grey dot on white.](data:image/png;base64,",
        "> <summary>A. <code>one</code> &lt; two</summary>",
        "**Table 2.1.** Norms\n\n| name | meaning |\n| --- | --- |\n",
        "| $\\vert x\\vert $ | length, (2.1) |",
        "```bash\necho {eq}`eq-sample-sum`\n```",
        '```python\n"{eq}`plain code stays`"\n```',
        "<summary>Solution to Exercise 2.1</summary>",
        "Exercise 2.1, Table 2.1.",
    ],
)
def test_sample_chapter_reads_well(prose: str, expected: str) -> None:
    assert expected in prose


def test_flattened_chapter_is_in_sync_until_either_side_changes(
    book: Book, references: References
) -> None:
    chapter = book.chapter("part/sample")
    notebook = flatten_chapter(chapter, references)
    assert not list(check_prose(notebook))
    write_notebook(notebook, chapter.notebook)
    assert not list(check_synced(chapter, references))
    notebook.cells[0].source += "\nedited"
    write_notebook(notebook, chapter.notebook)
    assert "cell sample-000 is not what flattening gives" in next(check_synced(chapter, references))


def test_code_and_outputs_are_kept_and_cells_presented(book: Book, references: References) -> None:
    notebook = flatten_chapter(book.chapter("part/sample"), references)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.outputs[0].text for cell in code] == ["1\n", "2\n", "3\n", "4\n"]
    folded = [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in code]
    assert folded == [False, False, False, True]
    assert [cell.id for cell in notebook.cells[:2]] == ["sample-000", "sample-001"]


def test_numbers_older_than_a_chapter_are_refused(book: Book) -> None:
    chapter = book.chapter("part/first")
    require_fresh(book, [chapter])
    chapter.source.write_text(chapter.source.read_text("utf-8"), "utf-8")
    with pytest.raises(ChapterError, match="newer than the built book"):
        require_fresh(book, [chapter])


def test_a_book_that_was_never_built_has_no_numbers(tmp_path: Path) -> None:
    with pytest.raises(ChapterError, match="build it first"):
        read_references(Book(tmp_path))
