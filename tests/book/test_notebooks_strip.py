"""A student's copy holds no solution: not in words, not in code, not inside a self-check."""

import ast

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.notebooks.cli import main
from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book
from book.notebooks.source import code_cells, read_notebook, tags
from book.notebooks.strip import strip, students_part
from tests.book.notebook_samples import make_book

ASKED = "> **Exercise 1.1 (One).** How much is it?"
HINT = "<details>\n<summary>Hint</summary>\n\nAdd.\n\n</details>"
SOLVED = "<details>\n<summary>Solution to Exercise 1.1</summary>\n\nIt is 42.\n\n</details>"
CHECK = """\
inputs = [1, 2]
how_much = ...  # your answer
expected = 42
check(how_much, expected, wrong={41: "One more."})"""


def checked(source: str):
    """A self-check that was run."""
    output = new_output("stream", text="Not answered yet: put a number in place of the dots.\n")
    about = {"tags": ["self-check", "hide-input"]}
    return new_code_cell(source, execution_count=3, outputs=[output], metadata=about)


def stripped(*cells):
    """The cells of a copy."""
    return strip(new_notebook(cells=list(cells))).cells


def test_solutions_in_words_go_and_hints_stay():
    (cell,) = stripped(new_markdown_cell(f"{ASKED}\n\n{HINT}\n\n{SOLVED}\n\nThe next one."))
    assert cell.source == f"{ASKED}\n\n{HINT}\n\nThe next one."


def test_a_cell_of_nothing_but_a_solution_goes():
    assert stripped(new_markdown_cell(SOLVED)) == []


def test_solutions_in_code_go():
    solved = new_code_cell("assert 42", metadata={"tags": ["hide-cell", "solution"]})
    (kept,) = stripped(solved, new_code_cell("x = 1"))
    assert kept.source == "x = 1"


def test_a_self_check_keeps_what_the_reader_writes_and_forgets_that_it_ran():
    (cell,) = stripped(checked(CHECK))
    assert cell.source == "inputs = [1, 2]\nhow_much = ...  # your answer"
    assert (cell.outputs, cell.execution_count) == ([], None)


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("a, b = ..., ...\ncheck(a, 1)", "a, b = ..., ..."),
        ("a = ...\nb = ...\ncheck(b, 1)", "a = ...\nb = ..."),
        ("def f(x):\n    return ...\n\n\ncheck(f(2), 4)", "def f(x):\n    return ..."),
        (
            "def f(x):\n    return ..., ...\n\n\ny = f(2)\ncheck(y, 4)",
            "def f(x):\n    return ..., ...",
        ),
        ("def f(x):\n    ...\n\n\ncheck(f(2), 4)", "def f(x):\n    ..."),
        ("a = ...\ncheck(a if a is ... else a + 1, 4)", "a = ..."),
        ("from genlib.exercises import check\n\na = ...\ncheck(a, 4)", "a = ..."),
    ],
)
def test_the_readers_part_ends_with_the_last_dots(source, kept):
    assert students_part(source) == kept


def test_a_self_check_without_dots_is_an_error():
    with pytest.raises(ChapterError, match=r"self-check.*no dots.*check\(41, 42\)"):
        students_part("check(41, 42)")


def test_figures_and_outputs_of_other_cells_stay():
    shown = new_code_cell("1 + 1", execution_count=1, outputs=[new_output("display_data")])
    assert stripped(shown) == [shown]


def test_the_original_is_left_as_it_was():
    notebook = new_notebook(cells=[checked(CHECK)])
    strip(notebook)
    assert notebook.cells[0].source == CHECK


@pytest.mark.parametrize("chapter", Book().chapters(), ids=lambda chapter: chapter.name)
def test_no_chapter_gives_itself_away(chapter):
    copy = strip(read_notebook(chapter.notebook))
    words = "\n".join(cell.source for cell in copy.cells if cell.cell_type == "markdown")
    assert "<summary>Solution" not in words
    for cell in code_cells(copy):
        assert "solution" not in tags(cell)
        ast.parse(cell.source.replace("%pip", "#"))
        if "self-check" in tags(cell):
            assert "..." in cell.source
            assert "check(" not in cell.source


def test_the_command_writes_copies_into_a_folder(tmp_path, monkeypatch, capsys):
    book = make_book(tmp_path / "book")
    monkeypatch.setattr("book.notebooks.cli.Book", lambda: book)
    assert main(["strip", "part/sample", "--into", str(tmp_path / "out")]) == 0
    copy = tmp_path / "out" / "part" / "sample.ipynb"
    assert read_notebook(copy).cells
    assert f"part/sample: {copy}" in capsys.readouterr().out
