"""Importance sampling: exact from the posterior, a bound from anything else."""

import importlib

import pytest
import torch
from torch.distributions import Independent, Normal

from genlib.latent import VAE
from genlib.metrics import Decoder, gaussian_codes, importance


def gaussian(*scales: float, rows: int = 1, mean: float = 0.0) -> Independent:
    """N(mean, diag(scales^2)) for each of some rows, in float64."""
    spread = torch.tensor(scales, dtype=torch.float64).expand(rows, -1)
    return Independent(Normal(torch.full_like(spread, mean), spread), 1)


def test_weights_from_the_posterior_are_all_the_likelihood(linear: type) -> None:
    world = linear()
    x, _z = world.decoder.simulate(5)
    found = importance(world.decoder.log_joint(x), world.posterior(x), 7)
    exact = world.marginal().log_prob(x)
    torch.testing.assert_close(found.log_weights, exact.expand(7, 5), rtol=0, atol=1e-9)


def test_weights_from_the_prior_are_unbiased(linear: type) -> None:
    torch.manual_seed(0)
    world = linear(size=1, pixels=1, scale=1.0)
    x = world.marginal().sample((3,))
    found = importance(world.decoder.log_joint(x), world.decoder.prior(3), 40_000)
    difference = (found.log_weights - world.marginal().log_prob(x)).exp()
    assert ((difference.mean(0) - 1).abs() < 4 * difference.std(0) / 200).all()


def test_more_draws_are_a_higher_bound(linear: type) -> None:
    torch.manual_seed(0)
    world = linear(size=2)
    x, _z = world.decoder.simulate(200)
    wide = gaussian(0.5, 0.5, rows=200)
    means = [
        importance(world.decoder.log_joint(x), wide, draws).estimate.mean().item()
        for draws in (1, 10, 100)
    ]
    assert sorted([*means, world.marginal().log_prob(x).mean().item()])[:3] == means


def test_many_draws_are_made_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        importlib.import_module("genlib.metrics.likelihood.importance"), "TOGETHER", 6
    )
    seen = []

    def flat(z: torch.Tensor) -> torch.Tensor:
        seen.append(len(z))
        return z.new_zeros(z.shape[:-1])

    assert importance(flat, gaussian(1.0, rows=2), 7).log_weights.shape == (7, 2)
    assert seen == [3, 3, 1]


def test_a_vae_has_the_bound_that_it_states_itself() -> None:
    torch.manual_seed(0)
    vae = VAE(latent=3, hidden=(8,), event_shape=(1, 2, 2))
    x = torch.bernoulli(torch.full((4, 1, 2, 2), 0.5))
    decoder = Decoder(vae.decode, vae.likelihood, vae.event_shape, vae.latent)
    with torch.no_grad():
        stated = vae.log_prob(x, 20_000).double()
        found = importance(decoder.log_joint(x), gaussian_codes(*vae.encode(x)), 20_000)
    torch.testing.assert_close(found.estimate, stated, rtol=0, atol=0.02)
    assert not found.log_weights.requires_grad


def test_a_binary_decoders_likelihoods_add_up_to_one() -> None:
    torch.manual_seed(0)
    vae = VAE(latent=2, hidden=(8,), event_shape=(1, 2, 2))
    decoder = Decoder(vae.decode, vae.likelihood, vae.event_shape, vae.latent)
    bits = torch.tensor([[(n >> i) & 1 for i in range(4)] for n in range(16)]).float()
    x = bits.reshape(16, 1, 2, 2)
    found = importance(decoder.log_joint(x), decoder.prior(16), 20_000)
    assert found.estimate.exp().sum().item() == pytest.approx(1, abs=0.01)


def test_what_fits_nothing_is_refused(linear: type) -> None:
    world = linear()
    with pytest.raises(ValueError, match="draws=0, wanted a whole number, at least 1"):
        importance(world.decoder.log_joint(torch.zeros(2, 8).double()), gaussian(1.0), 0)
    with pytest.raises(ValueError, match=r"log_joint returned \(3, 1, 2\) for codes \(3, 1, 2\)"):
        importance(lambda z: z, gaussian(1.0, 1.0), 3)
    with pytest.raises(ValueError, match=r"real-valued pixels"):
        world.decoder.log_joint(torch.zeros(2, 7).double())
    small = Decoder(lambda z: z, world.decoder.likelihood, (8,), 3)
    with pytest.raises(ValueError, match=r"the decoder returns \(3,\) for a code.*\(1, 8\)"):
        small.parameters(torch.zeros(2, 3))
    with pytest.raises(ValueError, match="event_dims"):
        Decoder(lambda z: z, world.decoder.likelihood, (1, 2, 2), 3)
