"""The comparison of richer latents: equal starts where networks are equal, and a whole table."""

import torch

from genlib.autoregressive import MADE
from genlib.data import load
from genlib.latent import VQVAE
from genlib.likelihoods import Symbols
from genlib.recipes import richer_latents as recipe


def test_every_kind_builds_the_same_model_twice() -> None:
    for kind in recipe.KINDS:
        first, second = (recipe.Run(kind, seed=3).model().state_dict() for _ in range(2))
        assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_run_has_its_step_size() -> None:
    for kind in recipe.KINDS:
        assert recipe.Run(kind, lr=0.02).model().lr == 0.02


def test_the_wider_vae_has_more_parameters_than_any_bent_posterior() -> None:
    size = {
        kind: sum(parameter.numel() for parameter in recipe.Run(kind).model().parameters())
        for kind in recipe.KINDS
    }
    assert size["wider"] > max(size["planar"], size["iaf"], size["two layers"], size["vq"])


def test_judging_leaves_the_random_state_alone_and_repeats_itself(monkeypatch) -> None:
    monkeypatch.setattr(recipe, "images", lambda split: load("mnist", split).binary(seed=0)[:50])
    model, before = recipe.Run("iaf").model(), torch.get_rng_state()
    first, second = recipe.judge(model), recipe.judge(model)
    assert first == second
    assert torch.equal(before, torch.get_rng_state())
    assert first["first"] < first["bound"]


def test_a_codebook_is_judged_with_a_prior_and_goes_on_without(monkeypatch) -> None:
    model = VQVAE(4, 3, 2, hidden=(8,))
    prior = MADE(None, event_shape=(4,), likelihood=Symbols(3))
    monkeypatch.setattr(recipe, "fitted_prior", lambda model, seed: prior)
    monkeypatch.setattr(recipe, "images", lambda split: load("mnist", split).binary(seed=0)[:50])
    found = recipe.fitted(model, 0)
    assert abs(found["first"] - found["bound"]) < 1e-2  # no draws: nothing to tighten
    assert model.prior is None


def test_the_stored_table_has_every_run() -> None:
    expected = [
        (run.kind, run.lr, run.seed, steps)
        for run in recipe.runs()
        for steps in (recipe.STEPS // 4, recipe.STEPS // 2, recipe.STEPS)
    ]
    assert [(row.kind, row.lr, row.seed, row.steps) for row in recipe.read()] == expected
