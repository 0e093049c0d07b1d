"""Flow matching of digits: what a model that has learnt nothing scores is known."""

import math

import pytest
import torch

from genlib.data import Images, load
from genlib.diffusion import FlowMatching, UNet
from genlib.recipes import flow_matching as recipe


@pytest.fixture
def still() -> FlowMatching:
    """Return a model of digits whose velocity is 0, as it is before training."""
    return FlowMatching(UNet(widths=(2, 2), blocks=1))


def test_the_error_of_standing_still_is_that_of_data_and_noise(
    still: FlowMatching, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = load("mnist", "validation")[:500]
    monkeypatch.setattr(recipe, "load", lambda *which: digits)
    squares = digits.dequantised(seed=0).mul(2).sub(1).square().sum() / 500
    found = recipe.held_out(still)["validation"]
    assert found == pytest.approx(784 + squares.item(), abs=5)
    assert found == recipe.held_out(still)["validation"]  # the noise is fixed


def test_standing_still_gives_the_density_of_noise(still: FlowMatching) -> None:
    x = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    inward = 2 * x - 1
    exact = -0.5 * (inward.square() + math.log(2 * math.pi)).flatten(1).sum(1) + 784 * math.log(2)
    assert torch.allclose(recipe.log_prob(still, x, 2), exact)


def test_the_scores_say_how_they_were_taken(
    still: FlowMatching, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = Images(torch.zeros(2, 1, 28, 28, dtype=torch.uint8), torch.zeros(2, dtype=torch.long))
    monkeypatch.setattr(recipe, "load", lambda *which: blank)
    monkeypatch.setattr(recipe, "STEPS", (1, 2))
    monkeypatch.setattr(recipe, "EULER", 1)
    real = torch.randn(80, 64, generator=torch.Generator().manual_seed(0)).double()
    monkeypatch.setattr(recipe, "digit_features", lambda split: real)
    with torch.autocast("cpu", torch.bfloat16):
        found = dict(recipe.scores(still, images=80))
    first, second, *_ = found.items()
    assert first[0] == "test bits/dim, Heun 1, first 2 images"
    assert first[1] == pytest.approx(second[1], abs=1e-4)  # nothing to solve
    levels = 0.5 * (1 + math.log(2 * math.pi)) / math.log(2) + 7  # black is -1 within the model
    assert first[1] == pytest.approx(levels, abs=0.02)
    assert list(found)[-1] == "Fréchet distance, Euler 1, 80 samples, all test images"
