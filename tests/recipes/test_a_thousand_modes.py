"""One switch of a game at a time: what each kind changes, and a table that is whole."""

import pytest
import torch
from torch import nn

from genlib.data import stacked
from genlib.gans import Hinge, Relativistic
from genlib.recipes import a_thousand_modes as table
from genlib.recipes import stacked_digits as recipe


@pytest.mark.parametrize("kind", table.KINDS)
def test_every_kind_of_game_plays_and_is_the_same_each_time(kind: str) -> None:
    first, second = (table.model(table.Run(kind, 1)) for _ in range(2))
    assert all(map(torch.equal, first.state_dict().values(), second.state_dict().values()))
    images = stacked(recipe.digits("test")[:6], channels=2)
    for player in first.players():
        player.loss(images)[0].backward()
    assert all(weight.grad is not None for weight in first.parameters())


def test_each_kind_changes_what_it_names() -> None:
    games = {kind: table.model(table.Run(kind)) for kind in table.KINDS}
    norms = {
        kind: sum(isinstance(layer, nn.BatchNorm2d) for layer in game.discriminator)
        for kind, game in games.items()
    }
    assert {kind for kind, n in norms.items() if n} == {
        "batch norm in D",
        "batch norm and start 0.02",
    }
    starts = {kind: table.KINDS[kind].std for kind in games}
    for kind, game in games.items():
        if not table.KINDS[kind].spectral:
            first = game.discriminator[0].weight.std()
            assert (first < 0.03) == (starts[kind] == 0.02), kind
    assert [kind for kind, std in starts.items() if std] == [
        "start 0.02 in D",
        "batch norm and start 0.02",
    ]
    assert [len(games[kind].penalties) for kind in ("R1", "relativistic + R1 + R2")] == [1, 2]
    assert isinstance(games["relativistic + R1 + R2"].adversarial_loss, Relativistic)
    assert isinstance(games["hinge + spectral norm"].adversarial_loss, Hinge)
    assert len(games["hinge + spectral norm"].stabilisers) == 1
    widths = {
        kind: (game.generator[-2].in_channels, game.discriminator[0].out_channels)
        for kind, game in games.items()
    }
    assert widths.pop("D a quarter as wide") == (16, 4)
    assert set(widths.values()) == {(16, 16)}
    betas = {kind for kind, game in games.items() if game.betas != (0.5, 0.999)}
    assert betas == {"betas 0.9, 0.999"}


def test_the_stored_table_has_every_game() -> None:
    stored = [(row.kind, row.seed) for row in table.read()]
    assert stored == [(run.kind, run.seed) for run in table.RECIPE.cases()]
