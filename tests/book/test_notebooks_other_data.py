"""On another data set, cells that lean on what is stored are skipped, and said to be."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from book.notebooks.cli import main
from book.notebooks.other_data import leaning, run_on
from book.notebooks.paths import Book
from book.notebooks.source import read_notebook
from tests.book.test_notebooks_execute import write_chapter


def told(*sources):
    """Which of these cells lean on stored weights or tables, by their numbers."""
    cells = [new_code_cell(source) for source in sources]
    for number, cell in enumerate(cells):
        cell.id = str(number)
    return [int(cell.id) for cell in leaning(new_notebook(cells=cells))]


@pytest.mark.parametrize(
    "imported",
    [
        "from genlib import zoo",
        "from genlib import fit, zoo",
        "from genlib.zoo import load as zoo",
        "from genlib.recipes import richer_latents as zoo",
        "from genlib.recipes.what_a_vae_learns import zoo",
        "import genlib.zoo as zoo",
    ],
)
def test_what_reads_the_zoo_or_a_recipe_leans(imported):
    assert told(imported, "vae = zoo('vae')", "fresh = 1") == [1]


def test_what_reads_a_result_leans_too():
    cells = ["from genlib import zoo", "vae = zoo.load('vae')", "z = vae(1)", "print(z)", "x = 2"]
    assert told(*cells) == [1, 2, 3]


def test_a_name_made_anew_leans_no_longer():
    assert told("from genlib import zoo", "a = zoo.load('vae')", "a = 1", "print(a)") == [1]


def test_functions_loops_and_unpacking_bind_names():
    cells = [
        "from genlib import zoo",
        "a, (b, c) = zoo.load('vae')",
        "def f():\n    return c",
        "for d in b:\n    pass",
        "print(f())",
        "print(d)",
        "with a as e:\n    pass",
        "e",
    ]
    assert told(*cells) == [1, 2, 3, 4, 5, 6, 7]


def test_a_changed_object_leans():
    assert told("from genlib import zoo", "d = {}", "d['a'] = zoo.load('vae')", "print(d)") == [
        2,
        3,
    ]


def test_magics_are_no_obstacle():
    assert told("%pip install x\nfrom genlib import zoo", "!ls", "zoo.load('vae')") == [2]


def test_a_run_skips_them_tells_and_leaves_the_notebook_alone(tmp_path, capsys):
    zoo = "from genlib import zoo"
    ask = "import os\nprint(os.environ['GENLIB_DATA'])"
    chapter = write_chapter(tmp_path, zoo, "vae = zoo.load('no such model')", ask, "assert 1 > 2")
    run_on(Book(tmp_path), [chapter], "kmnist")
    cells = read_notebook(tmp_path / "_build" / "kmnist" / "part" / "name.ipynb").cells[1:]
    assert [bool(cell.outputs) for cell in cells] == [False, False, True, True]
    assert cells[2].outputs[0].text == "kmnist\n"
    told = capsys.readouterr().out
    assert "skipped, since it leans on what is stored: name-002: vae = zoo.load" in told
    assert "does not hold: name-004: AssertionError" in told
    assert not chapter.notebook.exists()


def test_the_command_takes_the_name_of_a_data_set(tmp_path, monkeypatch, capsys):
    chapter = write_chapter(tmp_path, "print(1)")
    monkeypatch.setattr("book.notebooks.cli.Book", lambda: Book(tmp_path))
    assert main(["execute", "--data", "kmnist", chapter.name]) == 0
    assert "0 cells skipped, 0 claims do not hold" in capsys.readouterr().out
