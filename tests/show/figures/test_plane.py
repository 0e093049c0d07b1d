import numpy as np
import pytest
import torch

from genlib import show
from genlib.show.figures.plane import lattice, limits


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


def test_arrows_point_where_the_function_says():
    arrows = show.field(lambda x: -x, resolution=4).axes[0].collections[0]
    np.testing.assert_allclose(np.stack([arrows.U, arrows.V], -1), -arrows.get_offsets(), rtol=1e-6)


def test_a_field_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"must return \(400, 2\)"):
        show.field(lambda x: x[:, 0])


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (None, "there is nothing to draw: samples is None"),
        ({}, "there is nothing to draw: samples is empty"),
        ({"": torch.zeros(1, 2)}, "'' cannot name what is drawn"),
        (torch.zeros(2, 2, dtype=torch.complex64), "data must be numbers, real"),
    ],
)
def test_nothing_to_draw_is_refused(samples, message):
    with pytest.raises(ValueError, match=message):
        show.scatter(samples)


def test_points_of_any_precision_in_a_graph_and_a_single_one():
    axes = show.scatter(torch.ones(1, 2).bfloat16().requires_grad_()).axes[0]
    assert axes.collections[0].get_offsets().tolist() == [[1, 1]]


def test_an_array_of_axes_is_refused():
    with pytest.raises(ValueError, match="axes must be one matplotlib Axes, got ndarray"):
        show.scatter(torch.zeros(1, 2), axes=show.figure(1, 2)[1])


@pytest.mark.parametrize("resolution", [0, -1, 2.5])
def test_a_lattice_without_whole_cells_is_refused(resolution):
    with pytest.raises(ValueError, match="wanted a positive whole number"):
        lattice((0, 1, 0, 1), resolution)


def test_bounds_and_arrows_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="bounds is not finite"):
        limits((0, float("inf"), 0, 1))
    with pytest.raises(ValueError, match="what the function returned is not finite"):
        show.field(lambda x: x * torch.inf)
