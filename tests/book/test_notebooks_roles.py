"""What stands within a line, flattened."""

import pytest

from book.notebooks.errors import ChapterError
from tests.book.notebook_samples import flat


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{eq}`eq-here`", "(2.1)"),
        ("{eq}`eq-there`", "[(1.4)](../other/first.ipynb)"),
        ("{doc}`/chapters/other/first`", "[The first chapter](../other/first.ipynb)"),
        ("{doc}`../other/first`", "[The first chapter](../other/first.ipynb)"),
        ("{doc}`it <../other/first>`", "[it](../other/first.ipynb)"),
        ("{doc}`/reference`", "Reference"),
        ("{ref}`sec-here`", "A section"),
        ("{ref}`there <sec-there>`", "[there](../other/first.ipynb)"),
        ("{ref}`ex-here`", "Exercise 2.8"),
        ("{prf:ref}`thm-here`", "Theorem 2.7"),
        ("{numref}`fig-here`", "Figure 2.5"),
        ("{numref}`tab-here`", "Table 2.6"),
        ("{numref}`sec-here`", "Section 2.3"),
        ("{numref}`Fig. %s <fig-here>`", "Fig. 2.5"),
        ("{numref}`{number}: {name} <fig-here>`", "2.5: A caption"),
        ("{term}`ELBO`", "*ELBO*"),
        ("{term}`bounds <elbo>`", "*bounds*"),
        ("{cite:t}`kingma2014vae`", "[Kingma and Welling (2014)](https://arxiv.org/abs/1312.6114)"),
        ("{cite:t}`vapnik1998learning`", "Vapnik (1998)"),
        (
            "{cite:p}`kingma2014vae, vapnik1998learning`",
            "([Kingma and Welling, 2014](https://arxiv.org/abs/1312.6114); Vapnik, 1998)",
        ),
        ("{py:class}`~genlib.latent.VAE`", "`VAE`"),
        ("{py:func}`genlib.seed`", "`genlib.seed()`"),
        ("{py:func}`the seed <genlib.seed>`", "`the seed`"),
        ("{py:class}`torch.Tensor`", "`torch.Tensor`"),
        ("a {term}`ELBO\n<elbo>` b", "a *ELBO* b"),
        ("[a link](https://example.org)", "[a link](https://example.org)"),
    ],
)
def test_role(source: str, expected: str) -> None:
    assert flat(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "`{eq}`",
        "``{eq}`eq-here` ``",
        "`a` {braces} `b`",
        "$f[x](y)$ and $S_{n}$",
        "```\n{eq}`eq-here`\n```",
        "text\n\n    {eq}`eq-here`",
        "costs \\$1",
    ],
)
def test_code_and_maths_stay_as_they_are(source: str) -> None:
    assert flat(source) == source


def test_an_odd_backtick_protects_no_later_paragraph() -> None:
    assert flat("a ` here\n\n{eq}`eq-here`") == "a ` here\n\n(2.1)"


def test_footnotes_are_numbered_in_the_order_of_reference() -> None:
    text = flat("a[^x] b[^y] c[^x]\n\n[^y]: why {eq}`eq-here`\n[^x]: ex")
    assert text.startswith("a<sup>1</sup> b<sup>2</sup> c<sup>1</sup>\n\n")
    assert "\n\n<sup>1</sup> ex" in text
    assert "\n<sup>2</sup> why (2.1)" in text


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{nonsense}`x`", "{nonsense}`x`: this role is not known"),
        ("{eq}`eq-gone`", "{eq}`eq-gone`: the built book has no 'eq-gone'"),
        ("{ref}`gone`", "no 'gone'"),
        ("{numref}`sec-there`", "no 'number of sec-there'"),
        ("{doc}`/chapters/gone`", "no 'chapters/gone'"),
        ("{term}`gone`", "no 'gone'"),
        ("{cite:t}`nobody1900nothing`", "no 'nobody1900nothing'"),
        ("{py:class}`genlib.Gone`", "no 'genlib.Gone'"),
        ("[words](other.md)", "(other.md): refer to chapters by {doc}"),
        ("[words](#label)", "(#label): refer to chapters by {doc}"),
        ("a[^gone]", "[^gone]: a footnote needs both"),
        ("![alt](gone.png)", "there is no file"),
    ],
)
def test_fault_names_file_line_and_construct(source: str, message: str) -> None:
    with pytest.raises(ChapterError) as error:
        flat(f"one\ntwo\n\nthree {source}", line=10)
    assert "sample.md:14: " in str(error.value)
    assert message in str(error.value)
