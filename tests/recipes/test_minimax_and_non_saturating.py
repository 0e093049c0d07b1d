"""The comparison of the two generator costs: the same start for both, and a table that is whole."""

from dataclasses import astuple, replace
from pathlib import Path

import pytest
import torch

from genlib.gans import Minimax, NonSaturating
from genlib.recipes import minimax_and_non_saturating as recipe
from genlib.recipes.experiments import Options

IMAGES = torch.rand(256, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1


def weights(game: recipe.Game) -> list[torch.Tensor]:
    return [w.detach().clone() for w in recipe.begin(game, IMAGES).parameters()]


def test_both_costs_begin_with_the_same_weights() -> None:
    game = recipe.Game(ahead=2, seed=3)
    other = replace(game, cost="non-saturating", optimizer="adam", lr=1e-3)
    assert all(map(torch.equal, weights(game), weights(other)))


def test_the_head_start_moves_the_discriminator_alone() -> None:
    game = recipe.Game(ahead=2)
    before, after = game.model(), recipe.begin(game, IMAGES).cpu()
    pairs = {
        part: list(
            zip(getattr(before, part).parameters(), getattr(after, part).parameters(), strict=True)
        )
        for part in ("generator", "discriminator")
    }
    assert all(torch.equal(a, b) for a, b in pairs["generator"])
    assert not any(torch.equal(a, b) for a, b in pairs["discriminator"])


def test_each_game_minimises_the_cost_it_names() -> None:
    assert isinstance(recipe.Game("minimax").model().adversarial_loss, Minimax)
    assert isinstance(recipe.Game("non-saturating").model().adversarial_loss, NonSaturating)


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    table = [recipe.Row("minimax", "sgd", 0.1, 30, 2, 100, 0.8824, 1.2e-9, -1e-9)]
    recipe.RECIPE.write(table, tmp_path / "new" / "table.csv", Options())
    assert recipe.read(tmp_path / "new" / "table.csv") == table


def test_the_stored_table_has_every_game() -> None:
    expected = [
        (game, step)
        for game in recipe.games()
        for step in range(0, recipe.ROUNDS + 1, recipe.EVERY)
    ]
    fields = ("cost", "optimizer", "lr", "ahead", "seed")
    stored = [
        (recipe.Game(*(getattr(row, field) for field in fields)), row.round)
        for row in recipe.read()
    ]
    assert stored == expected


def test_a_table_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    played = []

    def play(game: recipe.Game, rounds: int) -> list[recipe.Row]:
        played.append(game)
        return [recipe.Row(*astuple(game), rounds, 0.5, 0.25, 1.0)]

    games = [recipe.Game(seed=seed) for seed in range(3)]
    table = replace(recipe.RECIPE, cases=lambda: games, run_case=play)
    list(table.run(tmp_path, Options(steps=7)))
    assert played == games
    file = tmp_path / "minimax-and-non-saturating.csv"
    whole = file.read_text()
    assert whole.startswith("# python -m genlib train minimax-and-non-saturating --steps 7\n")
    assert "7 rounds" in whole
    file.write_text("\n".join(whole.splitlines()[:-1]))  # the last game is lost
    list(table.run(tmp_path, Options(steps=7)))
    assert played == [*games, games[-1]]
    assert file.read_text() == whole


def test_a_table_of_other_rounds_is_left_alone(tmp_path: Path) -> None:
    table = replace(recipe.RECIPE, cases=list)
    list(table.run(tmp_path, Options(steps=7)))
    table.write([], tmp_path / f"{table.name}.csv", Options(steps=7))
    with pytest.raises(ValueError, match="holds the run of"):
        list(table.run(tmp_path, Options(steps=8)))


def test_a_damaged_table_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("cost,optimizer\nminimax,sgd,0.1\n")
    with pytest.raises(ValueError, match=r"table.csv is damaged or another table"):
        recipe.read(file)
