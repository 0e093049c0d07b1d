"""Each chapter's page offers a copy without solutions, and the copy is there."""

from types import SimpleNamespace

import pytest

from book.notebooks.source import read_notebook
from book.sphinx_companion.students import GROUP, offer_copy, write_copies
from tests.book.notebook_samples import make_book


@pytest.fixture
def app(tmp_path):
    """What the functions ask of Sphinx."""
    book = make_book(tmp_path / "book")
    out = tmp_path / "html"
    return SimpleNamespace(srcdir=book.root, outdir=out, builder=SimpleNamespace(format="html"))


def offered(app, page):
    """The addresses in the menu of downloads of a page."""
    links = [{"url": "source.ipynb"}, {"url": "source.md"}]
    menu = {"label": GROUP, "buttons": links}
    context = {"header_buttons": [{"label": "other"}, menu], "pathto": lambda name, _: f"../{name}"}
    offer_copy(app, page, "page.html", context, None)
    return [button["url"] for button in menu["buttons"]]


def test_a_chapters_page_offers_the_copy(app):
    urls = ["source.ipynb", "../students/part/sample.ipynb", "source.md"]
    assert offered(app, "chapters/part/sample") == urls


def test_other_pages_do_not(app):
    assert offered(app, "index") == offered(app, "genindex") == ["source.ipynb", "source.md"]


def test_copies_lie_where_the_links_lead(app):
    write_copies(app, None)
    assert read_notebook(app.outdir / "students" / "part" / "sample.ipynb").cells


def test_a_build_that_failed_or_is_no_site_writes_none(app):
    write_copies(app, RuntimeError())
    app.builder.format = "latex"
    write_copies(app, None)
    assert not app.outdir.exists()
