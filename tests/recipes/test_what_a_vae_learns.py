"""What a VAE learns: the exactly trained twin, what is measured, and the stored table."""

import pytest
import torch
from torch.distributions import Bernoulli

from genlib.data import load
from genlib.latent.gaussian import gaussian_rate
from genlib.recipes import what_a_vae_learns as recipe


def test_a_lattice_is_an_equal_mixture_of_independent_pixels() -> None:
    model, x = recipe.Lattice(side=3), torch.rand(4, 1, 28, 28).round()
    logits = model.decoder(model.z)
    by_torch = Bernoulli(logits=logits).log_prob(x.flatten(1)[:, None]).sum(-1).logsumexp(1)
    assert torch.allclose(model.log_prob(x), by_torch - torch.tensor(9.0).log(), rtol=1e-4)
    assert torch.isclose(model.loss(x), -model.log_prob(x).mean())


def test_rates_of_codes_add_up_to_the_rate() -> None:
    mean, log_variance = torch.randn(2, 50, 6)
    rates = recipe.code_rates(mean, log_variance)
    assert rates.shape == (6,)
    assert torch.isclose(rates.sum(), gaussian_rate(mean, log_variance).mean(), rtol=1e-4)


def test_undecided_and_decided_add_up_to_the_variance_of_draws() -> None:
    pi = torch.rand(200, 1, 4, 4)
    whole = recipe.undecided(pi.mean(0, keepdim=True))
    assert torch.isclose(recipe.undecided(pi) + recipe.decided(pi), whole, rtol=1e-4)


@pytest.mark.parametrize("objective", ["bound", "exact"])
def test_judging_leaves_the_random_state_alone_and_repeats_itself(monkeypatch, objective) -> None:
    digits = load("mnist", "validation").binary(seed=0)[:50]
    monkeypatch.setattr(recipe, "images", lambda split: digits)
    model, before = recipe.Run(objective).model(), torch.get_rng_state()
    first, second = recipe.judge(model), recipe.judge(model)
    assert first == second
    assert torch.equal(before, torch.get_rng_state())


def test_the_stored_table_has_every_kind_at_two_budgets() -> None:
    seeds = len(recipe.SEEDS)
    for run in recipe.runs():
        case = {"objective": run.objective, "codes": run.codes, "beta": run.beta}
        assert recipe.column("undecided", **case).shape == (seeds, 2)
