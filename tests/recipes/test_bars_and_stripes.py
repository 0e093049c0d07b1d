"""Machines on bars and stripes: like starts, what each method lowers, a table that is whole."""

import math

import pytest
import torch

from genlib.data import bars_and_stripes
from genlib.recipes import bars_and_stripes as recipe


def test_methods_begin_at_one_place() -> None:
    first, other = (recipe.machine(recipe.Run(m, seed=3)) for m in ("exact", "CD-10"))
    assert torch.equal(first.weight, other.weight)
    assert other.steps == 10


def test_the_exact_cost_is_the_cross_entropy() -> None:
    model = recipe.machine(recipe.Run())
    cost = recipe.cost(model, "exact", bars_and_stripes())
    assert cost.item() == pytest.approx(16 * math.log(2), abs=0.2)  # fair coins, nearly


def test_a_training_gains_and_tells_of_it() -> None:
    rows = recipe.train(recipe.Run("CD-1"), 500)
    assert [row.updates for row in rows] == [250, 500]
    assert -16 * math.log(2) < rows[0].log_p < rows[1].log_p < -math.log(30)


def test_the_stored_table_is_whole() -> None:
    assert recipe.column("log_p", method="exact", lr=0.01).shape == (5, 20)
    assert len(recipe.read()) == 20 * len(recipe.RECIPE.cases())
