"""The table of habits on stacked digits: one thing changes at a time."""

import pytest
import torch

from genlib.gans import R1, R2, SpectralNorm
from genlib.recipes import stacked_digits_losses as recipe


@pytest.mark.parametrize("kind", recipe.KINDS)
def test_every_kind_is_what_it_is_called(kind: str) -> None:
    game = recipe.KINDS[kind].model()
    penalties = {type(one) for one in game.penalties}
    assert penalties == ({R1, R2} if "R1 + R2" in kind else {R1} if "R1" in kind else set())
    norms = [one for one in game.discriminator.modules() if isinstance(one, torch.nn.BatchNorm2d)]
    assert bool(norms) == ("batch norm" in kind)
    assert any(isinstance(one, SpectralNorm) for one in game.stabilisers) == ("spectral" in kind)
    assert game.betas == ((0.5, 0.999) if "betas" in kind else (0.0, 0.99))
    assert (game.discriminator[0].weight.std().item() < 0.04) == ("0.02" in kind)


def test_one_run_makes_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "SAMPLES", 60)
    monkeypatch.setattr(recipe, "BATCH", 4)
    monkeypatch.setattr(recipe, "digits", lambda: torch.rand(20, 1, 28, 28) * 2 - 1)
    (row,) = recipe.rows(recipe.Run(seed=2), 1)
    assert (row.kind, row.seed) == (recipe.BASE, 2)
    assert 1 <= row.modes <= 60
    assert 0 <= row.averaged_sure <= 1
