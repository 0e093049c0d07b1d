"""Every link within the book leads somewhere, and every launch button to a committed notebook."""

from urllib.parse import unquote, urlsplit

import pytest
import yaml

from tests.browser.built import ROOT, SITE, pages, soup

PAGES = pages()
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
CONTENTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [
    chapter["file"]
    for part in CONTENTS["parts"]
    for chapter in part["chapters"]
    if chapter["file"].startswith("chapters/")
]
COLAB = "{colab}/github/{owner}/blob/{branch}/{chapter}.ipynb"


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_pages_files_and_sections_that_exist(name):
    assert [link for link in _links(name) if not _leads_somewhere(name, link)] == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_colab_button_opens_the_chapters_notebook(chapter):
    assert (ROOT / f"{chapter}.ipynb").exists()
    colab = CONFIG["launch_buttons"]["colab_url"]
    repository = CONFIG["repository"]
    expected = COLAB.format(
        colab=colab,
        owner=urlsplit(repository["url"]).path.strip("/"),
        branch=repository["branch"],
        chapter=chapter,
    )
    buttons = soup(f"{chapter}.html").select(f'a[href^="{colab}"]')
    assert {button["href"] for button in buttons} == {expected}


def _links(name):
    """The addresses in a page that point into the book."""
    found = [tag.get("href") or tag.get("src") for tag in soup(name).select("[href], [src]")]
    return [link for link in found if link and not urlsplit(link).scheme and link != "#"]


def _leads_somewhere(name, link):
    parts = urlsplit(link)
    target = SITE / name
    if parts.path:
        target = (target.parent / unquote(parts.path)).resolve()
    if not target.is_file() or not target.is_relative_to(SITE):
        return False
    return not parts.fragment or _has_anchor(target, unquote(parts.fragment))


def _has_anchor(target, anchor):
    if target.suffix != ".html":
        return True
    page = soup(target.relative_to(SITE).as_posix())
    return page.find(attrs={"id": anchor}) is not None
