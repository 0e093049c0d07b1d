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
