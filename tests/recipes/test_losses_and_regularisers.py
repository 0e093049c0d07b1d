"""Losses and regularisers on digits: what is compared, and a table that is whole."""

from collections.abc import Iterator

import pytest
import torch

from genlib.gans import Hinge, LipschitzGames, Wasserstein
from genlib.recipes import losses_and_regularisers as recipe


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[LipschitzGames]]:
    """Play without a classifier; yield the games that were played."""
    games = []

    def play(self: LipschitzGames, draw: object, rounds: int, batch_size: int) -> None:
        self.rounds, self.batch_size = rounds, batch_size
        games.append(self)

    monkeypatch.setattr(LipschitzGames, "play", play)
    monkeypatch.setattr(recipe, "distance", lambda samples: samples[0, 0].item())
    recipe.played.cache_clear()
    yield games
    recipe.played.cache_clear()


def test_components_are_orthonormal_and_the_largest_first() -> None:
    found = recipe.components()
    torch.testing.assert_close(found.basis.T @ found.basis, torch.eye(40), atol=1e-4, rtol=0)
    variances = recipe.numbers("train").var(0)
    assert (variances.diff() < 0).all()
    codes = recipe.numbers("validation")[:9]
    flat = found.mean + codes @ found.basis.T
    assert torch.equal(found.images(codes), flat.clamp(-1, 1).view(9, 1, 28, 28))


def test_each_game_has_the_loss_and_the_regulariser_it_names(quick: list[LipschitzGames]) -> None:
    recipe.rows(recipe.Game("hinge", "spectral norm", 1, 1e-2, 2), 30)
    recipe.rows(recipe.Game("Wasserstein", "clipping", 5, 1e-2, 2), 30)
    recipe.rows(recipe.Game("Wasserstein", "gradient penalty", 1, 1e-2, 2), 30)
    normalised, clipped, penalised = quick
    assert isinstance(normalised.loss, Hinge)
    assert normalised.spectral
    assert isinstance(clipped.loss, Wasserstein)
    assert torch.allclose(clipped.settings["clip"], torch.tensor(0.01))
    assert (clipped.discriminator_updates, clipped.rounds) == (5, 10)
    assert (penalised.discriminator_updates, penalised.rounds) == (1, 30)
    assert (penalised.settings["gradient_penalty"] == 10).all()


def test_a_game_has_its_own_step_size_and_seed(quick: list[LipschitzGames]) -> None:
    game = recipe.Game("hinge", "R1", 1, 3e-2, 1)
    (row,) = recipe.rows(game, 30)
    assert (row.lr, row.seed) == (3e-2, 1)
    (games,) = quick
    run = [
        place
        for place, (seed, lr) in enumerate(
            zip(games.seeds, games.settings["lr"].flatten(), strict=True)
        )
        if (seed, round(lr.item(), 6)) == (1, 3e-2)
    ]
    assert row.distance == recipe.rounded(games.sample(recipe.SAMPLES)[run[0], 0, 0].item(), 3)


def test_samples_that_are_not_finite_are_infinitely_far() -> None:
    assert recipe.distance(torch.full((3, 40), torch.nan)) == float("inf")


def test_the_stored_table_has_every_game() -> None:
    fields = ("loss", "regulariser", "updates", "lr", "seed")
    stored = [recipe.Game(*(getattr(row, field) for field in fields)) for row in recipe.read()]
    assert stored == recipe.cases()
    assert not set(recipe.CHOOSING) & set(recipe.JUDGING)
