"""Frequencies: they add up, leave nobody out, cost what is promised, are the same everywhere."""

import math
from decimal import Decimal, getcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genlib.coding.tables import bernoulli_frequencies, frequencies, softmax_frequencies

getcontext().prec = 40


def by_rule(weights: list[int], precision: int) -> list[int]:
    """Return the frequencies by the formula, in whole numbers of any size."""
    spare, total = 2**precision - len(weights), sum(weights)
    ends = [k + 1 + spare * sum(weights[: k + 1]) // total for k in range(len(weights))]
    return [end - start for end, start in zip(ends, [0, *ends], strict=False)]


@st.composite
def probabilities(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    precision = draw(st.integers(1, 32))
    parts = st.floats(0, 1) | st.floats(0, 1e-6) | st.just(0.0)
    p = np.array(draw(st.lists(parts, min_size=1, max_size=min(40, 2**precision))))
    p = p + (p.sum() == 0)
    return p / p.sum(), precision


@given(probabilities())
def test_frequencies_follow_the_rule_add_up_and_leave_nobody_out(
    given: tuple[np.ndarray, int],
) -> None:
    p, precision = given
    f = frequencies(p, precision)
    weights = [round(Fraction(x) * 2 ** (62 - precision)) for x in p.tolist()]
    assert f.tolist() == by_rule(weights, precision)
    assert f.sum() == 2**precision
    assert f.min() >= 1


@given(probabilities())
def test_no_symbol_costs_more_than_promised(given: tuple[np.ndarray, int]) -> None:
    p, precision = given
    k = len(p)
    if k == 2**precision:
        return
    cost = precision - np.log2(frequencies(p, precision).astype(float))
    likely = p > 2.0**-precision  # of others, one position is more than they want
    promised = -np.log2(p[likely]) - math.log2(1 - k / 2**precision)
    assert (cost[likely] <= promised + 2.0 ** (precision - 30) + 1e-9).all()
    assert (cost <= precision).all()


def test_small_tables_are_known() -> None:
    assert frequencies([0.5, 0.5], 4).tolist() == [8, 8]
    assert frequencies([1.0, 0.0, 0.0], 4).tolist() == [14, 1, 1]
    # of 13 spare ones 3.25, 6.5 and 3.25, whose sums 3.25, 9.75, 13 are cut to 3, 9, 13
    assert frequencies([0.25, 0.5, 0.25], 4).tolist() == [4, 7, 5]
    assert frequencies([0.9, 0.05, 0.03, 0.02], 2).tolist() == [1, 1, 1, 1]
    assert frequencies([1.0], 32).tolist() == [2**32]
    both = frequencies(np.array([[0.5, 0.5], [0.0, 1.0]], np.float32), 4)
    assert both.tolist() == [[8, 8], [1, 15]]
    assert both.dtype == np.uint64


def test_many_symbols_at_the_highest_precision_do_not_overflow() -> None:
    k = 1 << 12
    f = frequencies(np.full((2, k), 1 / k), 32)
    assert (f == 2**20).all()
    assert (softmax_frequencies(np.zeros(k), 32) == 2**20).all()
    assert softmax_frequencies(np.r_[np.zeros(k), -99.0], 32)[-1] == 1


@pytest.mark.parametrize("precision", [8, 12, 16, 24])
def test_logits_of_bits_give_the_logistic_function_on_a_grid(precision: int) -> None:
    edge = int((precision + 2) * math.log(2) * 256)
    steps = range(-edge - 3, edge + 4)
    spare = Decimal(2**precision - 2)
    exact = [1 + int((spare / (1 + (Decimal(-n) / 256).exp())).to_integral_value()) for n in steps]
    ones = bernoulli_frequencies(np.array(steps) / 256, precision)
    assert ones.tolist() == exact
    assert (ones + ones[::-1] == 2**precision).all()
    assert (ones[0], ones[-1]) == (1, 2**precision - 1)


def test_logits_are_rounded_to_the_grid_and_may_be_infinite() -> None:
    logits = np.array([0.3, 0.3 + 1e-4, np.inf, -np.inf, 1e30], np.float32)
    ones = bernoulli_frequencies(logits, 16).tolist()
    assert ones[0] == ones[1] == bernoulli_frequencies(np.array(77 / 256), 16)
    assert ones[2:] == [65535, 1, 65535]
    assert bernoulli_frequencies(logits.reshape(5, 1), 16).shape == (5, 1)


def test_bits_cost_their_entropy_but_for_a_trifle() -> None:
    logits = np.random.default_rng(0).normal(0, 4, 100_000)
    p = 1 / (1 + np.exp(-logits))
    q = bernoulli_frequencies(logits, 16) / 2**16
    lost = p * np.log2(p / q) + (1 - p) * np.log2((1 - p) / (1 - q))
    assert 0 < lost.mean() < 4.5e-5  # two positions of 65,536, and the grid


@given(
    st.lists(st.floats(-60, 60, width=32), min_size=1, max_size=30),
    st.integers(5, 24),
    st.integers(-8, 8),
)
def test_softmax_is_the_exponential_on_a_grid(
    logits: list[float], precision: int, shift: int
) -> None:
    f = softmax_frequencies(np.array(logits), precision)
    bits = min(32, 62 - precision - len(logits).bit_length())
    steps = [round((max(logits) - x) * 256) for x in logits]
    weights = [int(((Decimal(-n) / 256).exp() * 2**bits).to_integral_value()) for n in steps]
    assert f.tolist() == by_rule(weights, precision)
    whole = np.round(np.array(logits))
    moved = softmax_frequencies(whole + shift, precision)
    assert (moved == softmax_frequencies(whole, precision)).all()


def test_softmax_costs_its_entropy_but_for_a_trifle() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (2000, 256))
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    for f in (softmax_frequencies(logits, 16), frequencies(p, 16)):
        lost = (p * np.log2(p / (f / 2**16))).sum(-1)
        assert 0 < lost.mean() < 256 / 2**16 / math.log(2)


@pytest.mark.parametrize("batch", [1, 3, 17])
def test_a_row_does_not_depend_on_its_batch(batch: int) -> None:
    logits = np.random.default_rng(1).normal(0, 5, (17, 37)).astype(np.float32)
    parts = [softmax_frequencies(logits[i : i + batch], 20) for i in range(0, 17, batch)]
    assert (np.concatenate(parts) == softmax_frequencies(logits, 20)).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: frequencies([0.5, 0.6], 8), "add up to from 1.1 to 1.1, wanted 1"),
        (lambda: frequencies([[0.5, 0.5], [0.1, 0.1]], 8), "from 0.2 to 1"),
        (lambda: frequencies([1.5, -0.5], 8), "probabilities from -0.5 up"),
        (lambda: frequencies([0.5, math.nan], 8), "wanted 1"),
        (lambda: frequencies([1, 0], 8), r"probabilities are int64 \(2,\), wanted floats"),
        (lambda: frequencies(1.0, 8), r"float64 \(\)"),
        (lambda: frequencies(np.zeros((0, 2)), 8), r"\(0, 2\)"),
        (lambda: frequencies([0.2] * 5, 2), r"5 symbols for 2\^2 positions"),
        (lambda: softmax_frequencies([0.0] * 5, 2), r"5 symbols for 2\^2 positions"),
        (lambda: frequencies([0.5, 0.5], 0), "precision=0"),
        (lambda: softmax_frequencies([0.5, 0.5], 33), "precision=33"),
        (lambda: bernoulli_frequencies([0.5], 33), "precision=33"),
        (lambda: softmax_frequencies([0.0, math.inf], 8), "infinite"),
        (lambda: softmax_frequencies([0.0, math.nan], 8), "not numbers"),
        (lambda: bernoulli_frequencies([0.0, math.nan], 8), "not numbers"),
        (lambda: bernoulli_frequencies([0, 1], 8), "logits are int64"),
    ],
)
def test_what_makes_no_table_is_refused(wrong: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wrong()
