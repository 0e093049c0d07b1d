r"""Probabilities as whole numbers: how many of :math:`2^r` positions each symbol owns.

One rule gives all of them. For weights :math:`w_k`, whole numbers with the sums
:math:`W_k = w_1 + \dots + w_k`, symbol k ends at

.. math:: c_k = k + \lfloor (2^r - K) \, W_k / W_K \rfloor, \qquad f_k = c_k - c_{k-1},

so the frequencies add up to :math:`2^r`, every symbol owns at least one position, and more than
:math:`(2^r - K) \, w_k / W_K` in any case. So no symbol costs more than
:math:`-\log_2(1 - K / 2^r)` bits above :math:`-\log_2 (w_k / W_K)`: at r = 16 that is 4e-5 bits for
2 symbols and 0.006 for 256.

From the weights on, all is whole-number arithmetic, the same on every machine.
"""

from collections.abc import Iterable, Iterator
from decimal import Context, Decimal, localcontext
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from genlib.coding.arguments import checked_precision

GRID = 256  # steps to a nat, for logits; they cost at most about 1e-6 bits a symbol
MOST_BITS = 32  # of a weight; more would depend on the last bit of an exponential
DIGITS = Context(prec=50)  # more than are ever looked at
ROOM = 62  # bits that a product of whole numbers may take


def frequencies(probabilities: ArrayLike, precision: int) -> np.ndarray:
    """Return the frequencies of K symbols, uint64 (..., K), that add up to 2^precision.

    The weights are the probabilities in units of 2^(precision - 62).

    Args:
        probabilities: floats (..., K) that add up to 1.
        precision: r, from 1 to 32.

    Raises:
        ValueError: these are no probabilities, or there are more symbols than positions.
    """
    p = _floats(probabilities, "probabilities")
    checked_precision(precision)
    if not (p.min() >= 0 and np.abs(p.sum(-1) - 1).max() < 1e-3):
        sums = f"from {p.sum(-1).min():.6g} to {p.sum(-1).max():.6g}"
        raise ValueError(f"probabilities from {p.min():.6g} up that add up to {sums}, wanted 1")
    return _shared(np.rint(np.ldexp(p, ROOM - precision)).astype(np.uint64), precision)


def softmax_frequencies(logits: ArrayLike, precision: int) -> np.ndarray:
    """Return the frequencies of K symbols from their logits, uint64 (..., K).

    How far a logit lies below the highest is rounded to 1/256 nat, and the exponential looked up.
    So the same logits give the same frequencies on every machine and in any batch.

    Args:
        logits: floats (..., K).
        precision: r, from 1 to 32.

    Raises:
        ValueError: a logit is not finite, or there are more symbols than positions.
    """
    values = _floats(logits, "logits")
    if not np.isfinite(values).all():
        raise ValueError("logits are infinite or not numbers, wanted finite ones")
    checked_precision(precision)
    below = values.max(-1, keepdims=True) - values
    bits = min(MOST_BITS, ROOM - precision - values.shape[-1].bit_length())
    table = _exponentials(bits)
    steps = np.minimum(np.rint(below * GRID), len(table) - 1).astype(np.int64)
    return _shared(table[steps], precision)


def bernoulli_frequencies(logits: ArrayLike, precision: int) -> np.ndarray:
    """Return the frequency of a one, of zero and one, from its logit: uint64, in any shape.

    The logit is rounded to 1/256 nat and the frequency looked up, as for
    :py:func:`softmax_frequencies`; a zero owns the other positions.

    Raises:
        ValueError: a logit is not a number, or the precision is not from 1 to 32.
    """
    values = _floats(logits, "logits", least=0)
    checked_precision(precision)
    if np.isnan(values).any():
        raise ValueError("logits are not numbers")
    table = _logistics(precision)
    middle = len(table) // 2
    steps = np.clip(np.rint(values * GRID), -middle, middle).astype(np.int64)
    return table[steps + middle]


def _shared(weights: np.ndarray, precision: int) -> np.ndarray:
    """Return frequencies in proportion to weights, whole numbers (..., K); the module's rule."""
    k = weights.shape[-1]
    if k > 1 << precision:
        raise ValueError(f"{k} symbols for 2^{precision} positions, wanted at least one each")
    sums = weights.cumsum(-1, dtype=np.uint64)
    spare = np.uint64((1 << precision) - k)
    ends = np.arange(1, k + 1, dtype=np.uint64) + spare * sums // sums[..., -1:]
    return np.diff(ends, axis=-1, prepend=np.zeros_like(ends[..., :1]))


@cache
def _exponentials(bits: int) -> np.ndarray:
    """Return exp(-n / 256) in units of 2^-bits for n = 0, 1, ..., down to 0."""
    count = int((bits + 1) * np.log(2) * GRID) + 2
    with localcontext(DIGITS):
        return _rounded(power * (1 << bits) for power in _powers(-1, count))


@cache
def _logistics(precision: int) -> np.ndarray:
    """Return the frequencies of a one for the logits n / 256, from the lowest to the highest."""
    spare = (1 << precision) - 2
    count = int((precision + 2) * np.log(2) * GRID)
    with localcontext(DIGITS):
        zero = _rounded(spare / (1 + power) for power in _powers(1, count))
    one = np.uint64(spare) - zero[:0:-1]  # a one at a logit has what a zero has at its negative
    return np.uint64(1) + np.concatenate([np.uint64(spare) - one, np.uint64(spare) - zero])


def _powers(sign: int, count: int) -> Iterator[Decimal]:
    """Yield exp(sign n / 256) for n = 0, ..., count - 1.

    In decimals, whose every digit is prescribed: exponentials of floats differ between machines in
    their last bit, which once in a while decides how a table's entry is rounded.
    """
    ratio, power = (Decimal(sign) / GRID).exp(), Decimal(1)
    for _ in range(count):
        yield power
        power *= ratio


def _rounded(numbers: Iterable[Decimal]) -> np.ndarray:
    """Return the nearest whole numbers."""
    return np.array([int(number.to_integral_value()) for number in numbers], np.uint64)


def _floats(values: ArrayLike, name: str, least: int = 1) -> np.ndarray:
    found = np.asarray(values)
    if found.dtype.kind != "f" or found.ndim < least or found.size == 0:
        raise ValueError(f"{name} are {found.dtype} {found.shape}, wanted floats (..., K)")
    return found.astype(np.float64)
