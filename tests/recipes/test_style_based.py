"""Style-based games with one part left out, and what is asked of them."""

import pytest
import torch

from genlib.gans import StyleGAN
from genlib.nn import Oversampled
from genlib.recipes import style_based as recipe

STYLED = [kind for kind in recipe.KINDS if kind != "code at the bottom"]


def test_games_of_a_seed_meet_the_same_judge() -> None:
    games = [recipe.model(recipe.Run(kind)) for kind in recipe.KINDS]
    wanted = games[0].discriminator.state_dict()
    for game in games:
        found = game.discriminator.state_dict()
        assert all(torch.equal(found[name], value) for name, value in wanted.items())


def test_each_kind_leaves_out_what_it_says() -> None:
    games = {kind: recipe.model(recipe.Run(kind)) for kind in recipe.KINDS}
    z = recipe.codes(0)[:20]
    normalised = z / z.square().mean(1, keepdim=True).sqrt()
    torch.testing.assert_close(games["no mapping"].styles(z)[:, 0], normalised, rtol=1e-4, atol=0)
    assert not torch.allclose(games["StyleGAN2"].styles(z)[:, 0], normalised, atol=0.1)
    layers = {kind: games[kind].generator.layers for kind in STYLED}
    assert [kind for kind in STYLED if layers[kind][0].noise is None] == [
        "no noise",
        *recipe.FOLLOWING,
    ]
    held = {kind: getattr(layers[kind][0], "conv", None) for kind in STYLED}
    assert not held["no demodulation"].demodulate
    assert held["StyleGAN2"].demodulate
    assert [kind for kind in STYLED if games[kind].mixing == 0] == ["no mixing"]
    assert games["path length"].path_length is not None
    bends = {kind: type(layers[kind][0].bend) for kind in recipe.FOLLOWING}
    assert [kind for kind in bends if bends[kind] is not Oversampled] == ["not oversampled"]


def test_noise_that_has_no_weight_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "CODES", 50)
    game = recipe.model(recipe.Run())
    assert recipe.chance(game) == {"noise": pytest.approx(0, abs=1e-9), "renamed": 0.0}
    for layer in game.generator.layers:
        torch.nn.init.constant_(layer.noise.weight, 5.0)
    assert recipe.chance(game)["noise"] > 0.1


def test_lengths_leave_the_callers_random_numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "CODES", 50)
    game = recipe.model(recipe.Run())
    torch.manual_seed(5)
    wanted = torch.rand(1)
    torch.manual_seed(5)
    found = recipe.lengths(game)
    assert torch.equal(torch.rand(1), wanted)
    assert found == recipe.lengths(game)
    assert isinstance(game, StyleGAN)


def test_a_step_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "EXAMPLES", 100)
    found = {row.measure: row.value for row in recipe.rows(recipe.Run("not oversampled"), 4)}
    assert set(found) == {"decibels untrained", "distance", "precision", "recall", "decibels"}


@pytest.mark.skipif(not recipe.RECIPE.stored.exists(), reason="the table is not stored")
def test_the_stored_table_has_every_game() -> None:
    stored = dict.fromkeys((row.kind, row.seed) for row in recipe.RECIPE.read())
    assert list(stored) == [(run.kind, run.seed) for run in recipe.RECIPE.cases()]
