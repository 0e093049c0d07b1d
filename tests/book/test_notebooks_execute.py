"""Running chapters, for real, in kernels of their own."""

import json
import os
from pathlib import Path

import pytest

from book.notebooks.cli import main
from book.notebooks.errors import ChapterError
from book.notebooks.execute import execute, has_changed, smoke, uses_other_library
from book.notebooks.new import fill_template, new
from book.notebooks.paths import Book, Chapter
from book.notebooks.setup_cell import setup_text
from book.notebooks.source import code_cells, read_notebook

HEAD = (
    "---\nkernelspec: {display_name: Python 3, language: python, name: python3}\n---\n\n# Title\n"
)
CELL = "\n```{{code-cell}} ipython3\n{}\n```\n"


def write_chapter(root: Path, *cells: str) -> Chapter:
    """A chapter that is its code cells and nothing else."""
    chapter = Book(root).chapter("part/name")
    chapter.source.parent.mkdir(parents=True, exist_ok=True)
    chapter.source.write_text(HEAD + "".join(CELL.format(cell) for cell in cells), "utf-8")
    return chapter


def test_execution_stores_outputs_and_records_what_it_took(tmp_path: Path) -> None:
    book = Book(tmp_path)
    ask = "import os\nprint(os.environ['GENLIB_STATIC'], os.path.basename(os.getcwd()))"
    chapter = write_chapter(tmp_path, ask, "print('a')\nprint('b')\n1 + 1")
    assert has_changed(chapter)
    execute(book, [chapter])
    notebook = read_notebook(chapter.notebook)
    first, second = code_cells(notebook)
    assert first.outputs[0].text == "1 part\n"
    assert [output.output_type for output in second.outputs] == ["stream", "execute_result"]
    assert [cell.id for cell in notebook.cells] == ["name-000", "name-001", "name-002"]
    assert first.metadata == {}
    assert notebook.metadata.language_info == {"name": "python"}
    entry = json.loads(book.execution_record.read_text("utf-8"))["part/name"]
    assert 0 < entry["seconds"] < 60
    assert entry.keys() == {"seconds", "cpus", "python", "torch", "genlib", "library"}


def test_executing_again_changes_nothing(tmp_path: Path) -> None:
    chapter = write_chapter(tmp_path, "print('a')")
    execute(Book(tmp_path), [chapter])
    before = chapter.notebook.read_bytes()
    execute(Book(tmp_path), [chapter])
    assert chapter.notebook.read_bytes() == before


def test_only_code_and_library_edits_count_as_changes(tmp_path: Path) -> None:
    book, chapter = Book(tmp_path), write_chapter(tmp_path, "print('a')")
    execute(book, [chapter])
    source = chapter.source.read_text("utf-8")
    chapter.source.write_text(source.replace("# Title", "# Another title"), "utf-8")
    assert not has_changed(chapter)
    assert not uses_other_library(book, chapter)
    (tmp_path / "genlib").mkdir()
    (tmp_path / "genlib" / "model.py").write_text("x = 1\n", "utf-8")
    assert uses_other_library(book, chapter)
    chapter.source.write_text(source.replace("'a'", "'b'"), "utf-8")
    assert has_changed(chapter)


def test_failing_cell_stores_nothing_unless_it_was_announced(tmp_path: Path) -> None:
    chapter = write_chapter(tmp_path, "assert 1 == 2")
    with pytest.raises(ChapterError, match="assert 1 == 2"):
        execute(Book(tmp_path), [chapter])
    assert not chapter.notebook.exists()
    write_chapter(tmp_path, ":tags: [raises-exception]\n\nassert 1 == 2")
    execute(Book(tmp_path), [chapter])
    assert chapter.notebook.exists()


def test_smoke_forgives_asserts_alone_and_leaves_the_tree_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = Book(tmp_path)
    chapter = write_chapter(tmp_path, "import os", "assert os.environ['GENLIB_SMOKE'] == '0'")
    smoke(book, [chapter])
    assert "forgiven: AssertionError" in capsys.readouterr().out
    assert (tmp_path / "_build" / "smoke" / "part" / "name.ipynb").exists()
    assert not chapter.notebook.exists()
    assert not book.execution_record.exists()
    write_chapter(tmp_path, "1 / 0")
    with pytest.raises(ChapterError, match="1 cells failed"):
        smoke(book, [chapter])


def test_template_has_its_parts_and_its_own_labels() -> None:
    text = fill_template("part/own-name", "Own title", setup_text())
    assert "# Own title\n" in text
    assert ":label: eq-own-name-" in text
    assert setup_text() in text
    assert "TITLE" not in text
    assert "NAME" not in text


@pytest.mark.parametrize(
    "title",
    ["FILENAMES", "NAME and TITLE", "A TITLE", r"Of \1 and \g<0>", "Über {name}", "100 % {{x}}"],
)
def test_a_title_stands_as_it_was_given(title: str) -> None:
    text = fill_template("part/own-name", title, setup_text())
    assert f"\n# {title}\n" in text
    assert text.count(title) == 1
    assert text.count("-own-name-") == fill_template("a/b", "T", "").count("-b-")


@pytest.mark.parametrize("title", ["", "  ", "two\nlines"])
def test_what_is_no_title_is_refused(tmp_path: Path, title: str) -> None:
    book = Book(tmp_path)
    book.config.write_text("repository:\n  url: https://github.com/OWNER/REPOSITORY\n", "utf-8")
    with pytest.raises(ChapterError, match="a title is one line of words"):
        new(book, "part/name", title)
    assert not (tmp_path / "chapters").exists()


@pytest.mark.parametrize(
    "form",
    [
        "part/name",
        "part/name.md",
        "part/name.ipynb",
        "chapters/part/name.md",
        "./chapters/part/name.ipynb",
        "./part/name",
        "chapters/../chapters/part/name.md",
        "chapters\\part\\name.md",
        "{root}/chapters/part/name.md",
        "{root}/chapters/part/name.ipynb",
        "{root}/chapters/part/../part/name",
    ],
)
@pytest.mark.parametrize("here", [".", "chapters", "chapters/part"])
def test_a_chapter_may_be_named_by_any_path_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, here: str
) -> None:
    chapter = write_chapter(tmp_path, "1")
    monkeypatch.chdir(tmp_path / here)
    assert Book(tmp_path).select([form.format(root=tmp_path)]) == [chapter]
    assert Book(tmp_path).select([]) == [chapter]


def test_a_chapter_may_be_named_from_its_own_folder_and_by_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = write_chapter(tmp_path / "book", "1")
    (tmp_path / "link").symlink_to(tmp_path / "book")
    assert Book(tmp_path / "book").select([f"{tmp_path}/link/chapters/part/name.md"]) == [chapter]
    monkeypatch.chdir(chapter.source.parent)
    assert Book(tmp_path / "book").select(["name.md"]) == [chapter]
    assert Book(tmp_path / "book").select(["../part/name.ipynb"]) == [chapter]


@pytest.mark.parametrize("name", ["../README", "README", "part", "", "/part/name", "a/part/name"])
def test_what_lies_elsewhere_is_no_chapter(tmp_path: Path, name: str) -> None:
    write_chapter(tmp_path, "1")
    (tmp_path / "README.md").write_text("# Read\n", "utf-8")
    with pytest.raises(ChapterError, match="there is no chapter"):
        Book(tmp_path).select([name])


def test_new_chapter_is_refused_a_bad_or_taken_name(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.config.write_text("repository:\n  url: https://github.com/OWNER/REPOSITORY\n", "utf-8")
    new(book, "part/name", "Title")
    with pytest.raises(ChapterError, match="exists already"):
        new(book, "part/name", "Title")
    with pytest.raises(ChapterError, match="small letters"):
        new(book, "Part/1 name", "Title")


def test_unknown_chapter_is_an_error_with_the_nearest_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_chapter(tmp_path, "1")
    monkeypatch.setattr("book.notebooks.cli.Book", lambda: Book(tmp_path))
    assert main(["execute", "part/nam"]) == 1
    assert "did you mean part/name?" in capsys.readouterr().err
    assert os.listdir(tmp_path / "chapters" / "part") == ["name.md"]


SHIFTED = """import os
shift = int(os.environ.get("GENLIB_SEED_SHIFT", 0))
assert shift < 12, "true of few"
"""


def test_a_claim_that_is_true_of_some_seeds_only_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_chapter(tmp_path, "print(1)", SHIFTED, "print(shift)")
    monkeypatch.setattr("book.notebooks.cli.Book", lambda: Book(tmp_path))
    assert main(["execute", "part/name", "--seeds", "11,12"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "part/name, seeds + 11: 0 cells failed",
        "part/name, seeds + 12: 1 cells failed",
        '  name-002: AssertionError: true of few | 3 assert shift < 12, "true of few"',
    ]
    assert "1 cells failed" in told.err
    kept = json.loads((tmp_path / "reference" / "seeds.json").read_text("utf-8"))["part/name"]
    assert kept["shifts"] == {"11": [], "12": ["name-002"]}
    assert not (tmp_path / "chapters/part/name.ipynb").exists()
    assert main(["execute", "part/name", "--seeds", "0"]) == 0
    kept = json.loads((tmp_path / "reference" / "seeds.json").read_text("utf-8"))["part/name"]
    assert kept["shifts"] == {"11": [], "12": ["name-002"], "0": []}
