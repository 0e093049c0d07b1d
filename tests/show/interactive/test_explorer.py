import base64
import json
import re
from html.parser import HTMLParser
from itertools import product

import pytest
import torch

from genlib import show
from genlib.show.interactive import explorer, frames
from genlib.show.interactive.viewer import MOST_BYTES

BACKWARDS = "\N{MINUS SIGN}"


class Page(HTMLParser):
    """The elements and the data of one viewer."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text, self.inside = [], {}, None
        self.feed(html)
        self.data = json.loads(self.text["script"][0])

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.inside = tag

    def handle_data(self, data):
        self.text.setdefault(self.inside, []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def drawn():
    """What ``draw`` was called with, in order."""
    return []


@pytest.fixture
def draw(drawn):
    def record(**values):
        drawn.append(values)
        return show.figure(width=1, height=0.5 + 0.1 * len(drawn))[0]

    return record


def heights(page):
    """Heights of the frames in the order of the settings, which tell them apart."""
    pictures = [base64.b64decode(page.data["pictures"][place]) for place in page.data["order"]]
    return [int.from_bytes(picture[20:24], "big") for picture in pictures]


def test_every_combination_is_drawn_once_the_last_value_changing_fastest(draw, drawn):
    page = Page(show.explore(draw, a=[1, 2], b=["x", "y", "z"]).html())
    assert drawn == [{"a": a, "b": b} for a, b in product([1, 2], "xyz")]
    assert heights(page) == sorted(set(heights(page)))
    assert len(page.data["alt"]) == 6


def test_one_labelled_slider_for_each_value(draw):
    page = Page(show.explore(draw, code_size=[2, 4, 8], beta=[0.1, 1.0]).html())
    sliders = page.all("input")
    assert [s["type"] for s in sliders] == ["range", "range"]
    assert [s["max"] for s in sliders] == ["2", "1"]
    assert [s["aria-label"] for s in sliders] == ["code size", "beta"]
    assert page.data["labels"] == [["2", "4", "8"], ["0.1", "1"]]


def test_start_sets_slider_output_text_and_picture(draw):
    page = Page(
        show.explore(draw, alt="Seen", a=[1, 2], b=[5, 7, 9], start={"b": 7, "a": 2}).html()
    )
    assert [s["value"] for s in page.all("input")] == ["1", "1"]
    assert [s["aria-valuetext"] for s in page.all("input")] == ["2", "7"]
    assert page.text["output"] == ["2", "7"]
    image = page.all("img")[0]
    assert image["alt"] == "Seen (a = 2, b = 7)" == page.data["alt"][4]
    shown = image["src"].removeprefix("data:image/png;base64,")
    assert shown == page.data["pictures"][page.data["order"][4]]


def test_equal_pictures_are_stored_once():
    page = Page(show.explore(lambda a: show.figure(width=1, height=1)[0], a=range(5)).html())
    assert len(page.data["pictures"]) == 1
    assert page.data["order"] == [0] * 5


def test_alt_may_be_a_function_or_the_figures_own(draw):
    page = Page(show.explore(draw, alt=lambda a: f"{a} dots", a=[1, 2]).html())
    assert page.data["alt"] == ["1 dots", "2 dots"]
    page = Page(show.explore(lambda a: show.figure(alt="Own")[0], a=[1]).html())
    assert page.data["alt"] == ["Own (a = 1)"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.30000000000000004, "0.3"),
        (1.0, "1"),
        (-2, BACKWARDS + "2"),
        (60000, "60000"),
        (1e-5, f"1e{BACKWARDS}05"),
        (float("inf"), "inf"),
        (True, "True"),
        ("k-means", "k-means"),
    ],
)
def test_labels(value, text):
    assert frames.label(value) == text


def test_tensors_and_arrays_are_grids_of_plain_numbers(draw, drawn):
    show.explore(draw, a=torch.linspace(0, 1, 3)).html()
    assert [type(setting["a"]) for setting in drawn] == [float] * 3


def test_labels_and_titles_are_escaped(draw):
    nasty = "</script><b>&\"'"
    html = show.explore(draw, title=nasty, alt=nasty, a=[nasty, "ok"]).html()
    page = Page(html)
    assert not page.all("b")
    assert page.data["labels"] == [[nasty, "ok"]]
    assert page.all("div")[0]["aria-label"] == nasty
    assert page.all("img")[0]["alt"] == f"{nasty} (a = {nasty})"


def test_same_pictures_same_bytes_and_no_ids():
    def bell(width):
        x = torch.linspace(-1, 1, 9)
        return show.curves({"bell": (x, torch.exp(-((x / width) ** 2)))})

    first, second = (show.explore(bell, width=[0.5, 1.0]).html() for _ in range(2))
    assert first == second
    assert not re.search(r"\sid=", first)


def test_nothing_is_fetched(draw):
    assert not re.search(r"https?://|\bimport\b|url\(", show.explore(draw, a=[1]).html())


def test_static_output_is_html_and_a_text_that_stays(draw, monkeypatch):
    monkeypatch.setenv("GENLIB_STATIC", "1")
    bundle = show.explore(draw, a=[1, 2])._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == "<Explorer: a (2 values)>"


def test_live_output_is_the_widget_alone(draw, monkeypatch):
    monkeypatch.setattr(explorer, "live", lambda: True)
    bundle = show.explore(draw, a=[1, 2])._repr_mimebundle_()
    assert set(bundle) == {explorer.WIDGET, "text/plain"}


@pytest.mark.parametrize(("switch", "alive"), [("1", False), ("0", True), (None, True)])
def test_the_switch_wins_over_a_kernel(switch, alive, monkeypatch):
    monkeypatch.delenv("GENLIB_STATIC", raising=False)
    if switch is not None:
        monkeypatch.setenv("GENLIB_STATIC", switch)
    shell = type("Shell", (), {"kernel": object()})()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    assert explorer.live() is alive


def test_without_a_kernel_nothing_is_live(monkeypatch):
    monkeypatch.delenv("GENLIB_STATIC", raising=False)
    assert explorer.live() is False


def test_a_widget_draws_anew_when_its_slider_moves(draw, drawn):
    box = show.explore(draw, title="T", a=[1, 2], b=["x", "y"], start={"b": "y"}).widget()
    _, picture, first, second = box.children
    assert (first.description, second.value) == ("a", "y")
    before = picture.value
    first.value = 2
    assert drawn == [{"a": 1, "b": "y"}, {"a": 2, "b": "y"}]
    assert picture.value != before
    assert 'alt="Figure (a = 2, b = y)"' in picture.value


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "at least one grid"),
        ({"a": []}, "a has no values"),
        ({"a": 3}, "must be a sequence"),
        ({"a": "xyz"}, "must be a sequence"),
        ({"a": torch.zeros(2, 2)}, "a must be a sequence of numbers, got one of"),
        ({"a": range(11), "b": range(11)}, "11 x 11 = 121 pictures are more than 120"),
        ({"a": [1], "start": {"b": 1}}, r"start names \['b'\]"),
        ({"a": [1], "start": {"a": 2}}, "cannot start at 2"),
    ],
)
def test_grids_that_make_no_explorer_are_refused_at_once(values, message):
    with pytest.raises(ValueError, match=message):
        show.explore(lambda **_: None, **values)


def test_a_draw_without_a_figure_is_refused():
    with pytest.raises(TypeError, match="got NoneType; does it end in `return figure`"):
        show.explore(lambda a: None, a=[1]).html()


def test_too_many_bytes_are_refused():
    def noise(seed):
        generator = torch.Generator().manual_seed(seed)
        return show.grid(torch.rand(40, 3, 28, 28, generator=generator))

    with pytest.raises(ValueError, match=f"more than {MOST_BYTES // 1000}"):
        show.explore(noise, seed=range(12)).html()


def test_figures_of_pyplot_are_closed():
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    html = show.explore(lambda a: plt.figure(figsize=(1, 1)), a=[1, 2]).html()
    assert plt.get_fignums() == []
    assert len(Page(html).data["order"]) == 2


def test_an_animation_passes_frames_in_order_and_has_a_button():
    seen = []

    def step(value):
        seen.append(value)
        return show.figure(width=1, height=1, alt="Start")[0]

    animation = show.animate(step, [0, 1, 20], name="EM_iteration", interval=0.25)
    page = Page(animation.html())
    assert seen == [0, 1, 20]
    assert page.all("button")[0]["value"] == "250"
    assert page.data["alt"][2] == "Start (EM iteration = 20)"
    assert repr(animation) == "<Animation: EM iteration, 3 frames>"


def test_an_explorer_has_no_button(draw):
    assert not Page(show.explore(draw, a=[1]).html()).all("button")


def test_an_animation_is_the_same_with_and_without_a_kernel(draw, monkeypatch):
    monkeypatch.setattr(explorer, "live", lambda: True)
    bundle = show.animate(lambda _: show.figure()[0], [1])._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frames": []}, "step has no values"),
        ({"frames": range(121)}, "more than 120"),
        ({"frames": [1], "interval": 0}, "positive number of seconds"),
        ({"frames": [1], "interval": float("inf")}, "positive number of seconds"),
    ],
)
def test_frames_that_make_no_animation_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        show.animate(lambda _: None, **arguments)
