import math

import numpy as np
import pytest
import torch

from genlib import show
from genlib.show.figures.plane import lattice, limits


def gaussian(x):
    return -(x**2).sum(-1) / 2 - math.log(2 * math.pi)


def test_limits_from_four_numbers_and_from_two_corners():
    assert limits((-1, 2, -3, 4)) == (-1, 2, -3, 4)
    assert limits(torch.tensor([[-1.0, -3.0], [2.0, 4.0]])) == (-1, 2, -3, 4)


@pytest.mark.parametrize("bounds", [(1, 1, 0, 1), (0, 1, 2, 1), (0, 1), [[[0, 1]]], ()])
def test_limits_that_enclose_nothing_are_refused(bounds):
    with pytest.raises(ValueError, match="bounds"):
        limits(bounds)


def test_lattice_holds_the_centres_of_cells_bottom_left_first():
    at = lattice((0, 4, 10, 12), 2)
    assert at.tolist() == [[[1, 10.5], [3, 10.5]], [[1, 11.5], [3, 11.5]]]


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


@pytest.mark.parametrize(
    "samples", [torch.zeros(3), torch.zeros(3, 3), torch.zeros(0, 2), torch.full((2, 2), torch.inf)]
)
def test_what_are_no_points_is_refused(samples):
    with pytest.raises(ValueError, match="data"):
        show.scatter(samples)


def test_points_by_name_have_a_legend_and_their_roles():
    axes = show.scatter({"data": torch.zeros(5, 2), "generator": torch.ones(4, 2)}).axes[0]
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["data", "generator"]
    assert [len(c.get_offsets()) for c in axes.collections] == [5, 4]


def test_level_runs_from_low_to_high():
    figure = show.level(lambda x: torch.sigmoid(x[:, 0]), label="D(x)")
    image = figure.axes[0].images[0]
    assert (image.norm.vmin, image.norm.vmax) == (0, 1)
    assert image.get_array()[:, 0].max() < 0.05
    assert figure.axes[1].get_ylabel() == "D(x)"


def test_arrows_point_where_the_function_says():
    arrows = show.field(lambda x: -x, resolution=4).axes[0].collections[0]
    np.testing.assert_allclose(np.stack([arrows.U, arrows.V], -1), -arrows.get_offsets(), rtol=1e-6)


def test_a_field_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"must return \(400, 2\)"):
        show.field(lambda x: x[:, 0])


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
