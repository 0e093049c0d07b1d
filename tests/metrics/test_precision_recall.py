"""Precision, recall, density and coverage: cases by hand, and laws that hold for all data."""

import importlib
import math

import pytest
import torch
from torch import Tensor

from genlib.metrics import PrecisionRecall, precision_recall


def line(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64).unsqueeze(1)


def noise(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_case_by_hand() -> None:
    # Balls around real examples: [-1, 1], [0, 2], [1, 3], [2, 18]. Those of 1 and of 2 hold 1.5
    # and 1.75. Balls around fakes: [1.25, 1.75], [1.5, 2], [1.75, 38.25]. They hold 2 and 10.
    found = precision_recall(line(0, 1, 2, 10), line(1.5, 1.75, 20), k=1)
    assert found == PrecisionRecall(precision=2 / 3, recall=2 / 4, density=4 / 3, coverage=2 / 4)


def test_a_ball_holds_its_border() -> None:
    # Balls [-1, 1] and [0, 2] around real examples, [1, 3] and [2, 4] around fakes.
    found = precision_recall(line(0, 1), line(2, 3), k=1)
    assert found == PrecisionRecall(1 / 2, 1 / 2, 1 / 2, 1 / 2)


def test_the_kth_neighbour_is_another_one_and_counts_equal_ones() -> None:
    # With k = 2 the balls around 0, 0 and 3 reach 3, 3 and 3; fakes at 3.1 lie in that of 3 alone.
    found = precision_recall(line(0, 0, 3), line(3.1, 3.1, 3.1), k=2)
    assert found == PrecisionRecall(precision=1, recall=0, density=1 / 2, coverage=1 / 3)
    # With k = 1 the balls around 0 are points, which hold what is equal.
    found = precision_recall(line(0, 0, 3), line(0, 50), k=1)
    assert found == PrecisionRecall(precision=1 / 2, recall=1, density=3 / 2, coverage=1)


def test_copies_are_perfect() -> None:
    x = noise(50, 3)
    found = precision_recall(x, x.flip(0), k=3)
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)
    # Each ball holds its own centre and k others.
    assert found.density == pytest.approx(4 / 3)


def test_balls_that_are_points_hold_what_is_equal() -> None:
    x = noise(50, 3) + 100  # products of matrices would tear equal rows apart
    found = precision_recall(x.repeat(2, 1), x.flip(0), k=1)
    assert found == PrecisionRecall(precision=1, recall=1, density=2, coverage=1)


def test_disjoint_sets_have_nothing_in_common() -> None:
    assert precision_recall(noise(50, 3), noise(50, 3, 1) + 100) == PrecisionRecall(0, 0, 0, 0)


def test_samples_of_a_part_are_precise_and_recall_little() -> None:
    whole = torch.cat([noise(100, 2), noise(100, 2, 1) + 50])
    part = noise(100, 2, 2) * 0.5
    few = precision_recall(whole, part)
    assert few.precision > 0.95
    assert few.recall < 0.5 >= few.coverage
    turned = precision_recall(part, whole)
    assert (turned.precision, turned.recall) == (few.recall, few.precision)
    assert turned.coverage > 0.8


def test_an_outlier_misleads_precision_and_hardly_density() -> None:
    real = torch.cat([noise(100, 2), torch.tensor([[30.0, 0.0]])])
    fake = noise(100, 2, 1) * 0.1 + torch.tensor([20.0, 0.0])
    found = precision_recall(real, fake)
    assert found.precision == 1
    assert found.density < 0.25
    assert found.coverage < 0.05


@pytest.mark.parametrize(("n", "m", "k"), [(40, 40, 1), (40, 40, 5), (60, 30, 3)])
def test_equal_distributions_have_the_density_and_coverage_of_the_law(
    n: int, m: int, k: int
) -> None:
    found = [precision_recall(noise(n, 3, 2 * r), noise(m, 3, 2 * r + 1), k=k) for r in range(200)]
    coverage = 1 - math.comb(n - 1, k) / math.comb(n + m - 1, k)
    for name, expected in (("density", 1), ("coverage", coverage)):
        values = torch.tensor([getattr(each, name) for each in found], dtype=torch.float64)
        assert abs(values.mean() - expected) < 4 * values.std() / math.sqrt(200), name


def test_many_rows_are_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = noise(50, 3), noise(40, 3, 1) + 0.5
    whole = precision_recall(real, fake)
    monkeypatch.setattr(importlib.import_module("genlib.metrics.precision_recall"), "TOGETHER", 7)
    assert precision_recall(real, fake) == whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"real": torch.zeros(5, 2)}, r"real is \(5, 2\), wanted \(N, D\) with N at least 6"),
        ({"fake": torch.zeros(5, 2)}, r"fake is \(5, 2\), wanted \(N, D\) with N at least 6"),
        ({"fake": torch.zeros(9, 3)}, r"real \(9, 2\) and fake \(9, 3\) have different"),
        ({"real": torch.full((9, 2), math.nan)}, "real holds numbers that are not finite"),
        ({"k": 0}, "k=0, wanted a whole number, at least 1"),
        ({"k": True}, "k=True, wanted a whole number"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        precision_recall(**({"real": torch.zeros(9, 2), "fake": torch.zeros(9, 2)} | arguments))
