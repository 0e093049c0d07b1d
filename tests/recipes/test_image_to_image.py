"""Translations of towns and streets: what is measured, on models of which the answer is known."""

from collections.abc import Callable
from dataclasses import astuple

import pytest
import torch
from torch import Tensor

from genlib.data.pixels import symmetric
from genlib.recipes import image_to_image as recipe
from genlib.recipes import stargan_streets as star

FEW = 16


@pytest.fixture(autouse=True)
def few_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train and judge on few scenes."""
    monkeypatch.setattr(recipe, "JUDGED", FEW)
    monkeypatch.setattr(recipe, "TOWNS", 64)
    monkeypatch.setattr(recipe, "STREETS", 64)
    recipe.towns.cache_clear()
    recipe.streets.cache_clear()
    yield
    recipe.towns.cache_clear()
    recipe.streets.cache_clear()


class Known:
    """Translates by a rule."""

    def __init__(self, **ways: Callable[[Tensor], Tensor]) -> None:
        self.ways = ways

    def translate(self, x: Tensor, to: str) -> Tensor:
        return self.ways[to](x)

    def round_trip(self, x: Tensor, of: str) -> Tensor:
        other = {"map": "photo", "photo": "map"}[of]
        return self.translate(self.translate(x, other), of)


def test_texture_counts_fine_detail_alone() -> None:
    x = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert recipe.texture(x, x) == pytest.approx(1)
    assert recipe.texture(0.5 * x + 0.2, x) == pytest.approx(0.25, rel=1e-4)
    flat = x.mean((2, 3), keepdim=True).expand_as(x) + 0 * x
    assert recipe.texture(flat, x) < 1e-6


def test_grain_is_near_for_pictures_of_one_kind() -> None:
    x = torch.rand(128, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    wide = x.repeat_interleave(2, 3)[..., :32]
    assert recipe.grain(x[:64], x[64:]) < 0.9 * recipe.grain(wide[:64], x[64:])


def test_the_best_shift_finds_a_map_that_has_moved() -> None:
    labels = recipe.towns("test").labels[:FEW]
    moved = labels.roll((1, -1), (1, 2))
    accuracy, shift = recipe.best_accuracy(moved, labels, 5)
    assert accuracy == pytest.approx(1)
    assert (shift.down, shift.right) == (1, -1)
    inner = (slice(None), slice(2, -2), slice(2, -2))
    right = (moved[inner] == labels[inner]).double().mean().item()
    assert 1 - 2.5 * shift.unmoved == pytest.approx(right)


def test_true_partners_have_no_error_and_swapped_ones_come_back() -> None:
    judged = recipe.towns("test")[:FEW]
    photos, maps = judged.pairs("photo", "map").symmetric()
    perfect = recipe.scored_cycle(Known(map=lambda x: maps, photo=lambda x: photos), FEW)
    for name in ("accuracy", "accuracy at the best shift", "partner found", "round trip"):
        assert perfect[name] == pytest.approx(1)
    assert perfect["photo from as it is"] == 0
    order = torch.tensor([1, 2, 3, 4, 0])  # every colour is another one's
    swapped = symmetric(judged.colours[order][judged.labels.long()].movedim(-1, 1).contiguous())
    found = iter([swapped, maps])
    found = recipe.scored_cycle(Known(map=lambda x: next(found), photo=lambda x: photos), FEW)
    assert found["accuracy"] == 0
    assert found["round trip"] == 1


def test_photographs_and_maps_to_train_on_are_of_other_towns() -> None:
    photos, maps = recipe.strangers(None)
    all_photos, all_maps = recipe.towns().pairs("photo", "map").symmetric()
    assert len(photos) == len(maps) == 32
    assert torch.equal(photos, all_photos[:32])
    assert torch.equal(maps, all_maps[32:])


@pytest.mark.parametrize("kind", ["L1", "cycle", "UNIT"])
def test_a_run_measures_what_its_kind_does(kind: str) -> None:
    found = recipe.rows(recipe.Run(kind, 4), 1)
    assert {(row.kind, row.seed) for row in found} == {(kind, 4)}
    assert len({row.measure for row in found}) == len(found) >= 3


def test_the_stored_table_has_every_run() -> None:
    found = dict.fromkeys((row.kind, row.seed) for row in recipe.read())
    assert list(found) == [astuple(run) for run in recipe.runs()]


def test_without_the_identity_only_its_term_is_missing() -> None:
    whole, less = (recipe.KINDS[kind].model() for kind in ("cycle", "no identity"))
    batch = torch.rand(2, 4, 3, 32, 32, generator=torch.Generator().manual_seed(0)).unbind()
    terms = [set(model.generator_loss(batch)[1]) for model in (whole, less)]
    assert terms[0] - terms[1] == {"identity"}
    assert terms[1] == {"adversarial", "cycle"}
    assert (less.cycle, less.lr) == (whole.cycle, whole.lr)


def test_both_units_differ_in_what_is_shared_alone() -> None:
    models = [recipe.KINDS[kind].model() for kind in ("UNIT", "UNIT, nothing shared")]
    codes = [[{id(p) for p in net.parameters()} for net in m.generators.encoders] for m in models]
    assert [len(one & other) > 0 for one, other in codes] == [True, False]
    one, other = models
    assert len(codes[0][0]) == len(codes[1][0])  # as many weights on every way
    assert (one.weights, one.lr, one.code_shape) == (other.weights, other.lr, other.code_shape)
    assert one.lr in recipe.STEP_SIZES


def test_step_sizes_are_chosen_on_seeds_that_judge_nothing() -> None:
    seeds = {run.kind: set() for run in recipe.runs()}
    for run in recipe.runs():
        seeds[run.kind].add(run.seed)
    assert all(seeds[kind] == set(recipe.CHOOSING) for kind in recipe.TRIES)
    assert not set(recipe.CHOOSING) & set(recipe.SEEDS)
    rates = [recipe.KINDS[kind].model().lr for kind in recipe.TRIES]
    assert rates == list(recipe.STEP_SIZES)


class Weathered:
    """Translates streets by day by one rule, and names every picture the same."""

    def __init__(self, made: Tensor, day: Tensor, number: int) -> None:
        self.ways, self.number = {"night": made, "day": day}, number

    def translate(self, x: Tensor, to: str) -> Tensor:
        return self.ways[to]

    def name(self, x: Tensor) -> Tensor:
        return torch.full((len(x),), self.number)


def test_a_street_in_another_weather_is_compared_with_the_true_one() -> None:
    judged = recipe.streets("test")[:FEW]
    day, night = symmetric(judged.view("day")), symmetric(judged.view("night"))
    perfect = star.compared(Weathered(night, day, 1), day, night, "night")
    assert perfect == {"named": 1, "partner found": 1, "error": 0, "round trip": 0}
    lighter = (day + 0.5).clamp(max=1)
    wrong = Weathered(night.flip(0), lighter, 3)  # other streets, that D takes for snow
    found = star.compared(wrong, day, night, "night")
    assert (found["named"], found["partner found"]) == (0, 0)
    assert found["error"] == pytest.approx((night - night.flip(0)).abs().mean().item() / 2)
    assert found["round trip"] == pytest.approx((lighter - day).abs().mean().item() / 2)


def test_the_domains_of_streets_are_numbered_as_the_weathers_are() -> None:
    x, label = star.by_weather(None)
    views = [symmetric(recipe.streets().view(name)) for name in recipe.WEATHERS]
    assert sorted(label.unique().tolist()) == [0, 1, 2, 3]
    for picture, number in zip(x, label, strict=True):
        assert (views[number] == picture).flatten(1).all(1).any()
