"""Scores of densities: bits a dimension of grey levels, by one draw of the noise and by several."""

import math

import pytest
import torch
from torch import Tensor

from genlib.data import Images
from genlib.flows import NICE, Flow
from genlib.recipes.experiments import density
from genlib.recipes.experiments.density import bits, log_prob, scores


class Ramp(Flow):
    """The density 2 x of a single pixel in [0, 1], or 1 if it is flat."""

    def __init__(self, slope: bool) -> None:
        super().__init__(NICE(event_shape=(2,)).transform, event_shape=(1, 1, 1))
        self.slope = slope

    def log_prob(self, x: Tensor) -> Tensor:
        flat = x.flatten(1).sum(1)
        return torch.log(2 * flat) if self.slope else 0 * flat


@pytest.fixture(scope="module")
def digits() -> Images:
    """Return every grey level once, as images of one pixel, too many to be scored at once."""
    levels = torch.arange(256, dtype=torch.uint8).repeat(3).view(-1, 1, 1, 1)
    return Images(levels, torch.zeros(len(levels), dtype=torch.long))


def test_a_uniform_density_costs_eight_bits(digits: Images) -> None:
    for draws in (1, 3):
        assert bits(Ramp(slope=False), digits, draws) == pytest.approx(8)


def test_many_draws_come_near_the_logarithm_of_the_mean_density(digits: Images) -> None:
    found = log_prob(Ramp(slope=True), digits, draws=200).view(3, 256)
    k = torch.arange(256).double()
    exact = torch.log((2 * k + 1) / 256)  # the mean of 2 x over [k, k + 1) / 256
    assert (found - exact).abs().max() < 0.2
    one = log_prob(Ramp(slope=True), digits, draws=1).view(3, 256)
    assert one[:, 0].mean() < found[:, 0].mean()  # log of the mean is above the mean of logs


def test_draws_are_the_same_each_time_and_do_not_depend_on_how_many_follow(digits: Images) -> None:
    model = Ramp(slope=True)
    torch.manual_seed(5)
    first, state = log_prob(model, digits, 1), torch.get_rng_state()
    torch.manual_seed(6)
    assert torch.equal(log_prob(model, digits, 1), first)
    assert torch.equal(first, model.log_prob(digits.dequantised(seed=0)).double())
    second = model.log_prob(digits.dequantised(seed=1)).double()
    both = torch.logaddexp(first, second) - math.log(2)
    assert torch.allclose(log_prob(model, digits, 2), both)
    torch.manual_seed(5)
    assert torch.equal(torch.get_rng_state(), state)


def test_how_many_images_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(density, "bits", lambda model, digits, draws: len(digits))
    said = dict(scores(Ramp(slope=False)))
    assert list(said) == [
        "validation bits/dim, 16 draws, first 1,000 images",
        "validation bits/dim, one draw, 5,000 images",
        "test bits/dim, 16 draws, first 1,000 images",
        "test bits/dim, one draw, 10,000 images",
    ]
    assert list(said.values()) == [1000, 5000, 1000, 10_000]
    said = dict(scores(Ramp(slope=False), images=300, draws=2))
    assert said["test bits/dim, 2 draws, first 300 images"] == 300
    assert said["test bits/dim, one draw, first 300 images"] == 300
