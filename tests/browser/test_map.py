"""The map of chapters works with a keyboard, on a phone and in both colour schemes."""

import pytest

from tests.browser.test_pages import PHONE, SCHEMES

MAP = ".chapter-map"
LETTERS = """each => [...each.querySelectorAll('text')].map(text =>
    parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().d)"""
OUTLINE = "each => getComputedStyle(each.querySelector('rect')).strokeWidth"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_letters_can_be_read_on_a_phone(visit, scheme):
    with visit("index.html", scheme, width=PHONE) as visited:
        sizes = visited.page.locator(MAP).evaluate(LETTERS)
        assert len(sizes) > 0
        assert min(sizes) >= 11


def test_every_chapter_is_a_stop_that_shows_itself(visit):
    with visit("index.html") as visited:
        links = visited.page.locator(f"{MAP} a")
        assert links.count() > 0
        links.first.focus()
        for link in links.all():
            assert link.evaluate("each => each === document.activeElement")
            focused = link.evaluate(OUTLINE)
            visited.page.keyboard.press("Tab")
            assert focused != link.evaluate(OUTLINE)


def test_a_chapter_opens_by_keyboard(visit):
    with visit("index.html") as visited:
        link = visited.page.locator(f"{MAP} a").last
        chapter = link.get_attribute("href")
        link.focus()
        visited.page.keyboard.press("Enter")
        visited.page.wait_for_url(f"**/{chapter}")
        assert visited.problems == []
