"""The VAE with choices for codes: exact sums over all codes, relaxation, bounds."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.data import all_binary_images
from genlib.latent import GumbelVAE

SHAPE = (1, 2, 2)


def small(**options: object) -> GumbelVAE:
    """Return a small model: 2 codes with 3 entries each, 2 x 2 images."""
    torch.manual_seed(0)
    sizes = {"codes": 2, "entries": 3, "hidden": (8,), "event_shape": SHAPE}
    return GumbelVAE(**(sizes | options))


def every_image() -> Tensor:
    """Return all 16 binary images (16, 1, 2, 2)."""
    return all_binary_images(2).double()


@torch.no_grad()
def sums(model: GumbelVAE, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return log p(x) and the exact ELBO, by a sum over all nine codes."""
    code = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    one_hot = F.one_hot(code, 3).flatten(1).double()
    log_p = model.likelihood.log_prob(x, model.decode(one_hot)[:, None])
    log_joint = log_p - math.log(9)  # (9, B)
    log_q = (model.posterior(x).flatten(1) @ one_hot.T).T
    return log_joint.logsumexp(0), (log_q.exp() * (log_joint - log_q)).sum(0)


@torch.no_grad()
def test_elbo_is_unbiased_below_the_likelihood_and_the_importance_bound_reaches_it() -> None:
    model, x = small().double(), every_image()
    log_p, elbo = sums(model, x)
    assert abs(log_p.exp().sum() - 1) < 1e-9
    assert (elbo < log_p).all()
    draws = torch.stack([model.elbo(x) for _ in range(3000)])
    by_weights = model.log_weights(x, 3000)
    for found in (draws, by_weights):
        assert ((found.mean(0) - elbo).abs() < 4.5 * found.std(0) / 3000**0.5 + 1e-9).all()
    assert (model.log_prob(x, samples=40_000) - log_p).abs().max() < 0.03


def test_rate_is_the_divergence_from_even_choices() -> None:
    model = small()
    even = torch.full((1, 2, 3), 1 / 3).log()
    sure = torch.tensor([[[1.0, 0.0, 0.0]] * 2]).clamp(min=1e-30).log()
    assert torch.allclose(model.rate(even), torch.zeros(1), atol=1e-6)
    assert torch.allclose(model.rate(sure), torch.tensor(2 * math.log(3)))


def test_temperature_falls_geometrically_from_first_to_last() -> None:
    model = small(temperature=(2.0, 0.5))
    found, buffer = [], model.temperature  # a captured round reads this very memory
    for step in (0, 50, 100):
        model.on_step(step, 101)
        found.append(buffer.item())
    assert found == pytest.approx([2.0, 1.0, 0.5])


def test_a_temperature_given_as_a_whole_number_falls_all_the_same() -> None:
    model = small(temperature=(2, 1))
    model.on_step(50, 101)
    assert model.temperature.item() == pytest.approx(2**0.5)


@pytest.mark.parametrize("straight_through", [False, True])
def test_training_decodes_soft_or_hard_draws(straight_through: bool) -> None:
    model, seen = small(straight_through=straight_through), []
    model.decoder.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].detach()))
    loss, _ = model.loss(every_image().float())
    loss.backward()
    code = seen[0].view(16, 2, 3)
    assert torch.allclose(code.sum(-1), torch.ones(16, 2))
    assert ((code == 0) | (code == 1)).all() == straight_through
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


def test_evaluation_decodes_hard_draws_only() -> None:
    model, seen = small(), []
    model.decoder.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].detach()))
    x = every_image().float()
    with torch.no_grad():
        _ = model.elbo(x), model.log_prob(x, 5), model.sample(4), model.reconstruct(x)
    assert all(((code == 0) | (code == 1)).all() for code in seen)


def test_a_cold_relaxation_has_the_mean_of_the_bound() -> None:
    model, x = small(), every_image().float()
    model.temperature.fill_(1e-3)
    with torch.no_grad():
        losses = torch.stack([model.loss(x)[0] for _ in range(3000)])
        exact = -sums(model.double(), x.double())[1].mean()
    assert abs(losses.mean() - exact) < 4.5 * losses.std() / 3000**0.5 + 1e-3


def test_samples_use_every_entry_evenly_and_follow_their_generator() -> None:
    model, seen = small(), []
    model.decoder.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    draws = [model.sample(9000, generator=torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert (seen[0].mean(0) - 1 / 3).abs().max() < 0.03


def test_numbers_that_make_no_model_are_refused() -> None:
    for options in ({"codes": 0}, {"entries": 1}, {"temperature": (1.0, 0.0)}):
        with pytest.raises(ValueError, match="wanted a code"):
            small(**options)
