"""The coder: known numbers, a second implementation, inverses in both orders, cost, refusals."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genlib.coding.rans import Stack, UnderflowError
from genlib.storage import DamagedError

LOWEST = 2**32


class Scalar:
    """The same coder in Python's whole numbers, a lane and a rule at a time."""

    def __init__(self, lanes: int) -> None:
        self.heads, self.words = [LOWEST] * lanes, []

    def push(self, starts: list[int], frequencies: list[int], precision: int) -> None:
        for lane, (b, f) in enumerate(zip(starts, frequencies, strict=True)):
            if self.heads[lane] >= f * 2 ** (64 - precision):
                self.words.append(self.heads[lane] % LOWEST)
                self.heads[lane] //= LOWEST
            self.heads[lane] = (self.heads[lane] // f << precision) + self.heads[lane] % f + b


def state(stack: Stack) -> tuple[list[int], list[int]]:
    return stack.heads.tolist(), stack.words.tolist()


# a busy machine that is slow to think of programs is no failure
slow = settings(suppress_health_check=[HealthCheck.too_slow])


@st.composite
def intervals(draw: st.DrawFn, lanes: int) -> tuple[list[int], list[int], int]:
    """Return starts, frequencies and a precision, the extremes among them."""
    precision = draw(st.integers(1, 32))
    edges = st.tuples(st.integers(0, 2**precision), st.integers(0, 2**precision))
    pairs = draw(st.lists(edges.filter(lambda e: e[0] != e[1]), min_size=lanes, max_size=lanes))
    return [min(e) for e in pairs], [abs(e[0] - e[1]) for e in pairs], precision


@st.composite
def programs(draw: st.DrawFn) -> tuple[int, list]:
    """Return a number of lanes and what is pushed onto some of them, step by step."""
    lanes = draw(st.integers(1, 6))
    steps = draw(st.lists(st.integers(1, lanes).flatmap(intervals), max_size=30))
    return lanes, steps


# Known numbers


def test_a_symbol_multiplies_the_state_by_its_inverse_probability() -> None:
    stack = Stack()
    stack.push([1], [1], 2)  # a quarter: 2^32 becomes 4 * 2^32 + 1
    assert state(stack) == ([4 * LOWEST + 1], [])
    stack.push([5], [3], 3)  # 3 of 8: 17179869185 = 3 * 5726623061 + 2
    assert state(stack) == ([8 * 5_726_623_061 + 2 + 5], [])
    assert stack.peek(3).tolist() == [7]


def test_a_head_that_is_full_leaves_its_lower_word() -> None:
    stack = Stack()
    stack.push([7], [1], 32)  # as rare as can be: the word goes, and 1 becomes 2^32 + 7
    assert state(stack) == ([LOWEST + 7], [0])
    stack.push([9], [1], 32)
    assert state(stack) == ([LOWEST + 9], [0, 7])


def test_a_certain_symbol_costs_nothing() -> None:
    for precision in (1, 16, 32):
        stack = Stack(2, words=[3])
        stack.push([0, 0], [2**precision] * 2, precision)
        assert state(stack) == ([LOWEST] * 2, [3])


def test_bytes_of_a_small_stack_are_known() -> None:
    stack = Stack(2)
    assert stack.to_bytes() == bytes.fromhex("00 0000000001 0000000001")
    stack.push([0x01020304, 0], [1, 2**31], 32)
    # the first head lost a word of zeros; the second became 2 * 2^32
    assert stack.to_bytes() == bytes.fromhex("00 0403020101 0000000002 00000000")
    stack.push([0, 0x7FFF], [2**16, 1], 16)
    # 0x2_00000000 << 16 | 0x7FFF has seven bytes, two more than five: 2 in bits 2 and 3
    assert stack.to_bytes() == bytes.fromhex("08 0403020101 ff7f0000000002 00000000")


@slow
@given(programs())
def test_it_computes_what_whole_numbers_of_any_size_say(program: tuple[int, list]) -> None:
    lanes, steps = program
    stack, scalar = Stack(lanes), Scalar(lanes)
    for starts, frequencies, precision in steps:
        stack.push(starts, frequencies, precision)
        scalar.push(starts, frequencies, precision)
        assert state(stack) == (scalar.heads, scalar.words)
        assert (stack.heads >= LOWEST).all()


# Inverses


@slow
@given(programs())
def test_what_was_pushed_is_popped_down_to_the_first_bit(program: tuple[int, list]) -> None:
    lanes, steps = program
    stack, before = Stack(lanes), []
    for step in steps:
        before.append(state(stack))
        stack.push(*step)
    stack = Stack.from_bytes(stack.to_bytes(), lanes)
    for (starts, frequencies, precision), wanted in zip(steps[::-1], before[::-1], strict=True):
        offsets = stack.peek(precision)[: len(starts)].astype(int) - starts
        assert ((offsets >= 0) & (offsets < frequencies)).all()
        stack.pop(starts, frequencies, precision)
        assert state(stack) == wanted
    assert stack.empty


@given(st.integers(1, 5), st.lists(st.integers(1, 32), max_size=20), st.integers(0, 2**32))
def test_what_was_popped_is_pushed_back(lanes: int, precisions: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    stack = Stack(lanes, random.integers(0, LOWEST, lanes * len(precisions)))
    before, popped = state(stack), []
    for precision in precisions:  # any symbol may own the position: choose an interval around it
        position = stack.peek(precision)
        starts = random.integers(0, position, endpoint=True, dtype=np.uint64)
        ends = random.integers(position, 2**precision, dtype=np.uint64) + np.uint64(1)
        popped.append((starts, ends - starts, precision))
        stack.pop(*popped[-1])
    for step in popped[::-1]:
        stack.push(*step)
    assert state(stack) == before


def test_the_first_lanes_alone_may_be_coded() -> None:
    stack = Stack(3)
    stack.push([1, 2], [1, 1], 8)
    assert stack.heads.tolist() == [256 * LOWEST + 1, 256 * LOWEST + 2, LOWEST]
    stack.pop([1, 2], [1, 1], 8)
    assert stack.empty
    stack.push(3, 1, 8)  # one interval for all
    assert stack.peek(8).tolist() == [3, 3, 3]
    stack.push(np.array([4, 5, 6]), 1, 8)
    assert stack.peek(8).tolist() == [4, 5, 6]


# Cost


@slow
@given(programs())
def test_each_symbol_costs_its_code_length(program: tuple[int, list]) -> None:
    lanes, steps = program
    stack = Stack(lanes)
    for starts, frequencies, precision in steps:
        before, ideal = stack.bits, sum(precision - math.log2(f) for f in frequencies)
        stack.push(starts, frequencies, precision)
        assert abs(stack.bits - before - ideal) < len(starts) * 2.0 ** (precision - 31) + 1e-6


@pytest.mark.parametrize("lanes", [1, 20, 64])
def test_a_file_is_the_entropy_and_five_bytes_a_lane(lanes: int) -> None:
    random = np.random.default_rng(lanes)
    f = random.integers(1, 2**16, (20_000 // lanes, lanes))
    starts = np.array([random.integers(0, 2**16 - row, endpoint=True) for row in f])
    stack = Stack(lanes)
    for row in range(len(f)):
        stack.push(starts[row], f[row], 16)
    ideal = (16 - np.log2(f)).sum()
    assert abs(stack.bits - 32 * lanes - ideal) < 1e-6 * ideal
    size = 8 * len(stack.to_bytes())
    assert ideal < size < 1.001 * ideal + 45 * lanes
    assert abs(size - ideal - 38 * lanes) < 10 * lanes**0.5 + 8


# Underflow, damage, refusals


def test_more_cannot_be_popped_than_was_pushed() -> None:
    stack = Stack(3, words=[5, 6])
    assert not stack.empty
    with pytest.raises(UnderflowError, match="3 lanes want a word each and the stack has 2"):
        stack.pop(0, 1, 16)
    assert state(stack) == ([LOWEST] * 3, [5, 6])
    stack.pop([0, 0], [1, 1], 16)
    assert stack.words.size == 0
    with pytest.raises(UnderflowError, match="needs a stack that holds some words"):
        Stack().pop([0], [1], 1)
    assert issubclass(UnderflowError, ValueError)


def test_words_lie_in_the_order_in_which_they_were_given() -> None:
    stack = Stack(2, words=np.arange(5000))
    stack.pop(0, 1, 32)
    assert stack.heads.tolist() == [LOWEST + 4998, LOWEST + 4999]
    stack.push(0, 1, 32)
    assert stack.words.tolist() == list(range(5000))
    words = np.array([1, 2], np.uint32)
    stack = Stack(1, words)
    stack.pop([0], [1], 32)
    stack.push([0], [1], 16)
    stack.push([0], [1], 32)
    assert stack.words.tolist() == [1, 2 << 16]
    assert words.tolist() == [1, 2]  # one's own words are not written to


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0], [0], 8), "an interval is empty"),
        (([256], [1], 8), r"not within \[0, 2\^8\)"),
        (([255], [2], 8), r"not within"),
        (([0], [257], 8), r"not within"),
        (([-1], [1], 8), "not within"),
        (([-1], [2], 8), "not within"),
        (([1], [-1], 8), "not within"),
        (([0.0], [1], 8), r"starts are float64 \(1,\), wanted whole numbers"),
        (([0], [True], 8), "frequencies are bool"),
        (([[0]], [1], 8), r"starts are int64 \(1, 1\)"),
        (([0, 0, 0], [1, 1, 1], 8), "3 starts and 3 frequencies, wanted .* up to 2 lanes"),
        (([0, 0], [1, 1, 1], 8), "2 starts and 3 frequencies"),
        ((np.arange(0), [1], 8), "0 starts and 1 frequencies"),
        (([0], [1], 0), "precision=0, wanted a whole number from 1 to 32"),
        (([0], [1], 33), "precision=33"),
        (([0], [1], 8.0), "precision=8.0"),
    ],
)
@pytest.mark.parametrize("way", ["push", "pop"])
def test_what_is_no_interval_is_refused(way: str, arguments: tuple, message: str) -> None:
    stack = Stack(2, words=[1, 2])
    before = state(stack)
    with pytest.raises(ValueError, match=message):
        getattr(stack, way)(*arguments)
    assert state(stack) == before


def test_another_symbol_than_the_one_on_top_is_refused() -> None:
    stack = Stack(3)
    stack.push([4, 5, 6], [1, 1, 1], 4)
    for starts, frequencies in (([4, 6, 6], 1), ([4, 4, 6], [1, 1, 1]), ([0, 0, 0], [5, 5, 9])):
        with pytest.raises(ValueError, match="lane 1 has another symbol on top"):
            stack.pop(starts, frequencies, 4)
    stack.pop([4, 5, 6], 1, 4)
    assert stack.empty


@pytest.mark.parametrize(
    ("lanes", "words", "message"),
    [
        (0, (), "lanes=0"),
        (-1, (), "lanes=-1"),
        (1.0, (), "lanes=1.0"),
        (True, (), "lanes=True"),
        (1, [-1], "words go from -1"),
        (1, [2**32], "to 4294967296"),
        (1, [0.5], "words are float64"),
        (1, [[1]], r"\(1, 1\)"),
    ],
)
def test_what_makes_no_stack_is_refused(lanes: object, words: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stack(lanes, words)


@pytest.mark.parametrize("lanes", [1, 3, 4, 5])
def test_bytes_that_are_no_stack_are_refused(lanes: int) -> None:
    stack = Stack(lanes, words=range(100))
    stack.pop(0, 1, 16)
    stack.push(77, 3, 16)
    content = stack.to_bytes()
    assert state(Stack.from_bytes(content, lanes)) == state(stack)
    for damaged in (b"", content[:1], content[: 4 * lanes], content[:-1], content + b"\0"):
        with pytest.raises(DamagedError, match=f"{len(damaged)} bytes"):
            Stack.from_bytes(damaged, lanes)
    with pytest.raises(DamagedError):  # a head with a leading zero byte
        Stack.from_bytes(b"\0" * len(content), lanes)
    with pytest.raises(DamagedError):  # more heads than there is room for
        Stack.from_bytes(content, 10**15)
    with pytest.raises(ValueError, match="lanes=0"):
        Stack.from_bytes(content, 0)


@settings(max_examples=300)
@given(st.binary(max_size=40), st.integers(1, 6))
def test_bytes_are_a_stack_or_refused(content: bytes, lanes: int) -> None:
    try:
        stack = Stack.from_bytes(content, lanes)
    except DamagedError:
        return
    assert stack.to_bytes() == content
    assert (stack.heads >= LOWEST).all()


def test_lanes_begin_with_words_and_end_as_them() -> None:
    stack = Stack(2, np.arange(10, 20))
    before = stack.to_bytes()
    stack.widen(5)
    assert stack.words.tolist() == list(range(10, 17))
    assert stack.heads[2:].tolist() == [(1 << 32) + word for word in (17, 18, 19)]
    stack.push(np.arange(5), 1, 8)
    stack.pop(np.arange(5), 1, 8)
    stack.narrow(2)
    assert stack.to_bytes() == before


def test_lanes_cannot_begin_with_words_that_are_not_there() -> None:
    stack = Stack(2, [1, 2])
    with pytest.raises(UnderflowError):
        stack.widen(5)
    with pytest.raises(ValueError, match="lanes=1, but there are 2"):
        stack.widen(1)
    assert stack.words.tolist() == [1, 2]


def test_a_lane_that_holds_more_than_a_word_does_not_end() -> None:
    stack = Stack(1, np.arange(8))
    stack.widen(3)
    stack.push(0, 1, 8)
    with pytest.raises(DamagedError, match="does not end as it began"):
        stack.narrow(1)
