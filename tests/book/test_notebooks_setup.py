"""The setup cell: what it says, where it stands, and the address stamped into it."""

import subprocess
import sys
from pathlib import Path

import pytest

from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book
from book.notebooks.setup_cell import PLACEHOLDER, repository, setup_text, stamp, with_setup_cell
from book.notebooks.source import code_cells, read_notebook, read_source, same_code
from tests.book.notebook_samples import make_book

URL = "https://github.com/somebody/their-fork"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return make_book(tmp_path)


def test_text_is_short_and_valid_python_but_for_the_magic() -> None:
    text = setup_text(URL)
    assert len([line for line in text.splitlines() if line]) <= 12
    compile(text.replace("%pip install --quiet git+{REPOSITORY}", "pass"), "setup", "exec")


def test_unstamped_cell_says_what_to_do_where_genlib_is_missing() -> None:
    code = setup_text().replace("%pip install --quiet git+{REPOSITORY}", "raise SystemExit(5)")
    code = code.replace('find_spec("genlib")', "None")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ModuleNotFoundError" in done.stderr
    assert "pip install ." in done.stderr


def test_stamping_reaches_config_source_and_notebook_and_can_be_undone(book: Book) -> None:
    stamp(book)
    chapter = book.chapter("part/sample")
    before = {path: path.read_bytes() for path in (book.config, chapter.source, chapter.notebook)}
    stamp(book, URL + ".git")
    assert repository(book) == URL
    assert code_cells(read_source(chapter))[0].source == setup_text(URL)
    assert code_cells(read_notebook(chapter.notebook))[0].source == setup_text(URL)
    stamp(book)
    assert {path: path.read_bytes() for path in before} == before
    assert repository(book) == ""
    assert PLACEHOLDER in book.config.read_text("utf-8")


def test_stamping_changes_nothing_but_the_setup_cell(book: Book) -> None:
    chapter = book.chapter("part/sample")
    stamp(book, URL)
    assert same_code(read_source(chapter), read_notebook(chapter.notebook))
    lines = chapter.source.read_text("utf-8").splitlines()
    assert lines.count("```{code-cell} ipython3") == 4
    assert "ten = 10" not in lines


def test_missing_cell_is_put_before_the_first_section() -> None:
    text = with_setup_cell("# Title\n\nwords\n\n(sec)=\n## One\n\n## Two\n", "import x")
    cell = "```{code-cell} ipython3\n:tags: [hide-input, setup]\n\nimport x\n```\n\n"
    assert text == f"# Title\n\nwords\n\n{cell}(sec)=\n## One\n\n## Two\n"


@pytest.mark.parametrize("tags", ["setup", "setup, hide-input", "hide-input, setup"])
def test_the_cell_that_is_there_is_replaced_wherever_its_tag_stands(tags: str) -> None:
    head = f"```{{code-cell}} ipython3\n:tags: [{tags}]\n"
    text = with_setup_cell(f"# Title\n\n{head}\nold\n```\n\n## One\n", "new")
    assert text == f"# Title\n\n{head}\nnew\n```\n\n## One\n"


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:a/b",
        "http://x.org/a",
        "a/b",
        'https://x.org/"a',
        "https://x.org/a b",
        "https://",
    ],
)
def test_addresses_that_pip_cannot_read_are_refused(book: Book, url: str) -> None:
    with pytest.raises(ChapterError, match="no address"):
        stamp(book, url)


def test_config_without_an_address_is_an_error(book: Book) -> None:
    book.config.write_text("title: x\n", "utf-8")
    with pytest.raises(ChapterError, match="repository"):
        repository(book)
