"""The streets that a style-based GAN learns, and what judges them."""

import pytest
import torch

from genlib.data.pixels import symmetric
from genlib.recipes import style_gan as recipe


def test_the_judges_know_weather_and_layout() -> None:
    streets = recipe.streets("validation")
    images, labels = recipe.pictures("validation").symmetric(labels=True)
    assert (recipe.weathers(images) == labels).double().mean() > 0.99
    shares = torch.nn.functional.one_hot(streets.labels.long()).movedim(-1, 1).double()
    mostly = torch.nn.functional.avg_pool2d(shares, recipe.BLOCK).flatten(2).argmax(dim=1)
    found = recipe.layouts(images)
    right, other = ((one == mostly).double().mean() for one in (found, found.roll(1, 0)))
    assert right > 0.85 > 0.75 > other
    by_night = recipe.layouts(symmetric(streets.view("night")))
    assert (by_night == found).double().mean() > 0.85  # the same streets at another time


def test_a_ridge_is_the_least_of_its_cost() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(50, n, generator=generator, dtype=torch.float64) for n in (4, 3))

    def cost(weights: torch.Tensor) -> torch.Tensor:
        return (x @ weights - y).square().sum(1).mean() + 0.3 * weights.square().sum()

    found = recipe.ridge(x, y, 0.3).requires_grad_()
    (slope,) = torch.autograd.grad(cost(found), found)
    assert slope.abs().max() < 1e-12


def test_pictures_compare_with_themselves_at_distance_nought() -> None:
    real = recipe.pictures("validation").symmetric()[:200]
    same = recipe.compared(real, real)
    assert same["uneven"] == pytest.approx(0, abs=1e-3)
    assert same["distance"] < 1e-3  # of patches other places are drawn
    by_day = recipe.compared(real[::4], real)
    assert by_day["uneven"] == pytest.approx(torch.tensor(4.0).log().item(), abs=1e-6)
    assert by_day["distance"] > 1
