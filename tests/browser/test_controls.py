"""Whatever a reader can operate does something, with a mouse and with a keyboard."""

import pytest

from tests.browser.built import pages

EXPLORERS = pages(containing='class="genlib-explore"')
DROPDOWNS = pages(containing="<details")
BOXES = sorted({*pages(containing="dropdown admonition"), *pages(containing="admonition dropdown")})

OPEN_ALL = """() => {
    document.querySelectorAll('details').forEach(each => { each.open = true; });
    document.querySelectorAll('.toggle-hidden')
        .forEach(each => each.classList.remove('toggle-hidden'));
}"""

IS_CLOSED = "button => button.closest('.toggle').classList.contains('toggle-hidden')"


@pytest.fixture
def page(visit, name):
    """The page that a test names."""
    with visit(name) as visited:
        yield visited.page


def sliders(page):
    """Every slider of a page with its explorer, one after the other."""
    page.evaluate(OPEN_ALL)
    for explorer in page.locator(".genlib-explore").all():
        found = explorer.locator("input[type=range]")
        assert found.count() > 0
        for slider in found.all():
            yield explorer, slider


def picture(explorer):
    """What an explorer shows, and how it describes that."""
    image = explorer.locator("img")
    return image.get_attribute("src"), image.get_attribute("alt")


def ends(slider):
    """Left and right end of a slider, as a mouse would hit them."""
    box = slider.bounding_box()
    middle = box["height"] / 2
    return {"x": 3, "y": middle}, {"x": box["width"] - 3, "y": middle}


@pytest.mark.parametrize("name", EXPLORERS)
def test_sliders_change_the_picture_by_mouse(page):
    for explorer, slider in sliders(page):
        left, right = ends(slider)
        slider.click(position=left)
        at_left = picture(explorer)
        slider.click(position=right)
        assert picture(explorer)[0] != at_left[0]
        assert picture(explorer)[1]
        slider.click(position=left)
        assert picture(explorer) == at_left


@pytest.mark.parametrize("name", EXPLORERS)
def test_sliders_change_the_picture_by_keyboard(page):
    for explorer, slider in sliders(page):
        slider.focus()
        slider.press("Home")
        first = picture(explorer)
        slider.press("ArrowRight")
        assert picture(explorer)[0] != first[0]
        slider.press("ArrowLeft")
        assert picture(explorer) == first
        assert slider.get_attribute("aria-valuetext")


@pytest.mark.parametrize("name", pages(containing=">Play</button>"))
def test_animations_play_and_pause_by_keyboard(page):
    page.evaluate(OPEN_ALL)
    for explorer in page.locator(".genlib-explore", has=page.locator("button")).all():
        before, button = picture(explorer), explorer.locator("button")
        button.press("Enter")
        shown = explorer.locator("img").element_handle()
        page.wait_for_function("([image, src]) => image.src !== src", arg=[shown, before[0]])
        button.press("Enter")
        assert button.inner_text() == "Play"


@pytest.mark.parametrize("name", DROPDOWNS)
def test_dropdowns_open_and_close_by_keyboard(page):
    # An answer in a question is reached once the question is open: outer ones come first.
    for dropdown in page.locator("article details").all():
        summary = dropdown.locator("> summary")
        was_open = dropdown.evaluate("each => each.open")
        summary.press("Enter")
        assert dropdown.evaluate("each => each.open") != was_open
        if was_open:
            summary.press("Enter")


@pytest.mark.parametrize("name", BOXES)
def test_boxes_open_by_keyboard(page):
    buttons = page.locator("article button.toggle-button")
    assert buttons.count() > 0
    for button in buttons.all():
        assert button.evaluate(IS_CLOSED)
        button.press("Enter")
        assert not button.evaluate(IS_CLOSED)
