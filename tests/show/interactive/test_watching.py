"""A figure that is drawn again while a model trains."""

import io

import IPython
import IPython.display
import numpy as np
import pytest
import torch
from PIL import Image

from genlib import fit, show
from tests.training.games import Point

DATA = torch.zeros(8, 2)


@pytest.fixture
def outputs(monkeypatch):
    """What a notebook would show: a list of places, each with its pictures in order."""
    places = []

    class Place:
        def __init__(self, content):
            self.contents = [content]

        def update(self, content, **options):
            self.contents.append(content)

    def display(content, *, display_id, raw, metadata):
        assert display_id is True
        assert raw
        assert metadata["image/png"]["alt"] in content["text/plain"]
        places.append(Place(content))
        return places[-1]

    shell = type("Shell", (), {"kernel": object()})()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr(IPython.display, "display", display)
    return places


def train(watcher, steps=6, **options):
    torch.manual_seed(0)
    model = Point()
    return model, fit(model, DATA, steps=steps, progress=False, callbacks=[watcher], **options)


def picture(model):
    return show.figure(width=1, height=1)[0]


def test_one_place_shows_every_picture_in_turn(outputs):
    train(show.watch(picture, every=2, alt="Two points"))
    (place,) = outputs
    assert [content["text/plain"] for content in place.contents] == [
        f"<Figure: Two points (step = {step})>" for step in (2, 4, 6)
    ]


def test_two_watches_have_two_places(outputs):
    one, other = (show.watch(picture, every=3) for _ in range(2))
    train(lambda model, step: (one(model, step), other(model, step)))
    assert [len(place.contents) for place in outputs] == [2, 2]


def test_without_a_notebook_nothing_is_shown_and_a_file_holds_the_newest(tmp_path):
    widths = iter([1.0, 2.0])
    draw = lambda model: show.figure(width=next(widths), height=1)[0]  # noqa: E731
    train(show.watch(draw, every=3, path=tmp_path / "samples.png"))
    content = (tmp_path / "samples.png").read_bytes()
    assert np.ptp(Image.open(io.BytesIO(content)).size) > 0  # the second: wider than high
    assert [file.name for file in tmp_path.iterdir()] == ["samples.png"]


def test_the_run_is_as_it_is_without(outputs):
    def noisy(model):
        assert not model.training
        assert not torch.is_grad_enabled()
        torch.rand(5)
        return picture(model)

    class Noisy(Point):
        def loss(self, batch):
            assert self.training
            return super().loss(batch + torch.randn_like(batch))

    def weights(**options):
        torch.manual_seed(0)
        model = Noisy()
        fit(model, DATA, steps=5, progress=False, **options)
        return model.at.detach()

    assert torch.equal(weights(callbacks=[show.watch(noisy, every=2)]), weights())


def test_pictures_are_drawn_with_the_same_noise(outputs):
    drawn = []

    def remember(model):
        drawn.append(torch.rand(3))
        return picture(model)

    train(show.watch(remember, every=1), steps=2)
    assert torch.equal(*drawn)


@pytest.mark.parametrize("every", [0, -1, 2.5, True, "often"])
def test_rounds_between_pictures_are_a_whole_number(every):
    with pytest.raises(ValueError, match=r"every=.* wanted a whole number of rounds, at least 1"):
        show.watch(picture, every=every)


def test_what_is_no_figure_is_named():
    with pytest.raises(TypeError, match="draw must return a matplotlib figure, got int"):
        train(show.watch(lambda model: 3, every=1))
