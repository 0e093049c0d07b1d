"""The stored digit classifier names digits, and distances of its features tell sets apart."""

import pytest
import torch
from torch import Tensor

from genlib import generator, zoo
from genlib.data import load
from genlib.metrics import (
    features,
    frechet,
    kernel,
    label_probabilities,
    labelled_modes,
    precision_recall,
)

pytestmark = pytest.mark.skipif(
    "digit-classifier" not in zoo.names(), reason="its weights are made by its recipe"
)


@pytest.fixture(scope="module")
def probabilities() -> Tensor:
    return label_probabilities(load("mnist", "test").unit()[:1000])


def test_it_names_digits_and_is_sure_of_them(probabilities: Tensor) -> None:
    labels = load("mnist", "test").labels[:1000]
    assert (probabilities[:, 0].argmax(1) == labels).double().mean() >= 0.985
    found = labelled_modes(probabilities)
    assert torch.equal(found.counts, probabilities[:, 0].argmax(1).bincount(minlength=10))
    assert found.found == 10
    assert found.good > 0.95
    assert found.kl < 0.02


def test_stacks_of_digits_reach_every_mode(probabilities: Tensor) -> None:
    places = torch.randint(1000, (26_000, 3), generator=generator(0))
    found = labelled_modes(probabilities[places, 0])
    assert found.found == 1000
    assert found.kl < 0.08
    assert found.good > 0.9


def test_every_feature_says_something() -> None:
    found = features(load("mnist", "test").unit()[:500])
    assert found.shape == (500, 64)
    assert (found.std(0) > 0.01).all()


def test_its_card_says_what_it_reached() -> None:
    measured, value = list(zoo.card("digit-classifier").metrics.items())[-1]
    assert measured == "test accuracy, %, 10,000 images"
    assert value >= 99.2
    assert (zoo.folder() / "digit-classifier.safetensors").stat().st_size < 1_000_000


def test_digits_are_nearer_to_digits_than_damaged_ones() -> None:
    digits = load("mnist", "test").unit()
    real, other, some = digits[:500], digits[500:1000], load("mnist", "test").labels[500:1000] < 5
    noisy = (other + 0.3 * torch.randn(other.shape, generator=generator(0))).clamp(0, 1)
    data, same, damaged, half = (features(x) for x in (real, other, noisy, other[some]))
    assert frechet(data, same) < min(frechet(data, damaged), frechet(data, half)) / 2
    near, far = kernel(data, same), kernel(data, damaged)
    assert far.value - near.value > 3 * far.error
    assert precision_recall(data, half).coverage < precision_recall(data, same).coverage - 0.2
