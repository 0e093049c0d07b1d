"""The table of estimates: an exact decoder, what a row costs, whose images are whose."""

from dataclasses import astuple, fields

import pytest
import torch

from genlib.metrics import Decoder
from genlib.recipes import likelihood_of_decoders as recipe


@pytest.mark.parametrize(
    "case",
    [
        recipe.Case("linear", draws=4, leaps=2),
        recipe.Case("linear", draws=7, leaps=0),
        recipe.Case("vae", "simulated", "encoder", 4, 3),
    ],
    ids=str,
)
def test_effort_is_what_the_decoder_is_asked(
    case: recipe.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = 0
    decoder, x, codes = recipe.setting(case)

    def counting(z: torch.Tensor) -> torch.Tensor:
        nonlocal decoded
        decoded += len(z) * (recipe.PASSES if z.requires_grad else 1)
        return decoder.decode(z)

    counted = Decoder(counting, decoder.likelihood, decoder.event_shape, decoder.size)
    monkeypatch.setattr(recipe, "setting", lambda _case: (counted, x, codes))
    (row,) = recipe.rows(case, 1)
    assert row.passes * len(x) == decoded


def test_methods_of_a_seed_share_its_images() -> None:
    seen = [recipe.setting(recipe.Case("vae", draws=draws, seed=3))[1] for draws in (5, 9)]
    assert torch.equal(*seen)
    other = recipe.setting(recipe.Case("vae", seed=4))[1]
    assert not torch.equal(seen[0], other)
    assert len(other) == recipe.IMAGES["vae"]


def test_simulated_images_are_bracketed() -> None:
    (row,) = recipe.rows(recipe.Case("vae", "simulated", "encoder", 5, 1), 1)
    assert row.upper > row.estimate
    (row,) = recipe.rows(recipe.Case("linear", draws=30), 1)
    assert row.bias < 0
    assert row.rmse >= abs(row.bias)


def test_the_longest_run_has_more_than_a_hundred_images_of_its_own() -> None:
    seeds = [case.seed for case in recipe.cases() if case.leaps == 1 and case.draws == 3000]
    seen = torch.cat([recipe.order(seed)[: recipe.IMAGES["linear"]] for seed in seeds])
    assert (seeds, len(seen)) == ([*range(7)], 112)
    assert len(seen.unique()) >= 110  # shuffles of 10,000 hardly meet


def test_the_stored_table_has_every_case() -> None:
    number = len(fields(recipe.Case))
    stored = [astuple(row)[:number] for row in recipe.read()]
    assert stored == [astuple(case) for case in recipe.cases()]
    assert all(row.passes == recipe.Case(*astuple(row)[:number]).effort for row in recipe.read())
