"""Digits by steps and guidance: what is compared, and a table that is whole."""

import math

import pytest
import torch

from genlib.data import load
from genlib.metrics import digit_features
from genlib.recipes import denoising_diffusion as recipe


def test_real_digits_are_near_themselves_and_one_digit_lacks_kinds() -> None:
    test = load("mnist", "test")[:300]
    x, label = test.unit(labels=True)
    same = recipe.compared(x, label, digit_features("test")[:300])
    assert same["distance"] < 1e-6
    assert same["precision"] == same["recall"] == 1
    assert same["right"] > 99
    once = recipe.compared(x[:1].expand(100, -1, -1, -1), label[:1].expand(100), same_features())
    assert once["kinds"] == pytest.approx(1, abs=1e-6)
    assert once["kinds"] < same["kinds"]
    unknown = recipe.compared(x, None, same_features())
    assert math.isnan(unknown["right"])


def same_features() -> torch.Tensor:
    return digit_features("test")[:300]


def test_a_run_asks_for_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    class Drawing:
        def sample(self, n: int, **options: object) -> torch.Tensor:
            asked.update(options)
            return torch.rand(n, 1, 28, 28)

    monkeypatch.setattr(recipe, "model", lambda name: Drawing())
    monkeypatch.setattr(recipe, "EXAMPLES", 50)
    (row,) = recipe.rows(recipe.Run("ddim", 20, 4.0, 2), 50)
    assert (row.method, row.steps, row.guidance, row.seed) == ("ddim", 20, 4.0, 2)
    assert (asked["steps"], asked["method"], asked["guidance"]) == (20, "ddim", 4.0)
    assert asked["label"].bincount().tolist() == [5] * 10
    assert row.distance > 100


def test_the_stored_table_has_every_run() -> None:
    stored = [(row.method, row.steps, row.guidance, row.seed) for row in recipe.read()]
    assert stored == [(r.method, r.steps, r.guidance, r.seed) for r in recipe.RECIPE.cases()]
    assert len(stored) == 12 * len(recipe.SEEDS)
