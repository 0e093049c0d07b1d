"""Blocks, flattened: boxes, theorems, exercises, maths, code, pictures, tables."""

from textwrap import dedent

import pytest

from tests.book.notebook_samples import flat


def check(source: str, expected: str) -> None:
    """Compare what a source becomes with what is expected, both indented as the test is."""
    assert flat(dedent(source).strip()) == dedent(expected).strip()


def test_plain_markdown_stays_as_it_is() -> None:
    text = (
        "# Title\n\ntext *with* marks\n\n- a\n  - b\n\n> quote\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    assert flat(text) == text


def test_admonition_becomes_a_quote_with_a_bold_title() -> None:
    check(
        """
        :::{admonition} Title {eq}`eq-here`
        :class: glance

        - a {eq}`eq-here`

          b
        :::
        """,
        """
        > **Title (2.1)**
        >
        > - a (2.1)
        >
        >   b
        """,
    )


@pytest.mark.parametrize("kind", ["note", "tip", "warning", "important"])
@pytest.mark.parametrize("marks", [":::", "```"])
def test_notes_by_either_fence(kind: str, marks: str) -> None:
    assert flat(f"{marks}{{{kind}}}\nbody\n{marks}") == f"> **{kind.title()}**\n>\n> body"


def test_words_beside_a_note_begin_its_body() -> None:
    assert flat("```{tip} first\nrest\n```") == "> **Tip**\n>\n> first\n>\n> rest"


def test_dropdowns_fold_inside_a_box() -> None:
    check(
        """
        ::::{admonition} Predict, run, explain
        :class: predict

        Which?

        :::{dropdown} A. `x` < y
        Right.
        :::
        ::::
        """,
        """
        > **Predict, run, explain**
        >
        > Which?
        >
        > <details>
        > <summary>A. <code>x</code> &lt; y</summary>
        >
        > Right.
        >
        > </details>
        """,
    )


def test_admonition_of_class_dropdown_folds() -> None:
    check(
        """
        :::{admonition} More
        :class: dropdown

        body
        :::
        """,
        """
        <details>
        <summary>More</summary>

        body

        </details>
        """,
    )


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("{prf:theorem} Bayes\n:label: thm-here", "Theorem 2.7 (Bayes)."),
        ("{prf:theorem}\n:label: thm-here", "Theorem 2.7."),
        ("{prf:remark}\n:nonumber:", "Remark."),
        ("{prf:proof}", "Proof."),
        ("{exercise} Count\n:label: ex-here", "Exercise 2.8 (Count)."),
    ],
)
def test_theorems_and_exercises_carry_the_books_numbers(head: str, title: str) -> None:
    assert flat(f":::{head}\n\nbody\n:::") == f"> **{title}**\n>\n> body"


def test_worded_solution_folds_under_the_name_of_its_exercise() -> None:
    check(
        """
        ```{solution} ex-here
        :class: dropdown

        It is $1$.
        ```
        """,
        """
        <details>
        <summary>Solution to Exercise 2.8</summary>

        It is $1$.

        </details>
        """,
    )


def test_equation_with_a_label_is_tagged_with_its_number() -> None:
    expected = "$$\nx = 1\n\\tag{2.1}\n$$"
    assert flat("```{math}\n:label: eq-here\n\nx = 1\n```") == expected
    assert flat("$$\nx = 1\n$$ (eq-here)") == expected


def test_equation_without_a_label_has_no_number() -> None:
    assert flat("```{math}\nx = 1\n```") == "$$\nx = 1\n$$"
    assert flat("$$ x = 1 $$") == "$$\nx = 1\n$$"


def test_lines_that_sphinx_aligns_are_aligned() -> None:
    flattened = flat("```{math}\na &= b \\\\\n&= c\n```")
    assert flattened == "$$\n\\begin{aligned}\na &= b \\\\\n&= c\n\\end{aligned}\n$$"
    cases = "$$\n\\begin{cases} a \\\\ b \\end{cases}\n$$"
    assert flat(cases) == cases


def test_maths_in_a_quote_takes_one_line() -> None:
    boxed = flat(":::{note}\n```{math}\n:label: eq-here\n\na\n+ b\n```\n:::")
    assert boxed == "> **Note**\n>\n> $$ a + b \\tag{2.1} $$"
    assert flat("> said\n>\n> $$\n> x\n> $$") == "> said\n>\n> $$ x $$"


def test_maths_in_a_list_stays_in_it() -> None:
    text = "- one\n\n  $$\n  x\n  $$\n- two"
    assert flat(text) == text


def test_literalinclude_shows_the_object() -> None:
    check(
        """
        ```{literalinclude} code.py
        :language: python
        :pyobject: Adder.add
        ```
        """,
        '''
        ```python
        def add(self, a: int, b: int) -> int:
            """Add two numbers."""
            return a + b
        ```
        ''',
    )


def test_code_block_keeps_what_looks_like_a_role() -> None:
    assert flat("```{code-block} bash\n{eq}`x`\n```") == "```bash\n{eq}`x`\n```"


def test_a_directive_in_a_list_stays_in_it() -> None:
    assert flat("- a\n\n  ```{code-block} python\n  x\n  ```") == "- a\n\n  ```python\n  x\n  ```"
    assert flat("- ```{code-block} python\n  x\n  ```") == "- ```python\n  x\n  ```"


def test_pictures_travel_inside(tmp_path_factory: pytest.TempPathFactory) -> None:
    web = "https://example.org/x.png"
    assert flat(f"```{{image}} {web}\n:alt: words\n```") == f"![words]({web})"
    figure = flat(f"```{{figure}} {web}\n:alt: words\n:name: fig-here\n\nSee {{eq}}`eq-here`.\n```")
    assert figure == f"![words]({web})\n\n**Figure 2.5.** See (2.1)."
    assert flat("![code](code.py)").startswith("![code](data:text/x-python;base64,")


def test_list_table_becomes_a_table() -> None:
    check(
        """
        ```{list-table} Norms
        :header-rows: 1
        :name: tab-here

        * - name
          - meaning
        * - $|x|$ or a|b
          -
        ```
        """,
        r"""
        **Table 2.6.** Norms

        | name | meaning |
        | --- | --- |
        | $\vert x\vert $ or a\|b |  |
        """,
    )


def test_targets_comments_and_breaks_vanish() -> None:
    text = flat("(sec-here)=\n## Section\n\n% a comment\n\ntext\n\n+++\n\nmore")
    assert text.split() == ["##", "Section", "text", "more"]


def test_options_may_be_a_yaml_block() -> None:
    text = ":::{exercise} Count\n---\nlabel: ex-here\n---\nbody\n:::"
    assert flat(text) == "> **Exercise 2.8 (Count).**\n>\n> body"


@pytest.mark.parametrize("mark", ["\u2028", "\x0b", "\x0c", "\x85"])
def test_marks_that_come_with_pasted_text_do_not_shift_lines(mark: str) -> None:
    source = f"a{mark}b\n\n:::{{note}}\nx{mark}y\n:::\n\nend {{eq}}`eq-here`"
    expected = f"a{mark}b\n\n> **Note**\n>\n> x{mark}y\n\nend (2.1)"
    assert flat(source) == expected
