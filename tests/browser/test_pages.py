"""Every page: loads whole and by itself, typesets its maths, fits a phone, can be read by all."""

from itertools import product
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe

from tests.browser.built import pages

PAGES = pages()
ALLOWED = yaml.safe_load(Path(__file__).with_name("axe_allowed.yml").read_text(encoding="utf-8"))
SCHEMES = ("light", "dark")
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
        .filter(each => !each.closest('mjx-assistive-mml'))  // read out, never seen
        .filter(each => each.getBoundingClientRect().right > innerWidth + 1 && !scrolls(each))
        .map(each => `${each.tagName.toLowerCase()}.${each.className}`);
}"""

# A formula that is cut off although it could still be set smaller.
CUT = """() => [...document.querySelectorAll("mjx-container[display='true']")]
    .filter(each => each.scrollWidth > each.clientWidth + 1
        && each.querySelector('mjx-math').style.fontSize !== '0.65em')
    .map(each => each.textContent)"""


@pytest.fixture(scope="module", params=list(product(PAGES, SCHEMES)), ids="-".join)
def visited(visit, request):
    """Each page in each colour scheme, opened once for the tests below."""
    with visit(*request.param) as visited:
        yield visited


def test_the_book_is_built():
    assert "index.html" in PAGES, "build the book first: make book"


def test_page_loads_whole_and_from_here_only(visited):
    assert visited.problems == []


def test_page_takes_the_colour_scheme(visited, request):
    scheme = request.node.callspec.params["visited"][1]
    assert visited.page.locator("html").get_attribute("data-theme") == scheme


def test_maths_is_typeset(visited):
    assert visited.page.evaluate(UNSET_MATHS) == []
    assert visited.page.evaluate(WRONG_MATHS) == []


def test_page_is_accessible(visited):
    page = visited.page
    assert [each for each in _violations(page) if not _allowed(page, *each[:2])] == []


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone(visit, name):
    with visit(name, width=PHONE) as visited:
        assert visited.page.evaluate("document.documentElement.scrollWidth") <= PHONE
        assert visited.page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("chapters/")])
def test_formulas_are_set_to_fit_a_phone(visit, name):
    with visit(name, width=PHONE) as visited:
        visited.page.wait_for_function(f"({CUT})().length === 0")


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
