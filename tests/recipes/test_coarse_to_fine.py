"""The comparison of two orders of drawing: its pictures, its models, a row, and the table."""

from dataclasses import astuple

import pytest
import torch

from genlib.data import load
from genlib.recipes import coarse_to_fine as recipe

PAIRS = [(data, kind) for data in recipe.DATA for kind in recipe.KINDS]


def weights(data: str, kind: str) -> int:
    return sum(parameter.numel() for parameter in recipe.model(recipe.Run(data, kind)).parameters())


@pytest.mark.parametrize(("data", "kind"), PAIRS)
def test_every_kind_builds_the_same_model_twice_for_its_images(data: str, kind: str) -> None:
    first, second = (recipe.model(recipe.Run(data, kind, 0.02, 3)) for _ in range(2))
    assert first.lr == 0.02
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])
    first.check(recipe.DATA[data].images("validation")[:20])


@pytest.mark.parametrize("data", recipe.DATA)
def test_networks_that_are_compared_are_about_as_large(data: str) -> None:
    assert 0.8 < weights(data, "plain") / weights(data, "multi-scale") < 1.1


def test_ink_is_dark_on_light_paper_and_each_picture_has_its_own_colours() -> None:
    digits = load("mnist", "validation").unit()[:20]
    x = recipe.painted(digits, 3)
    assert x.shape == (20, 3, 32, 32)
    paper, ink = x[:, :, 0, 0], x.flatten(2).amin(2)
    assert (ink < paper).all()
    assert paper.min() > 0.6
    assert paper.std(0).min() > 0.05
    assert torch.equal(x, recipe.painted(digits, 3))


def test_grain_is_the_same_in_all_channels() -> None:
    grey = torch.full((4, 3, 32, 32), 128 / 255)
    x = recipe.grained(grey, 5)
    assert torch.equal(x[:, 0], x[:, 2])
    assert abs(x.std() - 0.04) < 0.004
    assert torch.allclose((255 * x).round(), 255 * x, atol=1e-3)


def test_training_and_judging_pictures_differ() -> None:
    train, judged = (recipe.pictures(split) for split in ("train", "validation"))
    assert len(train) >= recipe.STEPS * recipe.BATCH  # no picture is seen twice
    assert len(judged) == recipe.FEW
    assert (train[: recipe.FEW] - judged).abs().mean() > 0.05


def test_a_row_is_better_than_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    some = recipe.digits("validation")[:20]
    monkeypatch.setitem(
        recipe.DATA,
        "digits",
        recipe.Data(lambda split: some, recipe.Bernoulli, recipe.RATES, {}),
    )
    (row,) = recipe.rows(recipe.Run("digits", "multi-scale", 0.008, 1), 20)
    assert row.nats < 784 * torch.log(torch.tensor(2.0))
    assert (row.seed, row.turns, row.weights) == (1, 55, weights("digits", "multi-scale"))


def test_the_stored_table_has_every_run() -> None:
    found = [(row.data, row.kind, row.lr, row.seed) for row in recipe.read()]
    assert found == [astuple(run) for run in recipe.runs()]


def test_each_step_size_is_the_best_of_those_tried() -> None:
    tried = [row for row in recipe.read() if row.seed == recipe.TUNING]
    for data, kind in PAIRS:
        nats = {row.lr: row.nats for row in tried if (row.data, row.kind) == (data, kind)}
        assert min(nats, key=nats.get) == recipe.DATA[data].best[kind]
