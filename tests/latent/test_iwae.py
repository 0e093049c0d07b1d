"""The importance-weighted bound: its value, its order, its chunks, its model."""

import math

import pytest
import torch

from genlib.latent import IWAE, VAE
from genlib.latent import base as module

SHAPE = (1, 2, 2)


@pytest.fixture
def model() -> VAE:
    """Return an untrained VAE of 2 x 2 images."""
    torch.manual_seed(0)
    return VAE(latent=2, hidden=(6,), event_shape=SHAPE)


@pytest.fixture
def x() -> torch.Tensor:
    """Return four binary images."""
    return torch.randint(0, 2, (4, *SHAPE), generator=torch.Generator().manual_seed(0)).float()


@torch.no_grad()
def test_one_draw_gives_its_log_weight(model: VAE, x: torch.Tensor) -> None:
    torch.manual_seed(1)
    bound = model.log_prob(x, samples=1)
    torch.manual_seed(1)
    assert torch.allclose(bound, model.log_weights(x, 1)[0])


@torch.no_grad()
def test_one_draw_is_the_elbo_on_average(model: VAE, x: torch.Tensor) -> None:
    weights = model.log_weights(x, 100_000)
    elbo = model.elbo(x, samples=2000)
    assert ((weights.mean(0) - elbo).abs() < 0.02).all()


@torch.no_grad()
def test_log_weights_are_joint_minus_encoder(model: VAE, x: torch.Tensor) -> None:
    torch.manual_seed(1)
    found = model.log_weights(x, 3)
    torch.manual_seed(1)
    mean, log_variance = model.encode(x)
    q = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    z = mean + q.scale * torch.randn(3, *mean.shape)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(-1)
    given = model.likelihood.log_prob(x, model.decode(z))
    assert torch.allclose(found, given + prior - q.log_prob(z).sum(-1), atol=1e-5)


@torch.no_grad()
def test_chunks_change_nothing(
    model: VAE, x: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(1)
    weights = torch.cat([model.log_weights(x, size) for size in (3, 3, 1)])
    expected = torch.logsumexp(weights, 0) - math.log(7)
    for limit, most in (("CODES", 3 * len(x)), ("PARAMETERS", 4 * 3 * len(x))):
        with monkeypatch.context() as patch:
            patch.setattr(module, limit, most)
            torch.manual_seed(1)
            assert torch.allclose(model.log_prob(x, samples=7), expected, atol=1e-6)


@torch.no_grad()
def test_more_draws_give_a_higher_bound(model: VAE, x: torch.Tensor) -> None:
    weights = model.log_weights(x, 4096).double()
    bounds = [
        (weights.unflatten(0, (-1, k)).logsumexp(1) - math.log(k)).mean(0) for k in (1, 4, 64, 4096)
    ]
    assert (torch.stack(bounds).diff(dim=0) > 0).all()


def test_loss_is_the_negative_bound(x: torch.Tensor) -> None:
    torch.manual_seed(0)
    model = IWAE(samples=6, latent=2, hidden=(6,), event_shape=SHAPE)
    torch.manual_seed(1)
    loss = model.loss((x, torch.zeros(4)))
    torch.manual_seed(1)
    assert torch.isclose(loss, -model.log_prob(x, samples=6).mean())


def test_gradient_is_the_weighted_mean_of_the_draws_gradients(x: torch.Tensor) -> None:
    torch.manual_seed(0)
    model = IWAE(samples=6, latent=2, hidden=(6,), event_shape=SHAPE)
    parameters = list(model.decoder.parameters())
    torch.manual_seed(1)
    found = torch.autograd.grad(model.loss(x), parameters)
    torch.manual_seed(1)
    weights = model.log_weights(x, 6)
    by_hand = -(weights.detach().softmax(0) * weights).sum(0).mean()
    expected = torch.autograd.grad(by_hand, parameters)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found, expected, strict=True))


def test_what_has_no_place_in_the_bound_is_refused() -> None:
    for options in ({"beta": 2.0}, {"warmup": 0.1}):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            IWAE(**options)
    with pytest.raises(ValueError, match="at least 1"):
        IWAE(samples=0)
