"""The table of remedies: each is another game, chosen on some seeds and judged on others."""

import pytest
import torch

from genlib.recipes import stabilising_gans as recipe
from genlib.recipes import stabilising_maps

SETTINGS = sorted({(game.task, game.remedy, game.strength) for game in recipe.cases()})


def ends(task: str, name: str, strength: float) -> torch.Tensor:
    games = recipe.games_of(task, name, strength, 4, [3], [1e-2])
    games.play(recipe.TASKS[task].draw, 3, recipe.REMEDIES[name].batch)
    return games.sample(50)


@pytest.mark.parametrize("setting", [one for one in SETTINGS if one[0] == "ring"], ids=str)
def test_every_remedy_changes_the_game(setting: tuple[str, str, float]) -> None:
    alike = setting[1] in (recipe.NO_REMEDY, "averaged weights")
    assert torch.equal(ends(*setting), ends("ring", recipe.NO_REMEDY, 0.0)) == alike


def test_the_step_size_is_the_best_of_four(monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        def __init__(self, found: int) -> None:
            self.found, self.good, self.kl = found, 0.5, 0.1

    def judge(games: recipe.ManyGames, task: str) -> list:
        order = [round(lr, 5) for lr in games.settings["lr"][:, 0].tolist()]
        live = {3e-4: 2, 1e-3: 3, 3e-3: 7, 1e-2: 4}
        return [(Found(live[lr]), Found(9 - live[lr])) for lr in order]

    monkeypatch.setattr(recipe, "judge", judge)
    assert recipe.chosen("ring", recipe.NO_REMEDY, 0.0, 1) == (3e-3, 7.0)
    assert recipe.chosen("ring", "averaged weights", 0.0, 1) == (3e-4, 7.0)


def test_a_game_that_left_the_numbers_finds_nothing() -> None:
    games = recipe.games_of("ring", recipe.NO_REMEDY, 0.0, 1, [0, 1], [1e-3, 1e-3])
    games.generator.weights.data[1] = torch.nan
    _, (lost, _) = recipe.judge(games, "ring")
    assert (lost.found, lost.good) == (0, 0.0)


def test_rows_are_of_the_seeds_that_judge() -> None:
    games = [game for game in recipe.cases() if (game.task, game.remedy) == ("ring", "R2")]
    assert [game.seed for game in games[:20]] == list(recipe.SEEDS)
    assert not set(recipe.SEEDS) & set(recipe.CHOOSING)


def test_the_maps_have_every_pair_of_step_sizes() -> None:
    cases = stabilising_maps.cases()
    assert len(cases) == len(set(cases)) == 5 * 7 * 7 * 3
    known = {(game.remedy, game.strength) for game in recipe.cases()}
    assert {(game.remedy, game.strength) for game in cases} <= known


@pytest.mark.parametrize("table", [recipe, stabilising_maps], ids=lambda one: one.RECIPE.name)
def test_the_stored_table_has_every_game(table: object) -> None:
    fields = list(vars(table.cases()[0]))
    stored = [tuple(getattr(row, field) for field in fields) for row in table.read()]
    assert stored == [tuple(vars(game).values()) for game in table.cases()]
