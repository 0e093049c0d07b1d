"""The table of autoregressive models: equal budgets, turned images, and step sizes as said."""

import pytest
import torch

from genlib.recipes import autoregressive_models as recipe


def test_the_networks_are_about_equally_large() -> None:
    shape = (1, recipe.SIDE, recipe.SIDE)
    for name, kind in recipe.KINDS.items():
        model = kind.build(event_shape=shape)
        weights = sum(parameter.numel() for parameter in model.parameters())
        assert weights == pytest.approx(12_000, rel=0.07), name


def test_a_turned_image_has_its_pixels_in_another_order() -> None:
    x = torch.arange(81.0).view(1, 1, 9, 9)
    assert torch.equal(recipe.KINDS["PixelCNN"].turn(x), x)
    columns = recipe.KINDS["PixelCNN, columns first"].turn(x).flatten()
    assert columns[:3].tolist() == [0, 9, 18]
    assert torch.equal(recipe.KINDS["PixelCNN, from below"].turn(x).flatten(), x.flatten().flip(0))


def test_a_row_holds_what_a_run_learned() -> None:
    row, again, longer = (
        recipe.rows(recipe.Run("PixelCNN", 0.01, 3), steps)[0] for steps in (3, 3, 20)
    )
    assert row.nats == again.nats
    assert longer.nats < row.nats < 81  # each pixel a coin: 81 log 2 = 56
    assert row.step > 0


def test_the_stored_table_has_every_run() -> None:
    assert [(row.kind, row.lr, row.seed) for row in recipe.read()] == [
        (run.kind, run.lr, run.seed) for run in recipe.runs()
    ]
    assert recipe.of_kind("nats", "PixelCNN").shape == (len(recipe.SEEDS),)
