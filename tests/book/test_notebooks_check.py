"""The checks: each fault is told, and a chapter without faults passes."""

import base64
import io
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from PIL import Image

from book.notebooks.check import faults
from book.notebooks.checks.figures import check_figures
from book.notebooks.checks.outputs import check_outputs
from book.notebooks.checks.parts import check_parts
from book.notebooks.checks.prose import check_prose
from book.notebooks.checks.synced import check_setup, check_synced
from book.notebooks.flatten.chapter import flatten_chapter
from book.notebooks.flatten.references import References, Target
from book.notebooks.paths import Book, Chapter
from book.notebooks.setup_cell import setup_text
from book.notebooks.source import write_notebook
from tests.book.notebook_samples import pretend_execution

ALT = "A curve that rises from left to right."

EXERCISE = """
:::{{exercise}} One
:label: ex-{0}

Words.
:::

:::{{dropdown}} Hint
Words.
:::

```{{code-cell}} ipython3
:tags: [self-check]

answer = ...
```

:::{{solution}} ex-{0}
:class: dropdown

Words.
:::
"""

CHAPTER = f"""---
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---

# Title

One sentence.

:::{{admonition}} At a glance
:class: glance

- **In the lectures**: a.
- **You will be able to**: b.
- **Needs**: c.
- **Short way**: d.
- **Runs in**: d.
:::

```{{code-cell}} ipython3
:tags: [setup]

{setup_text()}
```

## An idea

::::{{admonition}} Predict, run, explain
:class: predict

Which?
::::

:::{{admonition}} Misconception: "x"
:class: warning misconception

No.
:::

```{{literalinclude}} code.py
:pyobject: f
```

```{{code-cell}} ipython3
assert 1
assert 2
for _ in range(2):
    assert 3
torch.testing.assert_close(x, y)
assert 5; assert_equal(1, 1)
assert 6
```

## What goes wrong

## Exercises
{"".join(EXERCISE.format(k) for k in range(4))}
## Summary

## Where it stands in the lectures

## Read on
"""

REFERENCES = References(
    labels={f"ex-{k}": Target("chapters/part/name", f"Exercise 1.{k}") for k in range(4)}
)


def write(root: Path, text: str = CHAPTER) -> Chapter:
    """A book of one chapter, as if executed and flattened."""
    book = Book(root)
    chapter = book.chapter("part/name")
    chapter.source.parent.mkdir(parents=True, exist_ok=True)
    chapter.source.write_text(text, "utf-8")
    code = "def f():\n" + "    pass\n" * 29 + "def g():\n" + "    pass\n" * 30
    chapter.source.with_name("code.py").write_text(code, "utf-8")
    book.config.write_text("repository:\n  url: https://github.com/OWNER/REPOSITORY\n", "utf-8")
    pretend_execution(chapter)
    return chapter


def picture(value: np.ndarray) -> str:
    """An array of grey values as a PNG."""
    file = io.BytesIO()
    Image.fromarray(value.astype("uint8")).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


GREY = picture(np.linspace(0, 255, 200 * 300).reshape(200, 300))


SRC = f"data:image/png;base64,{GREY}"


def notebook(data: dict[str, str], alt: str = ALT, **cell: object) -> NotebookNode:
    """A notebook of one cell that shows something."""
    output = nbformat.v4.new_output("display_data", data=data)
    code = nbformat.v4.new_code_cell("x", outputs=[output], execution_count=1, **cell)
    code.metadata = nbformat.from_dict({"mystnb": {"image": {"alt": alt}}})
    return nbformat.v4.new_notebook(cells=[code])


def test_chapter_without_faults_passes(tmp_path: Path) -> None:
    chapter = write(tmp_path)
    write_notebook(flatten_chapter(chapter, REFERENCES), chapter.notebook)
    assert list(faults(Book(tmp_path), chapter, REFERENCES)) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "*What* is it?",
        "“What” is it?",
        "$p(x)$ is it.",
        "`fit` is it.",
        "Über alles.",
        "[A](b) is.",
    ],
)
def test_a_sentence_may_begin_with_a_mark(tmp_path: Path, sentence: str) -> None:
    chapter = write(tmp_path, CHAPTER.replace("One sentence.", sentence, 1))
    assert list(check_parts(chapter)) == []


@pytest.mark.parametrize("opening", ["- a list", ":::{note}\nx\n:::", "> a quote", "| a | b |"])
def test_what_is_no_sentence_does_not_pass_for_one(tmp_path: Path, opening: str) -> None:
    chapter = write(tmp_path, CHAPTER.replace("One sentence.", opening, 1))
    assert any("a sentence that says" in fault for fault in check_parts(chapter))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("One sentence.\n", "", "does not begin with a title and a sentence"),
        ("One sentence.\n", "One sentence.\n\n## Early\n", "begins before the setup cell"),
        ("**Needs**", "needed", "does not say: Needs"),
        ("## An idea", "", "no section of its own"),
        ("## Summary", "## Sum", "there is no section 'Summary'"),
        ("## Read on", "", "there is no section 'Read on'"),
        (":class: predict", ":class: other", "no box of the class predict"),
        ("warning misconception", "warning", "no box of the class misconception"),
        (":pyobject: f", ":pyobject: g", "shows 31 lines of code, over 30"),
        ("literalinclude} code.py\n:pyobject: f", "code-block} python", "no code of the library"),
        ("assert 6", "", "5 asserts, fewer than 6"),
        (EXERCISE.format(3), "", "3 exercises, not 4 to 6"),
        ("{solution} ex-2", "{solution} ex-1", "not every exercise is followed by its solution"),
        ("{dropdown} Hint", "{dropdown} Help", "3 hints for 4 exercises"),
        (":tags: [self-check]", ":tags: [other]", "3 cells tagged self-check for 4"),
    ],
)
def test_missing_part_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CHAPTER
    told = list(check_parts(write(tmp_path, CHAPTER.replace(old, new, 1))))
    assert any(message in fault for fault in told), told


SHORT = CHAPTER.replace(":class: glance", ":class: glance short")
SHORT = SHORT.replace("## What goes wrong", "").replace("## Summary", "")
SHORT = SHORT.replace("warning misconception", "warning")
SHORT = SHORT.replace(EXERCISE.format(2), "").replace(EXERCISE.format(3), "")


def test_a_short_page_may_lack_what_a_chapter_must_have(tmp_path: Path) -> None:
    assert list(check_parts(write(tmp_path, SHORT))) == []
    told = list(check_parts(write(tmp_path, SHORT.replace("glance short", "glance"))))
    assert len(told) == 4  # two sections, a box, the number of exercises


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("## Read on", "", "there is no section 'Read on'"),
        (":class: predict", ":class: other", "no box of the class predict"),
        ("literalinclude} code.py\n:pyobject: f", "code-block} python", "no code of the library"),
        ("assert 6", "", "5 asserts, fewer than 6"),
        (EXERCISE.format(1), "", "1 exercises, not 2 to 3"),
    ],
)
def test_a_short_page_is_held_to_the_rest(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SHORT
    told = list(check_parts(write(tmp_path, SHORT.replace(old, new, 1))))
    assert any(message in fault for fault in told), told


def test_closing_sections_have_an_order(tmp_path: Path) -> None:
    swapped = CHAPTER.replace("## Summary", "## X").replace("## Read on", "## Summary")
    told = list(check_parts(write(tmp_path, swapped.replace("## X", "## Read on"))))
    assert len(told) == 1
    assert "not in order" in told[0]


def test_setup_cell_must_be_the_stamped_one(tmp_path: Path) -> None:
    chapter = write(tmp_path)
    assert not list(check_setup(chapter, setup_text()))
    assert "not the stamped text" in next(check_setup(chapter, setup_text("https://x.org/y")))
    chapter = write(tmp_path, CHAPTER.replace(":tags: [setup]", ""))
    assert "not the setup cell" in next(check_setup(chapter, setup_text()))


def test_code_that_was_not_executed_is_told(tmp_path: Path) -> None:
    chapter = write(tmp_path)
    chapter.source.write_text(CHAPTER.replace("assert 6", "assert 7"), "utf-8")
    assert "execute it first" in next(check_synced(chapter, REFERENCES))
    chapter.notebook.unlink()
    assert "execute it first" in next(check_synced(chapter, REFERENCES))


def test_outputs_must_be_complete_clean_and_small() -> None:
    good = notebook({"text/plain": "1"})
    assert not list(check_outputs(good, "/home/somebody"))
    good.cells[0].execution_count = None
    assert "was not executed" in next(check_outputs(good, "/home/somebody"))
    path = notebook({"text/plain": "/home/somebody/x.py"})
    assert "a path of the machine" in next(check_outputs(path, "/home/somebody"))
    large = notebook({"text/html": "x" * 600_001})
    assert "0.60 MB" in next(check_outputs(large, "/home/somebody"))


BASE64 = "iVBORw0KGgo" + "abcd+/mnt/efgh+IJK" * 40 + "=="


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        ("/srv/jörg/book", "loaded /srv/jörg/book/x.py"),
        ("/srv/jörg/book", "loaded /srv/jo\u0308rg/book/x.py"),  # as macOS writes it
        ("/srv/jörg/book", "see file:///srv/j%C3%B6rg/book/x.html"),
        ("/srv/a&b/book", '<a href="/srv/a&amp;b/book/x">x</a>'),
        ("/srv/a b/book", "in /srv/a b/book"),
        ("C:\\Users\\a", "'C:\\\\Users\\\\a\\\\x.py'"),
        ("C:\\Users\\a", "C:\\Users\\a\\x.py"),
        ("/mnt", "read /mnt/chapters/x"),
        ("/mnt", "in '/mnt'"),
        ("/mnt", "file:///mnt/x"),
        ("/mnt", f"{BASE64} and then /mnt/x"),
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/json", "stream", "error"])
def test_paths_of_the_machine_are_found_in_every_spelling(
    folder: str, text: str, kind: str
) -> None:
    made = notebook({})
    if kind == "stream":
        made.cells[0].outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    elif kind == "error":
        error = nbformat.v4.new_output("error", ename="E", evalue="v", traceback=["a", text])
        made.cells[0].outputs = [error]
        made.cells[0].metadata["tags"] = ["raises-exception"]
    else:
        value = {"deep": [text]} if kind == "application/json" else text
        made.cells[0].outputs = [nbformat.v4.new_output("display_data", data={kind: value})]
    assert list(check_outputs(made, "/elsewhere")) == []
    (told,) = check_outputs(made, "/elsewhere", folder)
    assert "a path of the machine" in told


@pytest.mark.parametrize(
    ("folder", "data"),
    [
        ("/mnt", {"image/png": BASE64}),
        ("/mnt", {"text/html": f'<img alt="{ALT}" src="data:image/png;base64,{BASE64}">'}),
        ("/mnt", {"text/html": f'<script>["{BASE64}"]</script>'}),
        ("/mnt", {"text/plain": "https://example.org/mnt/data and /mnt2/x and a/mnt"}),
        ("/", {"text/plain": "1 / 2 and /x"}),
        ("", {"text/plain": "text"}),
        ("/srv/jo", {"text/plain": "/srv/john/x"}),
    ],
)
def test_what_is_no_path_of_the_machine_raises_no_alarm(folder: str, data: dict[str, str]) -> None:
    assert list(check_outputs(notebook(data), folder)) == []


@pytest.mark.parametrize(
    ("output", "tag", "message"),
    [
        (("stream", {"name": "stderr", "text": "Warning"}), "nbval-ignore-output", "stderr"),
        (("error", {"ename": "E", "evalue": "v"}), "raises-exception", "E: v"),
    ],
)
def test_warnings_and_errors_must_be_announced(
    output: tuple[str, dict[str, str]], tag: str, message: str
) -> None:
    made = notebook({})
    made.cells[0].outputs = [nbformat.v4.new_output(output[0], **output[1])]
    assert message in next(check_outputs(made, "/home/somebody"))
    made.cells[0].metadata["tags"] = [tag]
    assert not list(check_outputs(made, "/home/somebody"))


@pytest.mark.parametrize(
    ("data", "alt", "message"),
    [
        ({"image/png": GREY}, ALT, None),
        ({"image/png": GREY}, "", "alt text"),
        ({"image/png": GREY}, "_build/jupyter_execute/abc.png", "alt text"),
        ({"image/png": GREY}, "../chapters/latent/figure", "alt text"),
        ({"image/png": GREY}, "plot", "alt text"),
        ({"image/png": picture(np.full((200, 300), 255))}, ALT, "blank"),
        ({"image/png": picture(np.eye(50) * 255)}, ALT, "50 x 50 pixels"),
        ({"image/png": picture(np.eye(2100)[:200] * 255)}, ALT, "2100 x 200 pixels"),
        ({"text/html": f'<img alt="{ALT}" src="data:image/png;base64,{GREY}">'}, "", None),
        ({"text/html": f'<img src="data:image/png;base64,{GREY}">'}, ALT, "alt text"),
        ({"text/html": f'<img src="{SRC}" alt="A line: x > 0 to the right.">'}, "", None),
        ({"text/html": f"<img src='{SRC}' alt='A line that rises to the right.'>"}, "", None),
        ({"text/html": f'<img data-alt="{ALT}" src="{SRC}">'}, "", "alt text"),
        ({"text/html": f'<script>["{picture(np.zeros((200, 300)))}"]</script>'}, ALT, "blank"),
    ],
)
def test_figure_faults(data: dict[str, str], alt: str, message: str | None) -> None:
    told = list(check_figures(notebook(data, alt)))
    assert len(told) == (message is not None)
    assert message is None or message in told[0]


@pytest.mark.parametrize(
    "text",
    [
        "see {eq}`x`",
        "```{note}\nx\n```",
        ":::{note}\nx\n:::",
        "> :::",
        "(label)=\n# Title",
        "% comment",
        "a[^1]",
        "`code` then {ref}`x` and `code`",
    ],
)
def test_raw_myst_is_told(text: str) -> None:
    cells = [nbformat.v4.new_markdown_cell(text)]
    assert "raw MyST" in next(check_prose(nbformat.v4.new_notebook(cells=cells)))


@pytest.mark.parametrize(
    "text",
    [
        "`{eq}` and ``{eq}`x` ``",
        "```python\n(x)=\n{eq}`x`\n```",
        "> ```python\n> :::\n> ```",
        "- ```python\n  :::\n  ```",
        "$$\nx_{eq}\n$$",
        "50 % of (all)",
    ],
)
def test_what_only_looks_like_myst_is_not_told(text: str) -> None:
    cells = [nbformat.v4.new_markdown_cell(text)]
    assert not list(check_prose(nbformat.v4.new_notebook(cells=cells)))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ('"""Return P, by {eq}`mixture`."""', 1),
        ("# as in {prf:ref}`def-masks`", 1),
        ('f"{x}` and `{y}"', 0),
        ("{a: b for a, b in pairs}", 0),
    ],
)
def test_a_role_in_code_is_told(code: str, told: int) -> None:
    cells = [nbformat.v4.new_code_cell(code)]
    assert len(list(check_prose(nbformat.v4.new_notebook(cells=cells)))) == told
