"""The race of EM against two gradient methods: like starts, a common goal, the matrix of a rate."""

import math

import pytest
import torch

from genlib.recipes import em_race as recipe


def test_the_free_numbers_describe_the_same_mixture() -> None:
    x, model = recipe.Run("apart", seed=3).begin()
    wanted = model.log_prob(x).mean()
    assert torch.isclose(recipe.log_p(recipe.numbers(model), x), wanted)
    many = recipe.numbers(model).repeat(2, 3, 1)
    assert torch.allclose(recipe.log_p(many, x), wanted.expand(2, 3))


def test_all_methods_begin_at_one_place() -> None:
    traces, end = recipe.race(recipe.Run("overlapping", seed=0), passes=4)
    assert len({round(trace[0], 9) for trace in traces.values()}) == 1
    assert end.shape == (12,)


def test_the_goal_is_common_and_may_be_missed() -> None:
    traces = {"em": [0.0, 1.0], "ascent": [0.0, 0.5], "lbfgs": [1.00005, 1.0]}
    assert recipe.arrivals(traces) == {"em": 1.0, "ascent": math.inf, "lbfgs": 0.0}


def test_the_missing_share_is_the_speed_of_em() -> None:
    run = recipe.Run("overlapping", seed=9)
    x, model = run.begin()
    trace = model.em(x, steps=400, tolerance=1e-11, resume=True)["log_likelihood"]
    share = recipe.missing(recipe.numbers(model), x)
    assert recipe.shrinkage(trace) == pytest.approx(share, abs=2e-3)


def test_a_trace_that_is_short_or_falls_has_no_speed() -> None:
    assert recipe.shrinkage([0.0, 1.0]) == recipe.shrinkage([1.0, 0.0, 2.0]) == 0.0


def test_the_stored_table_is_whole() -> None:
    assert recipe.column("em", groups="apart").shape == (len(recipe.SEEDS),)
    assert len(recipe.read()) == len(recipe.RECIPE.cases())
