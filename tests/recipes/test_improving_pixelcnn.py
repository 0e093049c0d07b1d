"""The comparison of the PixelCNN's improvements: its models, its digits, a row, and the table."""

from dataclasses import astuple

import pytest
import torch

from genlib.likelihoods import Categorical
from genlib.recipes import improving_pixelcnn as recipe


def weights(kind: str) -> int:
    return sum(parameter.numel() for parameter in recipe.model(recipe.Run(kind)).parameters())


@pytest.mark.parametrize("kind", recipe.KINDS)
def test_every_kind_builds_the_same_model_twice_and_has_its_step_size(kind: str) -> None:
    first, second = (recipe.model(recipe.Run(kind, 0.02, 3)) for _ in range(2))
    assert first.lr == 0.02
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])


def test_step_sizes_were_chosen_on_other_seeds() -> None:
    assert not set(recipe.TUNING) & set(recipe.SEEDS)


def test_networks_that_are_compared_are_about_as_large() -> None:
    whole = weights("PixelCNN++")
    for kind in ("no short-cuts", "no downsampling", "dropout", "gated"):
        assert abs(weights(kind) / whole - 1) < 0.15, kind
    assert weights("dropout") == whole


@pytest.mark.parametrize("kind", ["small", "4 levels", "middle, softmax"])
def test_digits_have_the_levels_of_their_head(kind: str) -> None:
    made = recipe.model(recipe.Run(kind))
    x = recipe.digits("validation", recipe.KINDS[kind].images, made.likelihood.levels)[:20]
    made.check(x)
    assert x.shape == (20, 1, 14, 14)
    assert 0.05 < x.mean() < 0.6


def test_a_head_is_what_the_row_says() -> None:
    heads = {name: isinstance(kind.head(), Categorical) for name, kind in recipe.KINDS.items()}
    assert heads == {name: "softmax" in name for name in heads}


def test_a_row_is_better_than_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "FEW", 20)
    (row,) = recipe.rows(recipe.Run("small", 0.016, 1), 20)
    assert row.nats < 196 * torch.log(torch.tensor(256.0))
    assert (row.kind, row.seed, row.weights) == ("small", 1, weights("small"))


def test_the_stored_table_has_every_run() -> None:
    found = [(row.kind, row.lr, row.seed) for row in recipe.read()]
    assert found == [astuple(run) for run in recipe.runs()]


@pytest.mark.parametrize("name", recipe.KINDS)
def test_each_step_size_is_the_best_of_those_tried_and_within_them(name: str) -> None:
    kind, nats = recipe.KINDS[name], dict.fromkeys(recipe.KINDS[name].rates, 0.0)
    for row in recipe.read():
        if row.kind == name and row.seed in recipe.TUNING:
            nats[row.lr] += row.nats
    assert min(nats, key=nats.get) == kind.lr
    assert min(kind.rates) < kind.lr < max(kind.rates)
