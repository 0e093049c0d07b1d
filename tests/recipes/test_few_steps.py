"""The league of few steps: every way costs what its row says, and learns from the stored model."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from genlib.data import Images
from genlib.diffusion import FlowMatching, UNet
from genlib.recipes import few_steps as recipe

FEW = 40
LEARNT = ("reflow", "distilled", "consistency")
SOLVED = [case for case in recipe.cases() if case.seed == 0 and case.way != "digits"]


def small() -> FlowMatching:
    torch.manual_seed(0)
    model = FlowMatching(UNet(widths=(4, 4), blocks=1))
    torch.nn.init.normal_(model.network.leave.weight, std=0.05)
    return model


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the stored model be a small one, with few couples and few data."""
    images = torch.randint(256, (64, 1, 28, 28), dtype=torch.uint8)
    digits = Images(images, torch.zeros(64, dtype=torch.long))
    monkeypatch.setattr(recipe, "load", lambda *which: digits)
    monkeypatch.setattr(recipe, "stored", small)
    monkeypatch.setattr(recipe, "COUPLES", FEW)
    monkeypatch.setattr(recipe.samples, "TOGETHER", FEW)
    monkeypatch.setattr(recipe, "student", student)
    for cached in (recipe.couples, recipe.trained, recipe.bend):
        cached.cache_clear()
    yield
    for cached in (recipe.couples, recipe.trained, recipe.bend):
        cached.cache_clear()


def student(kind: type, start: FlowMatching, **options: object) -> FlowMatching:
    model = kind(UNet(widths=(4, 4), blocks=1), **options)
    model.network.load_state_dict(start.network.state_dict())
    return model


@pytest.mark.parametrize("case", SOLVED, ids=lambda case: f"{case.way}-{case.evaluations}")
def test_a_way_costs_as_many_evaluations_as_it_says(case: recipe.Case) -> None:
    model, counted = recipe.trained(case.way, case.seed, 1)[0], []
    network = model.generator if case.way == "DCGAN" else model.network
    network.register_forward_hook(lambda *_: counted.append(1))
    found = recipe.samples.in_parts(recipe.sampler(case, model), 3, seed=0)
    assert found.shape == (3, 1, 28, 28)
    assert len(counted) == case.evaluations


@pytest.mark.parametrize("way", LEARNT)
def test_further_training_begins_at_the_stored_model(way: str) -> None:
    model, spent = recipe.trained(way, 0, 1)
    before, after = (dict(one.network.named_parameters()) for one in (small(), model))
    moved = [(after[name] - before[name]).abs().max().item() for name in before]
    assert 0 < max(moved) < 0.05
    assert spent > 0


def test_couples_are_what_the_equation_joins() -> None:
    (x, noise), _ = recipe.couples(0)
    again = small().generate(noise, steps=recipe.FINE // 2, method="heun")
    assert x.shape == (FEW, 1, 28, 28)
    assert torch.allclose(small().inward(x), again, atol=0.01)  # bfloat16
    assert (x - small().outward(noise)).abs().max() > 0.02


def test_paths_of_one_direction_are_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    class Along(FlowMatching):
        def velocity(self, x: Tensor, t: Tensor, *_: object) -> Tensor:
            return torch.ones_like(x)

    monkeypatch.setattr(recipe, "stored", Along)
    assert recipe.bend("Euler", 0, 1) == pytest.approx(1, abs=1e-5)


def test_real_digits_differ_by_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "SAMPLES", 20)
    first, second = recipe.others(0), recipe.others(1)
    assert first.shape == (20, 1, 28, 28)
    assert torch.equal(first, recipe.others(0))
    assert not torch.equal(first, second)


def test_the_stored_table_has_every_case() -> None:
    fields = list(vars(recipe.cases()[0]))
    stored = [tuple(getattr(row, field) for field in fields) for row in recipe.read()]
    assert stored == [tuple(vars(case).values()) for case in recipe.cases()]
