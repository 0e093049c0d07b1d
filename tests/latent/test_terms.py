"""The two terms of the bound against their definitions: closed forms, Monte Carlo, quadrature."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from genlib.latent import VAE
from genlib.latent.gaussian import gaussian_rate, reparameterise
from genlib.likelihoods import Gaussian


def gaussian(mean: torch.Tensor, log_variance: torch.Tensor) -> Independent:
    """Return q(z|x) as torch's own distribution."""
    return Independent(Normal(mean, (0.5 * log_variance).exp()), 1)


@pytest.fixture
def parameters() -> tuple[torch.Tensor, torch.Tensor]:
    """Return means and log-variances of five Gaussians in three dimensions."""
    torch.manual_seed(0)
    return torch.randn(5, 3).double(), torch.randn(5, 3).double()


def test_rate_is_the_divergence_of_torch(parameters: tuple[torch.Tensor, torch.Tensor]) -> None:
    q, prior = gaussian(*parameters), gaussian(torch.zeros(3).double(), torch.zeros(3).double())
    assert torch.allclose(gaussian_rate(*parameters), kl_divergence(q, prior), rtol=1e-10)


def test_rate_is_the_mean_log_ratio(parameters: tuple[torch.Tensor, torch.Tensor]) -> None:
    q, prior = gaussian(*parameters), gaussian(torch.zeros(3).double(), torch.zeros(3).double())
    z = q.sample((200_000,))
    ratio = q.log_prob(z) - prior.log_prob(z)
    error = ratio.std(0) / 200_000**0.5
    assert ((ratio.mean(0) - gaussian_rate(*parameters)).abs() < 5 * error).all()


def test_rate_of_the_prior_is_zero_and_of_others_is_not() -> None:
    zero = torch.zeros(2, 4)
    assert (gaussian_rate(zero, zero) == 0).all()
    assert torch.allclose(gaussian_rate(zero + 1, zero), torch.tensor(2.0))  # 4 codes, 1/2 each


def test_reparameterised_draws_have_the_right_moments_and_gradients() -> None:
    torch.manual_seed(0)
    n, mu, log_variance = 400_000, 0.7, -0.5
    mean = torch.full((n,), mu).double().requires_grad_()
    spread = torch.full((n,), log_variance).double().requires_grad_()
    z = reparameterise(mean, spread)
    assert abs(z.mean() - mu) < 5 * z.std() / n**0.5
    assert abs(z.var() - math.exp(log_variance)) < 0.01
    z.square().sum().backward()  # E z^2 = mu^2 + variance
    assert abs(mean.grad.mean() - 2 * mu) < 0.01
    assert abs(spread.grad.mean() - math.exp(log_variance)) < 0.01


def test_the_best_scale_is_the_root_mean_squared_error() -> None:
    torch.manual_seed(0)
    x, mean = torch.rand(50, 20).double(), torch.rand(50, 20).double()
    pixels = Gaussian(event_dims=1).double()
    with torch.no_grad():
        pixels.log_scale.fill_(0.5 * (x - mean).square().mean().log())
    pixels.log_prob(x, mean[:, None]).mean().backward()
    assert abs(pixels.log_scale.grad) < 1e-10


def test_terms_are_sums_over_pixels_and_codes() -> None:
    torch.manual_seed(0)
    model = VAE(latent=3, hidden=(8,), event_shape=(1, 4, 4))
    x = torch.randint(0, 2, (5, 1, 4, 4)).float()
    torch.manual_seed(1)
    reconstruction, rate = model.terms(x)
    torch.manual_seed(1)
    mean, log_variance = model.encode(x)
    z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
    expected = Independent(Bernoulli(logits=model.decode(z)[:, 0]), 3).log_prob(x)
    assert reconstruction.shape == rate.shape == (5,)
    assert torch.allclose(reconstruction, expected, rtol=1e-5)
    assert torch.allclose(rate, gaussian_rate(mean, log_variance))
