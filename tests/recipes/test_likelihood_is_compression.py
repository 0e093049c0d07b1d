"""The table of files: what a stack grew by, what is claimed, and that all is stored."""

import math

import pytest
import torch

from genlib import coding
from genlib.autoregressive import PositionWeights
from genlib.coding import bits_back
from genlib.latent import VAE
from genlib.likelihoods import Bernoulli
from genlib.recipes import likelihood_is_compression as recipe

BIT = math.log(2)  # nats
SMALL = (1, 4, 4)
X = (torch.rand(40, *SMALL, generator=torch.Generator().manual_seed(0)) < 0.3).float()


def pixels() -> PositionWeights:
    return PositionWeights(event_shape=SMALL, likelihood=Bernoulli(event_dims=3)).count(X).eval()


def vae() -> VAE:
    torch.manual_seed(0)
    return VAE(latent=3, hidden=(8,), event_shape=SMALL).eval()


def test_the_digits_of_two_seeds_are_others() -> None:
    first, second = recipe.digits(0, 20), recipe.digits(1, 20)
    assert first.shape == second.shape == (20, 1, 28, 28)
    assert set(first.unique().tolist()) == {0.0, 1.0}
    assert not (first[:, None] == second).flatten(2).all(-1).any()


def test_an_autoregressive_model_pays_what_it_claims() -> None:
    claimed, error = recipe.claim(pixels(), X)
    assert error == 0
    grown = recipe.grown(pixels(), coding.encode(pixels(), X))
    assert grown == pytest.approx(len(X) * claimed / BIT, rel=1e-3)


def test_what_bits_back_borrowed_is_not_counted() -> None:
    model, stack = vae(), bits_back.borrowed()
    before = stack.bits
    with torch.no_grad():
        bits_back.push_events(stack, model, X)
    assert recipe.grown(model, coding.encode(model, X)) == pytest.approx(stack.bits - before)


def test_the_error_of_a_mean_falls_with_the_number_of_events() -> None:
    few, many = (recipe.claim(vae(), X.repeat(n, 1, 1, 1))[1] for n in (1, 9))
    assert few == pytest.approx(3 * many, rel=0.2)


@pytest.mark.parametrize("kind", ["pixels", "VAE"])
def test_a_row_is_in_bits_a_digit(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "MODELS", {"pixels": pixels, "VAE": vae})
    monkeypatch.setattr(recipe, "digits", lambda seed, count: X[:count])
    (row,) = recipe.rows(recipe.Run(kind, 1), 24)
    model = recipe.MODELS[kind]()
    assert (row.kind, row.seed, row.digits) == (kind, 1, 24)
    assert row.file == pytest.approx(8 * len(coding.encode(model, X[:24])) / 24, abs=1e-3)
    assert row.claimed == pytest.approx(recipe.claim(model, X[:24])[0] / BIT, abs=1e-3)
    assert row.net < row.file


def test_the_stored_table_has_every_run_and_pays_what_is_claimed() -> None:
    rows = recipe.read()
    assert [(row.kind, row.seed, row.digits) for row in rows] == [
        (run.kind, run.seed, recipe.DIGITS) for run in recipe.runs()
    ]
    for row in rows:
        assert abs(row.net - row.claimed) < 5 * row.error + 0.001 * row.claimed
