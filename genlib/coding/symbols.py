"""Symbols by their frequencies: onto a stack and off it, one a lane.

All functions act on the first n lanes. What was pushed last is popped first; each ``pop`` undoes
the ``push`` of the same name, and the other way round.
"""

import numpy as np
from numpy.typing import ArrayLike

from genlib.coding.arguments import checked_precision, whole_numbers
from genlib.coding.rans import Stack


def push_symbols(stack: Stack, symbols: ArrayLike, frequencies: np.ndarray, precision: int) -> None:
    """Push symbols, whole numbers (n,) from 0 to K - 1.

    Args:
        stack: of at least n lanes.
        symbols: one for each of the first n lanes.
        frequencies: whole numbers (n, K), or (K,) for all lanes, that add up to 2^precision.
        precision: r, from 1 to 32.

    Raises:
        ValueError: the frequencies do not fit, or there is no such symbol. The stack is as before.
    """
    chosen = np.asarray(symbols)
    ends = _ends(frequencies, precision, chosen.size)
    k = ends.shape[-1]
    if chosen.dtype.kind not in "iu" or chosen.ndim != 1:
        raise ValueError(f"symbols are {chosen.dtype} {chosen.shape}, wanted whole numbers (n,)")
    if chosen.size and not 0 <= chosen.min() <= chosen.max() < k:
        raise ValueError(f"symbols go from {chosen.min()} to {chosen.max()}, wanted 0 to {k - 1}")
    stack.push(*_interval(ends, chosen), precision)


def pop_symbols(
    stack: Stack, frequencies: np.ndarray, precision: int, n: int | None = None
) -> np.ndarray:
    """Pop symbols, int64 (n,); n is given by frequencies (n, K), and all lanes are meant without.

    Raises:
        ValueError: the frequencies do not fit.
        UnderflowError: the stack does not hold so much. In both cases it is as before.
    """
    if np.ndim(frequencies) == 2:
        n = len(frequencies)
    positions = stack.peek(precision)[:n]
    ends = _ends(frequencies, precision, positions.size)
    symbols = (positions[:, None] >= ends).sum(-1)
    stack.pop(*_interval(ends, symbols), precision)
    return symbols


def push_bits(stack: Stack, bits: ArrayLike, ones: np.ndarray, precision: int) -> None:
    """Push zeros and ones (n,); ``ones`` are the frequencies of a one, whole numbers (n,).

    Raises:
        ValueError: a frequency is not from 0 to 2^precision, a bit is neither 0 nor 1, or it has
            the frequency 0. The stack is as before.
    """
    given = np.asarray(bits)
    one = given == 1
    if np.count_nonzero(one) + np.count_nonzero(given == 0) < given.size:
        raise ValueError(f"bits go from {given.min()} to {given.max()}, wanted zeros and ones")
    stack.push(*_bit_interval(one, _zeros(ones, precision), precision), precision)


def pop_bits(stack: Stack, ones: np.ndarray, precision: int) -> np.ndarray:
    """Pop zeros and ones, uint8 (n,).

    Raises:
        ValueError: a frequency is not from 0 to 2^precision, or there are more than lanes.
        UnderflowError: the stack does not hold so much. In both cases it is as before.
    """
    zeros = _zeros(ones, precision)
    if zeros.size > (lanes := stack.heads.size):
        raise ValueError(f"{zeros.size} frequencies, wanted one each for up to {lanes} lanes")
    bits = stack.peek(precision)[: zeros.size] >= zeros
    stack.pop(*_bit_interval(bits, zeros, precision), precision)
    return bits.astype(np.uint8)


def push_uniform(stack: Stack, numbers: ArrayLike, precision: int) -> None:
    """Push numbers (n,) below 2^precision, which cost ``precision`` bits each.

    Raises:
        ValueError: a number is no such one.
    """
    stack.push(numbers, 1, precision)


def pop_uniform(stack: Stack, precision: int, n: int | None = None) -> np.ndarray:
    """Pop numbers below 2^precision, uint64 (n,), off the first n lanes; off all for None.

    Off a stack of other data this draws them evenly, at the price of getting them back on.

    Raises:
        UnderflowError: the stack does not hold so much. It is as before.
    """
    numbers = stack.peek(precision)[:n]
    stack.pop(numbers, 1, precision)
    return numbers


def _ends(frequencies: np.ndarray, precision: int, n: int) -> np.ndarray:
    """Return where the symbols' intervals end, uint64 (n, K)."""
    f = np.asarray(frequencies)
    if f.dtype.kind not in "iu" or f.ndim not in (1, 2) or (f.ndim == 2 and len(f) != n):
        given = f"frequencies are {f.dtype} {f.shape}"
        raise ValueError(f"{given}, wanted whole numbers (K,) or (n, K) for n = {n} symbols")
    ends = f.astype(np.uint64).cumsum(-1)
    if (ends[..., -1] != 1 << checked_precision(precision)).any() or (f < 1).any():
        raise ValueError(f"frequencies of at least 1 that add up to 2^{precision} are wanted")
    return np.broadcast_to(ends, (n, ends.shape[-1]))


def _interval(ends: np.ndarray, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and frequencies of the symbols."""
    lanes = np.arange(len(symbols))
    starts = np.where(symbols > 0, ends[lanes, symbols - 1], np.uint64(0))
    return starts, ends[lanes, symbols] - starts


def _zeros(ones: np.ndarray, precision: int) -> np.ndarray:
    """Return the frequencies of a zero, which owns the lower positions."""
    total = np.uint64(1 << checked_precision(precision))
    return total - np.atleast_1d(whole_numbers(ones, "frequencies"))


def _bit_interval(
    bits: np.ndarray, zeros: np.ndarray, precision: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and frequencies of bits."""
    starts = zeros * bits
    return starts, np.where(bits, np.uint64(1 << precision) - zeros, zeros)
