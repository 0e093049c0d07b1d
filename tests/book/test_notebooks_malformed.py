"""Malformed or unknown MyST is an error that names file, line and construct."""

import pytest

from book.notebooks.errors import ChapterError
from tests.book.notebook_samples import flat

BEFORE = "one\n\ntwo\n\n"


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("```{nonsense} x\n```", 5, "{nonsense}: this directive is not known"),
        (":::{note}\n\n```{nonsense}\n```\n:::", 7, "{nonsense}: this directive is not known"),
        (":::{note}\nbody", 5, ":::{note}: this fence is never closed"),
        ("```python\nx = 1", 5, "```python: this fence is never closed"),
        (
            ":::{admonition} A\n\n:::{dropdown} B\n:::\n\nmore\n:::",
            7,
            "{dropdown} B: this fence is never",
        ),
        (":::\nbody\n:::", 5, "a directive begins with its {name}"),
        ("```{note\nbody\n```", 5, "a directive begins with its {name}"),
        ("```{math}\n:label eq-here\n\nx\n```", 6, "':label eq-here' is not an option"),
        (":::{note}\n:class: a\n:::{tip}\nx\n:::", 7, "':::{tip}' is not an option"),
        ("```{math}\n---\nlabel: eq-here\n\nx\n```", 6, "`---` is not closed"),
        ('```{math}\n:label: "eq\n\nx\n```', 6, "bad option block"),
        ("```{math}\n:label: gone\n\nx\n```", 5, "no equation 'gone'"),
        ("$$\nx\n$$ (gone)", 5, "no equation 'gone'"),
        ("text\n$$\nx\n$$", 6, "$$: MyST wants a blank line above"),
        ("in $$x$$ line", 5, "$$: MyST wants a blank line above"),
        ("```{math}\na\n\nb\n```", 5, "display maths"),
        ("```{math}\n```", 5, "display maths"),
        (":::{prf:theorem}\nx\n:::", 5, "{prf:theorem}: needs a label"),
        (":::{prf:theorem}\n:label: gone\n\nx\n:::", 5, "{prf:theorem}: the built book has no"),
        (":::{solution} gone\nx\n:::", 5, "{solution}: the built book has no label 'gone'"),
        (":::{admonition}\nx\n:::", 5, "{admonition}: needs a title"),
        ("```{literalinclude} gone.py\n```", 5, "there is no file"),
        ("```{literalinclude} code.py\n:pyobject: Gone\n```", 5, "there is no Gone in"),
        (
            "```{literalinclude} code.py\n:lines: 1-2\n```",
            5,
            "not known to the notebook tool: lines",
        ),
        ("```{image} code.py\n```", 5, "{image}: needs an alt text"),
        ("```{figure} code.py\n:alt: words\n\ncaption\n```", 5, "a caption"),
        ("```{list-table}\n:header-rows: 1\n\n* - a\n  - b\n* - c\n```", 5, "equally many cells"),
        ("```{list-table}\n\n* - a\n* - b\n```", 5, "needs `:header-rows: 1`"),
        ("term\n: definition", 5, "a definition list"),
        ("<div>\nhtml\n</div>", 5, "raw HTML"),
        (":::{note}\n:class: a\n\nfine\n\n{nonsense}`x`\n:::", 10, "this role is not known"),
    ],
)
def test_fault(source: str, line: int, message: str) -> None:
    with pytest.raises(ChapterError) as error:
        flat(BEFORE + source)
    assert f"sample.md:{line}: " in str(error.value)
    assert message in str(error.value)
