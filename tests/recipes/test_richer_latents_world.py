"""The small comparison on the transparent world: its likelihoods, its data and its whole table."""

import pytest
import torch

from genlib.recipes import richer_latents_world as recipe


@pytest.mark.parametrize("kind", ["plain", "planar", "iaf"])
def test_the_grid_agrees_with_importance_sampling(kind: str) -> None:
    model, x = recipe.trained(recipe.Run(kind), 40), recipe.data()[1][:50]
    with torch.no_grad():
        exact, bound = recipe.log_evidence(model, x), model.log_prob(x, 5000)
    assert abs(exact.mean() - bound.mean()) < 0.05


def test_the_data_are_always_the_same_and_the_fresh_ones_others() -> None:
    old, fresh = recipe.data()
    recipe.data.cache_clear()
    assert all(torch.equal(a, b) for a, b in zip((old, fresh), recipe.data(), strict=True))
    assert old.shape == (recipe.POINTS, 2)
    assert not torch.isin(fresh[:, 0], old[:, 0].double()).any()


def test_a_row_has_a_gap() -> None:
    (row,) = recipe.rows(recipe.Run("iaf", 1), 20)
    assert row.elbo < row.log_p < row.truth


def test_the_stored_table_has_every_run() -> None:
    assert [(row.kind, row.seed) for row in recipe.read()] == [
        (run.kind, run.seed) for run in recipe.RECIPE.cases()
    ]
