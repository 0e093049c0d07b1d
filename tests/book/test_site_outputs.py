"""The page shows the committed outputs, executes nothing for it, and never shows stale ones."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.sphinx_companion.outputs import StaleOutputsError, graft, is_chapter

ROOT = Path(__file__).resolve().parents[2]
SOURCE = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---

# A chapter

{prose}

```{{code-cell}} ipython3
:tags: [setup]

{code}
```
"""
CODE = 'raise SystemExit("executed")'


def notebook(code=CODE, text="stored output", count=1):
    output = new_output("stream", name="stdout", text=text)
    cell = new_code_cell(code, execution_count=count, outputs=[output])
    cells = [new_markdown_cell("flattened prose"), cell]
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


@pytest.fixture
def book(tmp_path):
    class Book:
        chapter = tmp_path / "source" / "index.md"

        def write(self, code=CODE, prose="Prose.", executed=None):
            self.chapter.parent.mkdir(exist_ok=True)
            self.chapter.write_text(SOURCE.format(code=code, prose=prose))
            if executed is not None:
                nbformat.write(executed, self.chapter.with_suffix(".ipynb"))

        def build(self, ci="true"):
            options = ["-C", "-W", "-D", "extensions=myst_nb,book.sphinx_companion"]
            options += ["-D", "nb_execution_mode=cache", "-D", "exclude_patterns=*.ipynb"]
            return subprocess.run(
                [sys.executable, "-m", "sphinx", *options, self.chapter.parent, tmp_path / "html"],
                env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
            )

        @property
        def page(self):
            return (tmp_path / "html" / "index.html").read_text()

    return Book()


def test_a_fresh_clone_shows_stored_outputs_and_executes_nothing(book):
    book.write(executed=notebook())
    done = book.build()
    assert done.returncode == 0, done.stderr
    assert "stored output" in book.page


def test_new_prose_and_new_outputs_show_without_execution(book):
    book.write(executed=notebook())
    book.build()
    book.write(prose="Rewritten.")
    assert book.build().returncode == 0
    assert "Rewritten." in book.page
    book.write(prose="Rewritten.", executed=notebook(text="newer output"))
    assert book.build().returncode == 0
    assert "newer output" in book.page


def test_other_code_is_an_error_in_ci(book):
    book.write(code="print('fresh')", executed=notebook())
    done = book.build(ci="true")
    assert done.returncode != 0
    assert "differ in code" in done.stderr


def test_other_code_is_executed_elsewhere(book):
    book.write(code="print('fr' + 'esh')", executed=notebook())
    done = book.build(ci="")
    assert done.returncode == 0, done.stderr
    assert ">fresh" in book.page
    assert "stored output" not in book.page


def test_a_missing_notebook_is_an_error_in_ci(book):
    book.write()
    done = book.build(ci="true")
    assert done.returncode != 0
    assert "no notebook with outputs" in done.stderr


def test_graft_copies_outputs_and_leaves_the_source_alone():
    source = new_notebook(cells=[new_code_cell(CODE)])
    grafted = graft(source, notebook(), "chapter")
    assert grafted.cells[0].outputs[0].text == "stored output"
    assert grafted.cells[0].execution_count == 1
    assert source.cells[0].outputs == []


@pytest.mark.parametrize("code", ["raise SystemExit('other')", "\n" + CODE])
def test_graft_refuses_other_code(code):
    with pytest.raises(StaleOutputsError, match="differ in code"):
        graft(new_notebook(cells=[new_code_cell(code)]), notebook(), "chapter")


def test_graft_refuses_a_missing_and_an_extra_cell():
    with pytest.raises(StaleOutputsError, match="differ in code"):
        graft(new_notebook(), notebook(), "chapter")
    with pytest.raises(StaleOutputsError, match="differ in code"):
        graft(notebook(), new_notebook(), "chapter")


def test_graft_refuses_a_cell_that_was_never_run():
    with pytest.raises(StaleOutputsError, match="never run"):
        graft(new_notebook(cells=[new_code_cell(CODE)]), notebook(count=None), "chapter")


def test_only_markdown_notebooks_are_chapters(tmp_path):
    page, chapter = tmp_path / "page.md", tmp_path / "chapter.md"
    page.write_text("# A page\n")
    chapter.write_text(SOURCE.format(code="1", prose=""))
    assert is_chapter(chapter)
    assert not is_chapter(page)
