"""Scores of a chain of games: each begins with the images that it says."""

import pytest
import torch
from torch import Tensor

from genlib.gans import LAPGAN
from genlib.nn import LaplacianPyramid
from genlib.recipes import lapgan_digits as recipe
from genlib.recipes.experiments import samples

IMAGES = torch.rand(30, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture
def model() -> LAPGAN:
    torch.manual_seed(0)
    return LAPGAN(2, width=3, latent=4, hidden=(8,))


def blurred(times: int) -> Tensor:
    pyramid, x = LaplacianPyramid(0), IMAGES
    for way in times * [pyramid.down] + times * [pyramid.up]:
        x = way(x)
    return x


@pytest.mark.parametrize(("side", "times"), [(14, 1), (7, 2)])
def test_without_details_images_are_doubled_from_the_side_that_is_said(
    side: int, times: int, model: LAPGAN, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "TOGETHER", 8)
    for level in model.levels[1:]:
        torch.nn.init.zeros_(level.generator[-1].weight)
    torch.testing.assert_close(recipe.begun(model, side, IMAGES), blurred(times))


def test_the_details_are_drawn_and_nothing_may_be_given(model: LAPGAN) -> None:
    assert not torch.allclose(recipe.begun(model, 14, IMAGES), blurred(1))
    assert torch.equal(recipe.begun(model, 0, IMAGES), samples.drawn(model, len(IMAGES)))
    assert torch.equal(recipe.begun(model, 7, IMAGES), recipe.begun(model, 7, IMAGES))


@pytest.mark.parametrize("side", [0, 7, 14])
def test_the_precision_of_a_run_is_not_that_of_its_scores(side: int, model: LAPGAN) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        found = recipe.begun(model, side, IMAGES)
    assert torch.equal(found, recipe.begun(model, side, IMAGES))
