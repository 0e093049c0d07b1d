"""Counting modes: the rule by hand, and what a count alone does not see."""

import math

import pytest
import torch
from torch import Tensor

from genlib import generator
from genlib.data import toys
from genlib.metrics import labelled_modes, modes

CENTRES = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])


def at(*places: float) -> Tensor:
    return torch.tensor([[place, 0.0] for place in places])


def test_the_rule_by_hand() -> None:
    # Sixteen samples: a fair share is 4, a quarter of it one sample.
    samples = at(*[0.0] * 8, *[1.1] * 5, 2.0, 2.5, 9.0)
    found = modes(samples, CENTRES, 0.2)
    assert found.counts.tolist() == [8, 5, 1, 0]
    assert found.found == 3
    assert found.good == 14 / 16
    assert found.shares.tolist() == [8 / 16, 5 / 16, 1 / 16, 0]
    expected = sum(c / 14 * math.log(4 * c / 14) for c in (8, 5, 1))
    assert found.kl == pytest.approx(expected)
    assert modes(samples, CENTRES, 0.2, least=0.26).found == 2
    assert modes(samples, CENTRES, 0.2, least=0).found == 3
    assert modes(samples, CENTRES, 0.5).counts.sum() == 15  # a radius is reached, too


def test_a_sample_belongs_to_the_nearest_centre_alone() -> None:
    found = modes(at(0.4, 0.6, 0.6), CENTRES, 5.0)
    assert found.counts.tolist() == [1, 2, 0, 0]
    assert found.good == 1


def test_weights_say_what_is_fair() -> None:
    samples = at(*[0.0] * 90, *[1.0] * 4, *[2.0] * 3, *[3.0] * 3)
    heavy = modes(samples, CENTRES, 0.1, weights=[90, 4, 3, 3])
    assert (heavy.found, heavy.kl) == (4, pytest.approx(0))
    assert torch.allclose(heavy.fair, torch.tensor([0.9, 0.04, 0.03, 0.03]).double())
    assert modes(samples, CENTRES, 0.1).found == 1


def test_the_ring_finds_itself() -> None:
    ring = toys.ring()
    found = modes(ring.sample(4000, generator(0)), ring.modes, 0.06)
    assert found.found == 8
    assert found.good == pytest.approx(1 - math.exp(-4.5), abs=0.01)  # three deviations in 2-D
    assert 0 < found.kl < 5 * 7 / 8000


def test_a_square_flatters_a_rule_that_asks_for_one_sample() -> None:
    grid = toys.grid()
    square = 10 * torch.rand(2000, 2, generator=generator(0)) - 5
    lenient, strict = (modes(square, grid.modes, 0.25, least=least) for least in (0, 0.25))
    assert lenient.found == 25 > strict.found
    assert strict.good == pytest.approx(25 * math.pi * 0.25**2 / 100, abs=0.02)


def test_where_no_sample_is_near_nothing_is_found() -> None:
    found = modes(at(50.0, 60.0), CENTRES, 1.0, least=0)
    assert (found.found, found.good, found.kl) == (0, 0, math.inf)
    assert found.counts.tolist() == [0] * 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": torch.zeros(0, 2)}, r"samples is \(0, 2\), wanted"),
        ({"samples": torch.full((3, 2), math.nan)}, "samples holds numbers that are not finite"),
        ({"centres": torch.zeros(4, 3)}, "have different numbers"),
        ({"radius": 0.0}, "radius=0.0, wanted a positive number"),
        ({"radius": math.nan}, "radius=nan, wanted a positive number"),
        ({"weights": [1, 1, 1]}, "wanted 4 positive numbers"),
        ({"weights": [1, 1, 1, 0]}, "wanted 4 positive numbers"),
        ({"least": 1.5}, "least=1.5, wanted a number from 0 to 1"),
    ],
)
def test_what_cannot_be_counted_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        modes(**({"samples": at(0.0), "centres": CENTRES, "radius": 1.0} | arguments))


def sure_of(labels: Tensor, confidence: float = 1.0, classes: int = 10) -> Tensor:
    """Return probabilities (N, S, C) whose likeliest labels are given."""
    rest = (1 - confidence) / (classes - 1)
    return torch.full((*labels.shape, classes), rest).scatter(-1, labels[..., None], confidence)


def test_single_digits_by_hand() -> None:
    probabilities = sure_of(torch.tensor([[3], [3], [7], [0]]))
    probabilities[3] = sure_of(torch.tensor([[0]]), 0.85)
    found = labelled_modes(probabilities)
    assert found.counts.tolist() == [1, 0, 0, 2, 0, 0, 0, 1, 0, 0]
    assert (found.found, found.good) == (3, 0.75)
    assert found.kl == pytest.approx(math.log(10) - 1.5 * math.log(2))  # less the entropy
    assert labelled_modes(probabilities, sure=0.8).good == 1
    half = sure_of(torch.tensor([[3]]), 0.5)
    assert labelled_modes(half, sure=0.5).good == 0  # it has to exceed that


def test_a_stack_of_three_digits_is_a_number_of_three_digits() -> None:
    found = labelled_modes(sure_of(torch.tensor([[0, 4, 2], [9, 9, 9], [9, 9, 9]])))
    assert found.counts.shape == (1000,)
    assert found.counts.nonzero()[:, 0].tolist() == [42, 999]
    assert found.counts[999] == 2
    assert found.found == 2


def test_every_image_of_a_stack_has_to_be_sure() -> None:
    probabilities = sure_of(torch.tensor([[1, 2, 3], [1, 2, 3]]))
    probabilities[0, 2] = sure_of(torch.tensor(3), 0.5)
    found = labelled_modes(probabilities)
    assert found.counts[123] == 2
    assert found.good == 0.5


def test_even_stacks_are_uniform_up_to_chance() -> None:
    n = 26_000
    labels = torch.randint(10, (n, 3), generator=generator(0))
    found = labelled_modes(sure_of(labels))
    assert found.found == 1000
    assert found.kl == pytest.approx(999 / (2 * n), rel=0.15)
    assert found.shares.sum() == pytest.approx(1)
    half = labelled_modes(sure_of(labels % 5))
    assert half.found == 125
    assert half.kl == pytest.approx(math.log(8), abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"probabilities": torch.ones(4, 10) / 10}, r"\(N, S, C\) .*; this is \(4, 10\)"),
        ({"probabilities": torch.zeros(0, 1, 10)}, r"this is \(0, 1, 10\)"),
        ({"probabilities": torch.randn(4, 1, 10)}, "these range over"),
        ({"probabilities": torch.ones(4, 1, 10)}, "add up to 1; these range over"),
        ({"probabilities": torch.full((4, 1, 10), math.nan)}, "these range over"),
        ({"sure": -1}, "sure=-1, wanted a number from 0 to 1"),
        ({"least": math.nan}, "least=nan, wanted"),
        ({"weights": torch.ones(9)}, "wanted 10 positive numbers"),
    ],
)
def test_what_is_no_probability_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        labelled_modes(**({"probabilities": torch.ones(4, 1, 10) / 10} | arguments))
