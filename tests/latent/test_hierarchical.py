"""The VAE with two layers of codes: product of Gaussians, bound, loss, samples."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from genlib.data import all_binary_images
from genlib.latent import HierarchicalVAE
from genlib.latent.hierarchical import product, weighted

SHAPE = (1, 2, 2)


def small(**options: object) -> HierarchicalVAE:
    """Return a small model of 2 x 2 images."""
    torch.manual_seed(0)
    sizes = {"latent": 1, "top": 1, "hidden": (6,), "prior_hidden": (5,), "event_shape": SHAPE}
    return HierarchicalVAE(**(sizes | options))


def every_image() -> torch.Tensor:
    """Return all 16 binary images (16, 1, 2, 2)."""
    return all_binary_images(2).double()


def test_product_of_gaussians_is_the_normalised_product_of_densities() -> None:
    first, second = torch.tensor([[0.7, -0.3]]).double(), torch.tensor([[-1.1, 1.2]]).double()
    (mean, log_variance) = product(first.T, second.T)
    q, p = Normal(0.7, torch.tensor(-0.15).exp()), Normal(-1.1, torch.tensor(0.6).exp())
    z = torch.linspace(-12, 12, 20_001).double()
    density = (q.log_prob(z) + p.log_prob(z)).exp()
    density = density / torch.trapezoid(density, z)
    expected = torch.trapezoid(density * z, z)
    variance = torch.trapezoid(density * (z - expected).square(), z)
    assert torch.isclose(mean[0], expected, rtol=1e-5)
    assert torch.isclose(log_variance[0].exp(), variance, rtol=1e-5)


@torch.no_grad()
def test_weighted_draws_have_the_ratio_of_the_densities() -> None:
    torch.manual_seed(0)
    q, p = torch.randn(2, 3, 4).double(), torch.randn(2, 3, 4).double()
    z, ratio = weighted(q, p, 6)
    normals = [Normal(mean, (0.5 * log_variance).exp()) for mean, log_variance in (q, p)]
    expected = (normals[1].log_prob(z) - normals[0].log_prob(z)).sum(-1)
    assert z.shape == (6, 3, 4)
    assert torch.allclose(ratio, expected)


@torch.no_grad()
def test_bounds_stay_below_the_exact_likelihood_and_reach_it() -> None:
    model, x = small().double(), every_image()
    for log_variance in (1, 3):  # a wide q, so that importance weights have no tail
        model.encoder[-1].bias[log_variance] = 2.0
    axis = torch.linspace(-7, 7, 401, dtype=torch.float64)
    cell, unit = axis[1] - axis[0], Normal(0.0, 1.0)
    mean, log_variance = model.prior_of(axis[:, None])
    p_z = Normal(mean, (0.5 * log_variance).exp()).log_prob(axis) + unit.log_prob(axis)[:, None]
    log_marginal = p_z.logsumexp(0) + cell.log()  # of z, on the grid
    log_p = model.likelihood.log_prob(x, model.decode(axis[:, None])[:, None])
    joint = log_p + log_marginal[:, None]
    log_p = joint.logsumexp(0) + cell.log()
    assert abs(log_p.exp().sum() - 1) < 1e-4
    draws = torch.stack([model.elbo(x, samples=50) for _ in range(40)])
    assert (draws.mean(0) < log_p + 4 * draws.std(0) / 40**0.5).all()
    assert (model.log_prob(x, samples=20_000) - log_p).abs().max() < 0.05


@torch.no_grad()
def test_both_ways_to_the_bound_agree() -> None:
    model, x = small(latent=3, top=2).double(), every_image()
    by_terms = torch.stack([model.elbo(x) for _ in range(3000)])
    by_weights = model.log_weights(x, 3000)
    error = (by_terms.var(0) + by_weights.var(0)).div(3000).sqrt()
    assert ((by_terms.mean(0) - by_weights.mean(0)).abs() < 4.5 * error).all()


@torch.no_grad()
def test_the_rate_of_z_is_the_divergence_from_its_prior() -> None:
    model, x = small(latent=3, top=2), every_image().float()
    torch.manual_seed(1)
    _, _, found = model.parts(x)
    torch.manual_seed(1)
    mean, log_variance, *message = model.messages(x)
    t = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
    p = model.prior_of(t)
    q, p = (Normal(m, (0.5 * v).exp()) for m, v in (product(message, p), p))
    assert torch.allclose(found, kl_divergence(q, p).sum(-1), atol=1e-5)


def test_loss_is_the_negative_elbo_and_reaches_every_parameter() -> None:
    model, x = small(latent=3, top=2), every_image().float()
    torch.manual_seed(1)
    loss, terms = model.loss(x)
    torch.manual_seed(1)
    assert torch.isclose(loss, -model.elbo(x).mean())
    assert torch.isclose(loss, terms["rate"] - terms["reconstruction"])
    loss.backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


def test_samples_follow_their_generator_and_the_top_code() -> None:
    model = small(latent=3, top=2)
    codes = [model.sample_code(4, generator=torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    draws = [model.mean(z) for z in codes]
    assert draws[0].shape == (4, *SHAPE)
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    with torch.no_grad():
        model.prior[-1].bias[:3], model.prior[-1].bias[3:] = 50.0, -10.0
        expected = torch.sigmoid(model.decode(torch.full((1, 3), 50.0)))[:, 0]
    found = model.mean(model.sample_code(4))
    assert torch.allclose(found, expected.expand_as(found), atol=0.05)


def test_sizes_that_make_no_model_are_refused() -> None:
    for options in ({"top": 0}, {"latent": 0}, {"prior_hidden": (0,)}):
        with pytest.raises(ValueError, match="positive"):
            small(**options)
