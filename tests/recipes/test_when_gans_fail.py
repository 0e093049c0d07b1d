"""The maps of step sizes: every game is a game by itself, and the table is whole."""

from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path

import pytest
import torch

from genlib.gans import ManyGames
from genlib.recipes import when_gans_fail as recipe
from genlib.recipes.experiments import Options


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[recipe.Game]]:
    """Two maps of two games each, instead of all."""
    games = [recipe.Game(lr=lr, seed=seed) for lr in (1e-3, 1e-2) for seed in (0, 1)]
    games += [replace(game, beta1=0.9, updates=3, discriminator_lr=3e-3) for game in games[:2]]
    monkeypatch.setattr(recipe, "cases", lambda: games)
    recipe.played.cache_clear()
    yield games
    recipe.played.cache_clear()


def test_a_game_of_a_map_is_that_game_played_alone(few: list[recipe.Game]) -> None:
    for game in (few[2], few[5]):
        alone = ManyGames(
            [game.seed],
            lr=game.lr,
            discriminator_lr=game.discriminator_lr,
            discriminator_updates=game.updates,
            beta1=game.beta1,
        )
        alone.play(recipe.draw, 8)
        found, touched, good, loss = recipe.judge(alone)[0]
        first, last = recipe.rows(game, 8)
        assert (first.round, last.round) == (2, 8)
        assert (last.found, last.touched) == (found, touched)
        assert last.good == pytest.approx(good, abs=2e-3)
        assert last.loss == pytest.approx(loss, rel=1e-2)


def test_a_judge_knows_a_whole_ring_and_a_collapse() -> None:
    games = ManyGames([0, 1])
    whole = recipe.draw(recipe.SAMPLES, torch.Generator().manual_seed(5))
    one = recipe.ring.modes[:1].float().expand(recipe.SAMPLES, -1)
    games.sample = lambda n: torch.stack([whole, one])
    with torch.no_grad():
        games.discriminator.weights.zero_()  # D cannot tell
    assert recipe.judge(games) == [(8, 8, 1.0, 1.39), (1, 1, 1.0, 1.39)]


def test_two_modes_are_never_near_one_point() -> None:
    distances = torch.cdist(recipe.ring.modes, recipe.ring.modes)
    assert distances[distances > 0].min() > 2 * recipe.RADIUS


def test_the_stored_table_has_every_game() -> None:
    expected = [
        (game, look)
        for game in recipe.cases()
        for look in (game.longer * recipe.ROUNDS // 4, game.longer * recipe.ROUNDS)
    ]
    stored = [
        (recipe.Game(*astuple(row)[: len(astuple(game))]), row.round)
        for (game, _), row in zip(expected, recipe.read(), strict=True)
    ]
    assert stored == expected
    for row in recipe.read():
        assert 0 <= row.found <= row.touched <= 8
        assert 0 <= row.good <= 1
        assert row.loss > 0


def test_a_column_is_a_map() -> None:
    found = recipe.column("found", beta1=0.9, updates=1, longer=1, round=recipe.ROUNDS)
    assert found.shape == (len(recipe.FEW_SEEDS), 7, 7)
    later = recipe.column("found", longer=recipe.LATER, lr=1e-3, discriminator_lr=1e-3)
    assert later.shape == (len(recipe.LONG_SEEDS), 2)


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    table = [recipe.Row(0.9, 3, 1, 1e-4, 0.1, 2, 2000, 3, 8, 0.5, 1.2e-9)]
    recipe.RECIPE.write(table, tmp_path / "table.csv", Options())
    assert recipe.read(tmp_path / "table.csv") == table
