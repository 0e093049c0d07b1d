"""The VAE with a bent posterior: its bound, its loss, what it refuses."""

import pytest
import torch
from torch.distributions import Normal

from genlib.data import all_binary_images
from genlib.latent import VAE, FlowVAE

SHAPE = (1, 2, 2)


def small(flow: str = "iaf", **options: object) -> FlowVAE:
    """Return a small FlowVAE of 2 x 2 images whose steps do something."""
    torch.manual_seed(0)
    model = FlowVAE(flow, **({"latent": 2, "hidden": (6,), "event_shape": SHAPE} | options))
    with torch.no_grad():
        for step in model.steps:
            for parameter in step.parameters():
                parameter.normal_(std=0.3)
        model.encoder[-1].bias[2:4] = 1.0  # a wide q, so that importance weights have no tail
    return model


def every_image() -> torch.Tensor:
    """Return all 16 binary images (16, 1, 2, 2)."""
    return all_binary_images(2).double()


@torch.no_grad()
def exact(model: VAE, x: torch.Tensor) -> torch.Tensor:
    """Return log p(x) of a model with two codes, by an integral over a grid."""
    axis = torch.linspace(-7, 7, 301, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    log_prior = Normal(0.0, 1.0).log_prob(z).sum(-1, keepdim=True)
    joint = model.likelihood.log_prob(x, model.decode(z)[:, None]) + log_prior
    return joint.logsumexp(0) + 2 * (axis[1] - axis[0]).log()


@pytest.mark.parametrize("flow", ["iaf", "planar"])
@torch.no_grad()
def test_bounds_stay_below_the_exact_likelihood_and_reach_it(flow: str) -> None:
    model, x = small(flow, depth=3).double(), every_image()
    log_p = exact(model, x)
    assert abs(log_p.exp().sum() - 1) < 1e-6
    draws = torch.stack([model.elbo(x, samples=50) for _ in range(40)])
    assert (draws.mean(0) < log_p + 4 * draws.std(0) / 40**0.5).all()
    assert (log_p - draws.mean(0)).mean() > 0.01  # this encoder is not the posterior
    assert (model.log_prob(x, samples=20_000) - log_p).abs().max() < 0.05


@pytest.mark.parametrize("flow", ["iaf", "planar"])
@torch.no_grad()
def test_both_ways_to_the_bound_agree(flow: str) -> None:
    model, x = small(flow).double(), every_image()
    by_terms = torch.stack([model.elbo(x) for _ in range(3000)])
    by_weights = model.log_weights(x, 3000)
    error = (by_terms.var(0) + by_weights.var(0)).div(3000).sqrt()
    assert ((by_terms.mean(0) - by_weights.mean(0)).abs() < 4.5 * error).all()


@torch.no_grad()
def test_without_steps_that_move_it_is_the_vae() -> None:
    model = small("planar", depth=2)
    for layer in (model.encoder[-1],):
        layer.weight[4:], layer.bias[4:] = 0, 0
    plain = VAE(latent=2, hidden=(6,), event_shape=SHAPE)
    plain.encoder[0].load_state_dict(model.encoder[0].state_dict())
    plain.encoder[-1].weight.copy_(model.encoder[-1].weight[:4])
    plain.encoder[-1].bias.copy_(model.encoder[-1].bias[:4])
    plain.decoder.load_state_dict(model.decoder.state_dict())
    x = every_image().float()
    torch.manual_seed(1)
    found = model.log_weights(x, 5)
    torch.manual_seed(1)
    assert torch.allclose(found, plain.log_weights(x, 5), atol=1e-6)
    assert torch.allclose(model.reconstruct(x), plain.reconstruct(x), atol=1e-6)


def test_loss_is_the_negative_elbo_and_reaches_every_parameter() -> None:
    for flow in ("iaf", "planar"):
        model, x = small(flow), every_image().float()
        torch.manual_seed(1)
        loss, _ = model.loss(x)
        torch.manual_seed(1)
        assert torch.isclose(loss, -model.elbo(x).mean())
        loss.backward()
        assert all(p.grad is not None for p in model.parameters())


def test_unknown_flows_and_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'planar'"):
        FlowVAE("plannar")
    with pytest.raises(ValueError, match="at least 1"):
        FlowVAE(depth=0)
    with pytest.raises(ValueError, match="positive"):
        FlowVAE(latent=0)
    with pytest.raises(ValueError, match="zeros and ones"):
        small().elbo(torch.full((2, *SHAPE), 0.5))
