"""The checks of length and seeds: each fault is told, at its own limit."""

from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from book.notebooks.checks.length import MOST_LINES, MOST_SECTIONS, MOST_WORDS, check_length, words
from book.notebooks.checks.seeds import check_seeds

AFTER = "\n## Exercises\n" + "\nword word\n" * 2 * MOST_WORDS + "\n## More\n" * 20


def told(tmp_path, text):
    source = tmp_path / "name.md"
    source.write_text(text + AFTER, "utf-8")
    return list(check_length(SimpleNamespace(source=source)))


@pytest.mark.parametrize(
    ("unit", "most", "what"),
    [("x = 1\n", MOST_LINES, "lines"), ("word ", MOST_WORDS, "words")],
)
def test_as_much_as_is_allowed_passes_and_one_more_is_told(tmp_path, unit, most, what):
    def around(n):
        text = unit * n
        return f"```{{code-cell}}\n{text}```" if what == "lines" else text

    least = {"lines": 2, "words": 0}[what]  # the fence is two lines
    assert told(tmp_path, around(most - least)) == []
    (fault,) = told(tmp_path, around(most - least + 1))
    assert fault == f"{most + 1:,} {what} before the exercises, over {most:,}"


def test_sections_are_counted_and_subsections_are_not(tmp_path):
    text = "\n## A\n\n### B\n" * MOST_SECTIONS
    assert told(tmp_path, text) == []
    assert told(tmp_path, text + "\n## C\n") == ["13 sections before the exercises, over 12"]


@pytest.mark.parametrize(
    "markup",
    [
        "---\nkernelspec: {name: python}\n---",
        "```{code-cell} ipython3\nx = sum(y)\n```",
        "```{math}\n:label: eq\na + b\n```",
        "$$\n\\log p\n$$ (eq-name)",
        "$\\log p(x)$",
        ":label: ex-name",
        ":::{admonition} At a glance",
        "(sec-name)=",
    ],
)
def test_only_prose_has_words(markup):
    assert words(f"{markup}\n\nfour words of prose\n") == 4


def seeded(*cells):
    return list(check_seeds(new_notebook(cells=list(cells))))


@pytest.mark.parametrize(
    "code",
    [
        "torch.manual_seed(0)",
        "torch.Generator().manual_seed(3)",
        "np.random.seed(1)",
        "random.seed(1)",
        "rng = np.random.default_rng(4)",
        "rng = np.random.default_rng()",
        "KMeans(8, random_state=0)",
        "np.random.RandomState(2)",
    ],
)
def test_a_seed_of_ones_own_is_told(code):
    (fault,) = seeded(new_code_cell(code))
    assert "genlib.seed or genlib.generator" in fault


@pytest.mark.parametrize(
    "code",
    [
        "genlib.seed(0)",
        "x = world.sample(9, genlib.generator(3))",
        "rng = np.random.default_rng(genlib.generator(4).initial_seed())",
        "KMeans(8, random_state=genlib.generator(0).initial_seed())",
        "fit(model, data, seed=3)",
    ],
)
def test_a_seed_that_can_be_shifted_passes(code):
    assert seeded(new_code_cell(code)) == []


def test_exercises_and_the_setup_cell_are_free():
    setup = new_code_cell("torch.manual_seed(0)", metadata={"tags": ["setup"]})
    later = new_code_cell("torch.manual_seed(0)")
    assert seeded(setup, new_markdown_cell("## Exercises\n\nwords"), later) == []
