"""Every page: loads whole and by itself, typesets its maths, fits a phone, can be read by all."""

from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe

from tests.browser.built import pages

PAGES = pages()
ALLOWED = yaml.safe_load(Path(__file__).with_name("axe_allowed.yml").read_text(encoding="utf-8"))
PHONE = 390  # pixels

UNSET_MATHS = """() => [...document.querySelectorAll('.math')]
    .filter(each => !each.querySelector('mjx-container')).map(each => each.textContent)"""
WRONG_MATHS = """() => [...document.querySelectorAll('mjx-merror')].map(each => each.textContent)"""

# What sticks out of the screen, unless something around it scrolls.
TOO_WIDE = """() => {
    const scrolls = (each) => each && each.tagName !== 'BODY'
        && (['auto', 'scroll'].includes(getComputedStyle(each).overflowX)
            || scrolls(each.parentElement));
    return [...document.querySelectorAll('article, article *')]
        .filter(each => each.getBoundingClientRect().right > innerWidth + 1 && !scrolls(each))
        .map(each => `${each.tagName.toLowerCase()}.${each.className}`);
}"""


def test_the_book_is_built():
    assert "index.html" in PAGES, "build the book first: make book"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page_loads_whole_and_from_here_only(visit, name, scheme):
    visited = visit(name, scheme)
    assert visited.problems == []
    assert visited.page.locator("html").get_attribute("data-theme") == scheme


@pytest.mark.parametrize("name", pages(containing='class="math'))
def test_maths_is_typeset(visit, name):
    page = visit(name).page
    assert page.locator("mjx-container").count() > 0
    assert page.evaluate(UNSET_MATHS) == []
    assert page.evaluate(WRONG_MATHS) == []


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone(visit, name):
    page = visit(name, width=PHONE).page
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible(visit, name, scheme):
    page = visit(name, scheme).page
    assert [each for each in _violations(page) if not _allowed(page, *each[:2])] == []


def _violations(page):
    """(rule, element, what is wrong) for each finding of axe."""
    return [
        (rule["id"], node["target"][0], node["failureSummary"])
        for rule in Axe().run(page).response["violations"]
        for node in rule["nodes"]
    ]


def _allowed(page, rule, element):
    return any(
        rule == entry["rule"] and page.locator(element).first.evaluate(_MATCHES, entry["where"])
        for entry in ALLOWED
    )


_MATCHES = "(element, selector) => element.matches(selector)"
