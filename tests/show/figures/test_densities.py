import math

import numpy as np
import pytest
import torch

from genlib import show


def gaussian(x):
    return -(x**2).sum(-1) / 2 - math.log(2 * math.pi)


def test_density_is_drawn_the_right_way_up_and_integrates_to_one():
    def shifted(x):
        return gaussian(x - torch.tensor([1.0, -2.0]))

    axes = show.density(shifted, bounds=(-6, 6, -6, 6), resolution=120).axes[0]
    image = axes.images[0]
    values = image.get_array()
    row, column = np.unravel_index(values.argmax(), values.shape)
    assert (row / 10 - 6, column / 10 - 6) == pytest.approx((-2, 1), abs=0.11)
    assert image.origin == "lower"
    assert values.sum() * 0.1**2 == pytest.approx(1, abs=1e-3)


def test_a_density_may_be_given_itself():
    logs = show.density(gaussian, resolution=10).axes[0].images[0].get_array()
    plain = show.density(lambda x: gaussian(x).exp(), log=False, resolution=10)
    np.testing.assert_allclose(plain.axes[0].images[0].get_array(), logs)


def test_minus_infinity_is_white():
    def disc(x):
        return torch.where(x.norm(dim=-1) < 1, -math.log(math.pi), -torch.inf)

    assert show.density(disc).axes[0].images[0].get_array().min() == 0


def test_two_densities_share_a_scale_when_asked():
    image = show.density(gaussian, high=0.5).axes[0].images[0]
    assert (image.norm.vmin, image.norm.vmax) == (0, 0.5)


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (lambda x: x, {}, r"must return \(25600,\), got \(25600, 2\)"),
        (lambda x: x[:, 0] * torch.nan, {}, "NaN"),
        (gaussian, {"log": False}, "is it a logarithm"),
    ],
)
def test_what_is_no_density_is_refused(function, options, message):
    with pytest.raises(ValueError, match=message):
        show.density(function, **options)


def test_level_runs_from_low_to_high():
    figure = show.level(lambda x: torch.sigmoid(x[:, 0]), label="D(x)")
    image = figure.axes[0].images[0]
    assert (image.norm.vmin, image.norm.vmax) == (0, 1)
    assert image.get_array()[:, 0].max() < 0.05
    assert figure.axes[1].get_ylabel() == "D(x)"


@pytest.mark.parametrize("keep", [False, True])
def test_densities_on_the_line_from_either_shape(keep):
    normal = torch.distributions.Normal(0, 1)

    def function(x):
        return normal.log_prob(x) if keep else normal.log_prob(x).squeeze(-1)

    x, y = show.density_1d({"model": function}).axes[0].lines[0].get_data()
    np.testing.assert_allclose(y, np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi), rtol=1e-5)


def test_histogram_counts_samples_outside_the_picture_too():
    axes = show.density_1d(
        {"model": lambda x: -(x**2)},
        bounds=(0, 1),
        bins=4,
        samples=torch.tensor([0.1, 0.6, 5.0, 9.0]),
    ).axes[0]
    assert sum(bar.get_height() * bar.get_width() for bar in axes.patches) == pytest.approx(0.5)


def test_one_density_over_samples_needs_a_legend():
    figure = show.density_1d({"model": lambda x: -(x**2)}, samples=torch.zeros(3))
    names = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert names == {"model", "samples"}


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (lambda x: x[:, 0] + 1000, {}, "a density is infinite; the function returned up to 1e"),
        (lambda x: x[:, 0].exp() / 0, {"log": False}, "a density is infinite"),
        (gaussian, {"high": 0.0}, "high=0.0, wanted None or a positive density"),
        (gaussian, {"high": -1.0}, "high=-1.0, wanted"),
        (gaussian, {"resolution": 0}, "resolution=0, wanted a positive whole number"),
    ],
)
def test_what_would_be_drawn_wrongly_is_refused(function, options, message):
    with pytest.raises(ValueError, match=message):
        show.density(function, **options)


def test_a_network_in_half_precision_and_in_a_graph_has_a_density():
    network = torch.nn.Linear(2, 1).bfloat16()
    values = show.density(lambda x: network(x.bfloat16())[:, 0], resolution=4).axes[0].images[0]
    assert values.get_array().shape == (4, 4)


def test_infinite_levels_are_drawn_in_full_colour():
    figure = show.level(lambda x: x[:, 0] / 0, resolution=4)
    assert set(np.unique(figure.axes[0].images[0].get_array().filled(-9))) == {0, 1}


def test_a_level_whose_ends_are_swapped_is_refused():
    with pytest.raises(ValueError, match="low must be below high, got 1 and 0"):
        show.level(gaussian, low=1, high=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"functions": {}}, "functions is empty"),
        ({"functions": lambda x: x}, r"functions must be named, such as .*; got function"),
        ({"bounds": (1, 0)}, "bounds must be two numbers, left < right"),
        ({"bounds": (1, 2, 3)}, "bounds must be two numbers"),
        ({"samples": torch.tensor([1.0, torch.nan])}, "samples is not finite"),
        ({"samples": torch.zeros(5, 2)}, r"samples must have the shape \(N,\) or \(N, 1\)"),
        ({"log": False}, "is it a logarithm"),
        ({"functions": {"a": lambda x: x[:, 0] * 0 + 1e4}}, "a density is infinite"),
    ],
)
def test_what_is_no_density_on_the_line_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        show.density_1d(**({"functions": {"model": lambda x: -(x**2)}} | options))
