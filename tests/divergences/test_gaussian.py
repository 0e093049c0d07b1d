"""Gaussians: numbers by hand, other libraries, Monte Carlo, refusals."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from genlib.divergences import kl_gaussian, kl_gaussian_full
from tests.divergences.tables import table


def test_kl_gaussian_by_hand():
    # N(1, 1) to N(0, 1): 1/2; N(0, e) to N(0, 1): (e - 1 - 1)/2
    assert kl_gaussian(table(1.0), table(0.0)).item() == pytest.approx(0.5)
    assert kl_gaussian(table(0.0), table(1.0)).item() == pytest.approx((math.e - 2) / 2)


def test_kl_gaussian_against_torch_distributions():
    torch.manual_seed(0)
    m, s, n, v = torch.randn(4, 5, 3, dtype=torch.float64).unbind()
    wanted = torch.distributions.kl_divergence(Normal(m, (s / 2).exp()), Normal(n, (v / 2).exp()))
    torch.testing.assert_close(kl_gaussian(m, s, n, v), wanted.sum(-1))


def test_kl_gaussian_full_against_torch_distributions_and_the_diagonal_form():
    torch.manual_seed(0)
    m, n = torch.randn(2, 4, 3, dtype=torch.float64).unbind()
    a, b = torch.randn(2, 4, 3, 3, dtype=torch.float64).unbind()
    s, v = (x @ x.mT + 0.5 * torch.eye(3, dtype=torch.float64) for x in (a, b))
    wanted = torch.distributions.kl_divergence(MultivariateNormal(m, s), MultivariateNormal(n, v))
    torch.testing.assert_close(kl_gaussian_full(m, s, n, v), wanted)
    log_variance = torch.randn(4, 3, dtype=torch.float64)
    full = kl_gaussian_full(m, torch.diag_embed(log_variance.exp()), n, v * 0 + torch.eye(3))
    torch.testing.assert_close(full, kl_gaussian(m, log_variance, n))


def test_kl_gaussian_against_monte_carlo():
    torch.manual_seed(0)
    m, s, n, v = table(0.3, -1.0), table(0.5, -0.4), table(0.0, -0.5), table(0.1, 0.2)
    p, q = Normal(m, (s / 2).exp()), Normal(n, (v / 2).exp())
    x = p.sample((200_000,))
    ratios = (p.log_prob(x) - q.log_prob(x)).sum(-1)
    error = ratios.std() / len(ratios) ** 0.5
    assert abs(kl_gaussian(m, s, n, v) - ratios.mean()) < 4 * error


def test_kl_gaussian_refuses():
    with pytest.raises(ValueError, match=r"mean is \(2,\).*log_variance \(3,\)"):
        kl_gaussian(torch.zeros(2), torch.zeros(3))
    with pytest.raises(ValueError, match="int64"):
        kl_gaussian(torch.zeros(2, dtype=torch.int64), torch.zeros(2))
    eye = torch.eye(2)
    with pytest.raises(ValueError, match="positive definite"):
        kl_gaussian_full(torch.zeros(2), eye, torch.zeros(2), -eye)
    with pytest.raises(ValueError, match=r"covariance is \(3, 3\)"):
        kl_gaussian_full(torch.zeros(2), torch.eye(3), torch.zeros(2), eye)


def test_kl_of_nearly_equal_gaussians_in_float32():
    # exp(r) - 1 - r is r^2 / 2 here, of which a difference of rounded numbers keeps no digit
    for ratio in (1e-3, 1e-4, -1e-4, 1e-5):
        found = kl_gaussian(torch.zeros(1), torch.tensor([ratio])).item()
        assert found == pytest.approx(ratio**2 / 4, rel=1e-2)
    assert kl_gaussian(torch.zeros(9), torch.zeros(9)).item() == 0


def test_kl_gaussian_is_that_of_the_difference_of_means():
    unit = torch.zeros(3)
    for offset in (0.0, 1e4, -1e4):
        assert kl_gaussian(unit + offset, unit, unit + offset + 0.5).item() == pytest.approx(0.375)
        full = kl_gaussian_full(unit + offset, torch.eye(3), unit + offset + 0.5, torch.eye(3))
        assert full.item() == pytest.approx(0.375)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_units_do_not_change_the_divergence(scale):
    torch.manual_seed(0)
    a, b = torch.randn(2, 3, 3).unbind()
    s, v, m = a @ a.mT + torch.eye(3), b @ b.mT + torch.eye(3), torch.randn(3)
    wanted = kl_gaussian_full(m.double(), s.double(), m.double() * 0, v.double()).item()
    found = kl_gaussian_full(scale * m, scale**2 * s, 0 * m, scale**2 * v).item()
    assert found == pytest.approx(wanted, rel=1e-4)


LOPSIDED = torch.tensor([[1.0, 0.5], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        (LOPSIDED, "other_covariance is not symmetric"),
        (1e-6 * LOPSIDED, "other_covariance is not symmetric"),
        (torch.tensor([[1.0, 2.0], [2.0, 1.0]]), "other_covariance is not positive definite"),
        (torch.zeros(2, 2), "other_covariance is not positive definite"),
        (torch.full((2, 2), math.nan), "other_covariance is not finite"),
        (torch.eye(2) * math.inf, "other_covariance is not finite"),
        (torch.eye(2).long(), r"other_covariance is torch.int64"),
        (torch.eye(2).tolist(), "other_covariance is list"),
        (torch.ones(2), r"other_covariance is \(2,\), wanted \(..., 2, 2\)"),
    ],
)
def test_what_is_no_covariance_is_refused(covariance, message):
    zero, eye = torch.zeros(2), torch.eye(2)
    with pytest.raises(ValueError, match=message):
        kl_gaussian_full(zero, eye, zero, covariance)
    with pytest.raises(ValueError, match=message.replace("other_", "")):
        kl_gaussian_full(zero, covariance, zero, eye)


def test_a_covariance_may_be_as_asymmetric_as_rounding_makes_it():
    torch.manual_seed(0)
    a = torch.randn(2, 50)
    rounded = a @ a.T + 2e-5 * torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    assert not torch.equal(rounded, rounded.T)
    assert kl_gaussian_full(torch.zeros(2), rounded, torch.zeros(2), a @ a.T).abs() < 1e-5


@pytest.mark.parametrize(
    ("mean", "other", "message"),
    [
        (torch.zeros(2), torch.zeros(3), r"other_mean is \(3,\)"),
        (torch.zeros(()), torch.zeros(2), r"mean is \(\)"),
        ([0.0, 0.0], torch.zeros(2), "mean is list"),
        (torch.zeros(2), 0.0, "other_mean is float"),
        (torch.zeros(2).long(), torch.zeros(2), "mean is torch.int64"),
        (torch.zeros(4, 2), torch.zeros(3, 2), "do not go together"),
    ],
)
def test_what_are_no_means_are_refused(mean, other, message):
    with pytest.raises(ValueError, match=message):
        kl_gaussian_full(mean, torch.eye(2), other, torch.eye(2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, torch.zeros(2)), "mean is float"),
        ((torch.zeros(2), 0.0), "log_variance is float"),
        ((torch.zeros(()), torch.zeros(())), r"mean is \(\)"),
        ((torch.zeros(2), torch.zeros(2), torch.zeros(3)), r"other_mean is \(3,\)"),
        ((torch.zeros(4, 1), torch.zeros(4, 1), 0.0, torch.zeros(3)), "other_log_variance is"),
        ((torch.zeros(2), torch.zeros(2), "0"), "other_mean is str"),
    ],
)
def test_kl_gaussian_refuses_every_argument(arguments, message):
    with pytest.raises(ValueError, match=message):
        kl_gaussian(*arguments)
