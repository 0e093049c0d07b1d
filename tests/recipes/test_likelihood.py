"""Scores in parts: each part has random numbers of its own, so that it can be scored by itself."""

import pytest
import torch

from genlib.latent import VAE
from genlib.recipes.experiments.likelihood import TOGETHER, bound, bounds
from genlib.runtime import seeded

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model():
    with seeded(0, CPU):
        return VAE(latent=2, hidden=(8,), event_shape=(1, 2, 2)).eval()


@pytest.fixture(scope="module")
def images():
    generator = torch.Generator().manual_seed(1)
    return torch.rand(2 * TOGETHER + 50, 1, 2, 2, generator=generator).round()


def of_part(model, part, number, draws):
    """The sum over a part that is the first, the second, ... of its data set."""
    with torch.no_grad(), seeded(number, CPU):
        return model.log_prob(part, draws).double().sum().item()


def test_the_bound_is_the_mean_over_images_whatever_the_parts(model, images):
    sums = [of_part(model, part, i, 3) for i, part in enumerate(images.split(TOGETHER))]
    assert bound(model, images, 3) == pytest.approx(sum(sums) / len(images), abs=1e-6)


def test_a_part_is_scored_alike_alone_and_after_others(model, images):
    first = bound(model, images[:TOGETHER], 3)
    both = bound(model, images[: 2 * TOGETHER], 3)
    second = of_part(model, images[TOGETHER : 2 * TOGETHER], 1, 3) / TOGETHER
    assert both == pytest.approx((first + second) / 2, abs=1e-6)


def test_the_callers_random_numbers_are_neither_used_nor_moved(model, images):
    torch.manual_seed(5)
    one, state = bound(model, images, 2), torch.get_rng_state()
    torch.manual_seed(6)
    assert bound(model, images, 2) == one
    torch.manual_seed(5)
    assert torch.equal(torch.get_rng_state(), state)


def test_how_many_images_is_said(monkeypatch, model):
    monkeypatch.setattr("genlib.recipes.experiments.likelihood.bound", lambda *given: -1.0)
    said = [measured for measured, _ in bounds(model)]
    assert said[-2:] == [
        "test ELBO, nats, 10,000 images",
        "test bound, 5,000 draws, nats, first 1,000 images",
    ]
    said = [measured for measured, _ in bounds(model, images=10_000, draws=7)]
    assert said[-1] == "test bound, 7 draws, nats, 10,000 images"
