"""The schedule of the recipes, at places known by hand."""

import pytest

from genlib.training.schedules import cosine


def test_rises_linearly_then_falls_along_a_half_cosine() -> None:
    found = [cosine(step, 100, warmup=0.1) for step in (0, 9, 10, 55, 100)]
    assert found == pytest.approx([1 / 11, 10 / 11, 1, 0.5, 0])


def test_without_warm_up_it_begins_at_one() -> None:
    assert cosine(0, 7, warmup=0) == 1
    assert cosine(0, 1) == pytest.approx(1 / 1.01)  # a run of one step


def test_never_negative_and_never_above_one() -> None:
    assert all(0 <= cosine(step, 37) <= 1 for step in range(37))
