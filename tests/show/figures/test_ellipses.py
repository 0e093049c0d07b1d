import numpy as np
import pytest
import torch

from genlib import show

MEAN = torch.tensor([1.0, -2.0])
COVARIANCE = torch.tensor([[2.0, 0.9], [0.9, 0.5]])


def drawn(*args, **options):
    axes = show.figure()[1]
    assert show.ellipse(axes, *args, **options) is None
    return axes.lines[0]


@pytest.mark.parametrize("sigmas", [1.0, 2.0, 3.5])
def test_every_point_has_that_mahalanobis_distance(sigmas):
    away = drawn(MEAN, COVARIANCE, sigmas).get_xydata() - MEAN.numpy()
    squared = (away @ np.linalg.inv(COVARIANCE.numpy()) * away).sum(1)
    np.testing.assert_allclose(squared, sigmas**2, rtol=1e-5)


def test_it_is_two_by_default_closed_and_goes_all_round():
    away = drawn([0, 0], [[1, 0], [0, 1]]).get_xydata()
    np.testing.assert_allclose(np.hypot(*away.T), 2)
    np.testing.assert_allclose(away[0], away[-1], atol=1e-9)
    assert {(x > 0, y > 0) for x, y in away} == {
        (a, b) for a in (True, False) for b in (True, False)
    }


def test_it_keeps_colour_width_and_label():
    line = drawn(MEAN, COVARIANCE, colour="#123456", width=1.5, label="q")
    assert (line.get_color(), line.get_linewidth(), line.get_label()) == ("#123456", 1.5, "q")


def test_tensors_of_any_precision_in_a_graph():
    line = drawn(torch.zeros(2).bfloat16(), torch.eye(2).requires_grad_())
    np.testing.assert_allclose(np.hypot(*line.get_xydata().T), 2)


@pytest.mark.parametrize(
    ("mean", "covariance", "sigmas", "message"),
    [
        (torch.zeros(3), torch.eye(3), 2, r"mean \(3,\) and covariance \(3, 3\), wanted"),
        (torch.zeros(2), torch.ones(2), 2, r"covariance \(2,\), wanted \(2,\) and \(2, 2\)"),
        (torch.zeros(2), torch.ones(2, 2), 2, "is not symmetric and positive definite"),
        (torch.zeros(2), -torch.eye(2), 2, "is not symmetric and positive definite"),
        (torch.zeros(2), torch.tensor([[1.0, 0.5], [0.0, 1.0]]), 2, "is not symmetric"),
        (torch.full((2,), torch.nan), torch.eye(2), 2, "mean is not finite"),
        (torch.zeros(2), torch.eye(2), 0, "sigmas=0, wanted a positive number"),
    ],
)
def test_what_is_no_gaussian_is_refused(mean, covariance, sigmas, message):
    with pytest.raises(ValueError, match=message):
        drawn(mean, covariance, sigmas)


def test_what_is_no_axes_is_refused():
    with pytest.raises(ValueError, match="axes must be one matplotlib Axes, got ndarray"):
        show.ellipse(show.figure(1, 2)[1], MEAN, COVARIANCE)
