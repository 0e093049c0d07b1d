"""The table of damaged digits: what each damage does, whose training set is whose, and its rows."""

from dataclasses import astuple

import pytest
import torch

from genlib import runtime, zoo
from genlib.metrics import features
from genlib.recipes import evaluating_samples as recipe


@pytest.fixture(scope="module")
def of() -> recipe.Digits:
    return recipe.digits(3)


def test_digits_are_cut_without_overlap(of: recipe.Digits) -> None:
    parts = (of.reference, of.rest, of.fresh)
    assert [len(part) for part in parts] == [2000, 2000, 6000]
    assert len(torch.cat(parts).flatten(1).unique(dim=0)) == 10_000
    assert not torch.equal(of.fresh, recipe.digits(4).fresh)


def test_blur_keeps_the_light_and_widens_a_point() -> None:
    point = torch.zeros(1, 1, 28, 28)
    point[0, 0, 14, 10] = 1
    for width in (0.5, 1.0):
        seen = recipe.blurred(point, width)[0, 0].double()
        away = torch.arange(28) - torch.tensor([14.0, 10.0])[:, None]
        assert torch.isclose(seen.sum(), torch.ones(()).double(), atol=1e-5)
        for places, shares in zip(away, (seen.sum(1), seen.sum(0)), strict=True):
            assert abs(shares @ places.double()) < 1e-5
            own = torch.exp(-0.5 * (torch.arange(-9, 10) / width) ** 2)
            wanted = (own * torch.arange(-9, 10) ** 2).sum() / own.sum()
            assert abs(shares @ places.double() ** 2 - wanted) < 1e-3


def test_a_shift_is_to_the_right_and_nothing_comes_round() -> None:
    x = torch.rand(2, 1, 28, 28)
    moved = recipe.shifted(x, 3.0)
    assert torch.equal(moved[..., 3:], x[..., :-3])
    assert not moved[..., :3].any()


def test_the_whole_inversion_is_its_own_inverse() -> None:
    x = torch.rand(2, 1, 28, 28)
    assert torch.allclose(recipe.inverted(recipe.inverted(x, 1), 1), x, atol=1e-6)
    assert torch.allclose(recipe.inverted(x, 0.02), 0.96 * x + 0.02, atol=1e-6)


@pytest.mark.parametrize("name", recipe.DAMAGES)
def test_every_damage_leaves_2000_images(of: recipe.Digits, name: str) -> None:
    damage = recipe.DAMAGES[name]
    for strength in damage.strengths:
        found = damage.apply(of, strength)
        assert found.shape == of.reference.shape
        assert found.min() >= 0
        assert found.max() <= 1
        assert not torch.equal(found, of.fresh[:2000])


def test_copies_and_losses_are_what_they_say(of: recipe.Digits) -> None:
    half = recipe.DAMAGES["copies of the reference"].apply(of, 0.5)
    assert torch.equal(half[:1000], of.reference[:1000])
    assert torch.equal(half[1000:], of.fresh[1000:2000])
    assert torch.equal(recipe.DAMAGES["copies of the training set"].apply(of, 1), of.rest)
    few = recipe.DAMAGES["few distinct"].apply(of, 10)
    assert len(few.flatten(1).unique(dim=0)) == 10
    assert (recipe.label_probabilities(few)[:, 0].argmax(1).bincount() > 0).all()
    lost = recipe.DAMAGES["lost classes"].apply(of, 5)
    assert (recipe.label_probabilities(lost)[:, 0].argmax(1) < 5).double().mean() > 0.97


def test_copies_of_the_reference_are_at_no_distance(of: recipe.Digits) -> None:
    images = of.reference[:300]
    reference = features(images)
    found = recipe.scores(images, reference, reference)
    assert found["frechet"] < 1e-9
    assert (found["authenticity"], found["told"], found["coverage"]) == (0, 0, 1)


def test_a_model_has_the_training_set_that_it_was_trained_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train, seen = torch.randn(3000, 64, dtype=torch.float64), []
    monkeypatch.setattr(recipe, "digit_features", lambda split: train)
    monkeypatch.setattr(recipe, "scores", lambda *sets: seen.extend(sets) or {"told": 0.75})
    recipe.training.cache_clear()
    (row,) = recipe.rows(recipe.Case("dcgan", 0.0, 1), 1)
    recipe.training.cache_clear()
    images, reference, whole = seen
    assert (row.damage, row.seed, row.told) == ("dcgan", 1, 0.75)
    assert images.shape == (recipe.N, 1, 28, 28)
    assert 0 <= images.min() < images.max() <= 1
    assert torch.equal(whole, train)
    assert len(reference) == recipe.N
    assert all((train == row).all(1).any() for row in reference[:20])


@pytest.mark.parametrize("name", recipe.MODELS)
def test_every_stored_model_draws_digits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "N", 12)
    stored = recipe.MODELS[name]
    images = recipe.samples(recipe.Case(name, 0.0, 1))
    assert images.shape == (12, 1, 28, 28)
    assert 0 <= images.min() < 0.01  # black ground, also of what is drawn in [-1, 1]
    assert 0.99 < images.max() <= 1
    assert (len(images.unique()) == 2) == stored.binary
    assert 0.05 < images.mean() < 0.25  # digits have 0.13
    assert (recipe._kind(recipe.Case(name)) == recipe.BINARY) == stored.binary
    if stored.symmetric:
        raw = zoo.load(name).sample(12, generator=runtime.generator(1))
        assert torch.allclose(images, (raw + 1) / 2, atol=1e-6)


def test_binary_digits_are_compared_with_binary_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    images, grey = (recipe.samples(recipe.Case(name, 0.0, 2)) for name in (recipe.BINARY, "none"))
    assert images.unique().tolist() == [0, 1]
    assert abs(images.mean() - grey.mean()) < 0.002
    assert (images[grey == 1] == 1).all()
    train = torch.randn(3000, 64, dtype=torch.float64)
    monkeypatch.setattr(recipe, "binary_features", lambda: train)
    recipe.training.cache_clear()
    reference, whole = recipe.training(recipe.Case(recipe.BINARY))
    recipe.training.cache_clear()
    assert torch.equal(whole, train)
    assert len(reference) == recipe.N


def test_the_stored_table_has_every_case() -> None:
    stored = [astuple(row)[:3] for row in recipe.read()]
    assert stored == [astuple(case) for case in recipe.cases()]
