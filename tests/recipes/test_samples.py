"""Scores of games that draw digits: real digits are the yardstick, and noise is told apart."""

from functools import partial

import pytest
import torch
from torch import Tensor

from genlib.data import load
from genlib.gans import DCGAN
from genlib.recipes.experiments.samples import drawn, held_out, in_parts, in_unit, scores

FEW = 300


class Copies(DCGAN):
    """A model that draws given images, in order and from the beginning each time it is asked."""

    def __init__(self, images: Tensor) -> None:
        super().__init__(width=1)
        self.images, self.at = images, 0

    def sample(self, n: int, **_: object) -> Tensor:
        begin, self.at = self.at, self.at + n
        return self.images[begin : self.at]


def test_test_digits_are_at_no_distance_from_themselves() -> None:
    digits = load("mnist", "test")[:FEW]
    found = dict(scores(Copies(digits.symmetric()), images=FEW))
    said = f"{FEW} samples, {FEW} test images"
    assert found[f"Fréchet distance, {said}"] == pytest.approx(0, abs=1e-6)
    assert found[f"precision, {said}"] == found[f"recall, {said}"] == 1
    shares = digits.labels.bincount(minlength=10) / FEW
    assert found[f"KL of label shares to even ones, nats, {FEW} samples"] == pytest.approx(
        (shares * (10 * shares).log()).sum().item(), abs=0.01
    )
    assert found[f"samples surer than 0.9, %, {FEW} samples"] > 97


def test_black_is_minus_one() -> None:
    black = Copies(torch.full((FEW, 1, 28, 28), -1.0))
    real = Copies(load("mnist", "train")[:FEW].symmetric())
    worse, better = (list(dict(scores(model, images=FEW)).values())[-1] for model in (black, real))
    assert better < worse / 5


def test_the_history_keeps_a_distance_of_validation_images() -> None:
    validation = load("mnist", "validation").symmetric()
    assert held_out(Copies(validation))["validation"] == pytest.approx(0, abs=1e-6)


def test_samples_come_from_codes_that_are_the_same_each_time() -> None:
    torch.manual_seed(3)
    model = DCGAN(width=1)
    first = drawn(model, 501)
    assert first.shape == (501, 1, 28, 28)
    assert torch.equal(first, drawn(model, 501))
    assert not torch.equal(first[0], first[500])


def test_samples_are_those_of_the_seed() -> None:
    def draw(n: int, generator: torch.Generator) -> Tensor:
        return torch.rand(n, 1, 28, 28, generator=generator)

    parts = partial(in_parts, draw, 501)
    assert torch.equal(parts(seed=1), parts(seed=1))
    assert not torch.equal(parts(seed=1)[0], parts(seed=2)[0])
    assert not torch.equal(parts(seed=1)[0], parts(seed=1)[500])


def test_beyond_black_and_white_there_is_nothing() -> None:
    images = torch.tensor([-3.0, -1.0, 0.0, 0.5, 1.0, 2.0])
    assert in_unit(images).tolist() == [0.0, 0.0, 0.5, 0.75, 1.0, 1.0]
