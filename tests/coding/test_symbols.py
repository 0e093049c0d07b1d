"""Symbols on the stack and off it, by tables, as bits, as numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genlib.coding.rans import Stack, UnderflowError
from genlib.coding.symbols import (
    pop_bits,
    pop_symbols,
    pop_uniform,
    push_bits,
    push_symbols,
    push_uniform,
)
from genlib.coding.tables import frequencies

LOWEST = 2**32


def drawn(lanes: int, k: int, steps: int, precision: int, seed: int) -> tuple:
    """Return tables (steps, lanes, K) and symbols drawn from them (steps, lanes)."""
    random = np.random.default_rng(seed)
    p = random.dirichlet(np.full(k, 0.5), (steps, lanes))
    tables = frequencies(p, precision)
    u = random.random((steps, lanes, 1)) * 2**precision
    return tables, (u >= tables.cumsum(-1)).sum(-1)


@given(
    lanes=st.integers(1, 7),
    k=st.integers(1, 30),
    steps=st.integers(1, 20),
    precision=st.integers(5, 32),
    seed=st.integers(0, 2**32),
)
def test_symbols_come_off_in_reverse(
    lanes: int, k: int, steps: int, precision: int, seed: int
) -> None:
    tables, symbols = drawn(lanes, k, steps, precision, seed)
    stack = Stack(lanes)
    for step in range(steps):
        push_symbols(stack, symbols[step], tables[step], precision)
    stack = Stack.from_bytes(stack.to_bytes(), lanes)
    for step in reversed(range(steps)):
        assert (pop_symbols(stack, tables[step], precision) == symbols[step]).all()
    assert stack.empty


def test_the_cost_is_the_entropy_within_a_thousandth() -> None:
    tables, symbols = drawn(20, 64, 500, 16, 0)
    stack = Stack(20)
    for step in range(500):
        push_symbols(stack, symbols[step], tables[step], 16)
    chosen = np.take_along_axis(tables, symbols[..., None], -1)
    ideal = (16 - np.log2(chosen)).sum()
    assert abs(stack.bits - 32 * 20 - ideal) < 1e-5 * ideal
    assert ideal < 8 * len(stack.to_bytes()) < 1.001 * ideal + 40 * 20


def test_a_table_for_all_lanes_owns_its_intervals_in_order() -> None:
    stack, table = Stack(3), np.array([2, 5, 1])
    push_symbols(stack, [0, 1, 2], table, 3)
    assert stack.peek(3).tolist() == [0, 2 + LOWEST % 5, 7]
    assert pop_symbols(stack, table, 3).tolist() == [0, 1, 2]
    push_symbols(stack, [2, 1], table, 3)  # the first two lanes
    assert stack.heads[2] == LOWEST
    assert pop_symbols(stack, table, 3, n=2).tolist() == [2, 1]
    assert stack.empty


def test_popping_first_and_pushing_then_gives_the_same_stack_back() -> None:
    words = np.random.default_rng(0).integers(0, LOWEST, 40)
    stack = Stack(4, words)
    content, table = stack.to_bytes(), np.array([100, 50, 100, 6])
    symbols = [pop_symbols(stack, table, 8) for _ in range(10)]
    numbers = pop_uniform(stack, 20)
    bits = pop_bits(stack, [3, 100, 200, 255], 8)
    assert len({tuple(row) for row in np.array(symbols).T.tolist()}) == 4
    push_bits(stack, bits, [3, 100, 200, 255], 8)
    push_uniform(stack, numbers, 20)
    for row in symbols[::-1]:
        push_symbols(stack, row, table, 8)
    assert stack.to_bytes() == content


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 2**16 - 1)), min_size=1, max_size=40))
def test_bits_are_symbols_of_two_kinds(pairs: list[tuple[bool, int]]) -> None:
    bits, ones = (np.array(column) for column in zip(*pairs, strict=True))
    stack, other = Stack(len(pairs)), Stack(len(pairs))
    push_bits(stack, bits, ones, 16)
    push_symbols(other, bits.astype(int), np.stack([2**16 - ones, ones], 1), 16)
    assert stack.to_bytes() == other.to_bytes()
    assert (pop_bits(stack, ones, 16) == bits).all()
    assert stack.empty


def test_bits_that_are_certain_cost_nothing_and_others_are_refused() -> None:
    stack = Stack(2)
    push_bits(stack, [0, 1], [0, 256], 8)
    assert stack.empty
    assert pop_bits(stack, [0, 256], 8).tolist() == [0, 1]
    for bits, ones in (([1, 0], [0, 1]), ([0, 0], [256, 1])):
        with pytest.raises(ValueError, match="interval is empty"):
            push_bits(stack, bits, ones, 8)
    assert stack.empty


def test_uniform_numbers_are_the_last_bits_of_the_state() -> None:
    stack = Stack(2, words=[1, 2])
    push_uniform(stack, [5, 1000], 10)
    assert stack.heads.tolist() == [LOWEST * 1024 + 5, LOWEST * 1024 + 1000]
    assert pop_uniform(stack, 10).tolist() == [5, 1000]
    assert pop_uniform(stack, 4, n=1).tolist() == [0]
    assert stack.words.tolist() == [1]
    with pytest.raises(UnderflowError):
        pop_uniform(stack, 32)
    assert stack.words.tolist() == [1]


TABLE = np.array([100, 156])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda s: push_symbols(s, [2, 0], TABLE, 8), "symbols go from 0 to 2, wanted 0 to 1"),
        (lambda s: push_symbols(s, [-1, 0], TABLE, 8), "symbols go from -1"),
        (lambda s: push_symbols(s, [0.0, 1.0], TABLE, 8), r"symbols are float64 \(2,\)"),
        (lambda s: push_symbols(s, [True, False], TABLE, 8), "symbols are bool"),
        (lambda s: push_symbols(s, [[0], [1]], TABLE, 8), r"\(2, 1\), wanted whole numbers \(n,\)"),
        (lambda s: push_symbols(s, [0, 0, 0], TABLE, 8), "up to 2 lanes"),
        (lambda s: push_symbols(s, [0, 1], TABLE, 7), r"add up to 2\^7"),
        (lambda s: push_symbols(s, [0, 1], TABLE, 9), r"add up to 2\^9"),
        (lambda s: push_symbols(s, [0, 1], np.array([0, 256]), 8), "at least 1"),
        (lambda s: push_symbols(s, [0, 1], TABLE / 1, 8), r"frequencies are float64 \(2,\)"),
        (lambda s: push_symbols(s, [0], np.stack([TABLE] * 2), 8), "for n = 1 symbols"),
        (lambda s: push_symbols(s, [0, 1], TABLE, 40), "precision=40"),
        (lambda s: pop_symbols(s, TABLE, 7), r"add up to 2\^7"),
        (lambda s: pop_symbols(s, np.stack([TABLE] * 3), 8), "for n = 2 symbols"),
        (lambda s: push_bits(s, [0, 2], [5, 5], 8), "bits go from 0 to 2"),
        (lambda s: push_bits(s, [0, 0.5], [5, 5], 8), "bits go from 0"),
        (lambda s: push_bits(s, [0, 1], [5, 257], 8), "interval"),
        (lambda s: push_bits(s, [0, 1], [5, -1], 8), "interval"),
        (lambda s: push_bits(s, [0, 1], [0.5, 0.5], 8), "frequencies are float64"),
        (lambda s: push_bits(s, [0, 1], [5, 5], 64), "precision=64"),
        (lambda s: push_bits(s, [0, 1, 0], [5, 5, 5], 8), "up to 2 lanes"),
        (lambda s: pop_bits(s, [257, 1], 8), "interval"),
        (lambda s: pop_bits(s, [5, 5, 5], 8), "3 frequencies, wanted one each for up to 2 lanes"),
        (lambda s: push_uniform(s, [0, 256], 8), "interval"),
        (lambda s: pop_uniform(s, 0), "precision=0"),
    ],
)
def test_what_does_not_fit_is_refused(wrong: object, message: str) -> None:
    stack = Stack(2, words=[1, 2, 3])
    stack.push([7, 8], 1, 8)
    before = stack.to_bytes()
    with pytest.raises(ValueError, match=message):
        wrong(stack)
    assert stack.to_bytes() == before
