r"""Range asymmetric numeral systems (rANS): a stack of symbols that is a number.

A state s holds what was pushed. A symbol that owns f of the :math:`2^r` positions, those from b on,
is pushed by

.. math:: s' = 2^r \lfloor s / f \rfloor + b + (s \bmod f),

which multiplies s by about :math:`2^r / f`: it costs :math:`-\log_2 (f / 2^r)` bits. The last r
bits of s' are a position within the symbol's interval, so they tell which symbol it was, and

.. math:: s = f \lfloor s' / 2^r \rfloor + (s' \bmod 2^r) - b

takes it off again. Both are whole-number arithmetic: nothing is ever rounded.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from genlib.coding.arguments import checked_lanes, checked_precision, whole_numbers
from genlib.coding.packing import pack_heads, unpack_heads
from genlib.coding.words import WORD, UnderflowError, Words
from genlib.storage import DamagedError

__all__ = ["Stack", "UnderflowError"]

LOWEST = np.uint64(1 << WORD)  # heads lie in [2^32, 2^64): one word more or less brings them back
ONE = np.uint64(1)


class Stack:
    """An ANS coder of several lanes: symbols come off in the reverse of the order they went on.

    Each lane has a state of its own below 2^64, its head, so that one call codes one symbol a lane.
    A head that grows too large leaves its lower 32 bits in a list of words that all lanes share,
    and takes a word back when it becomes too small. ``push`` and ``pop`` with the same arguments
    undo each other in both orders, which bits-back coding needs: off a stack that holds enough,
    anything can be popped.

    A lane costs about five bytes, however much is coded, unless it begins with a word that was
    coded before (``widen``). The rest is the code length that the
    frequencies promise, to within 2^(precision - 31) bits a symbol.

    J. Duda, Asymmetric numeral systems, 2013, https://arxiv.org/abs/1311.2540; in lanes after
    F. Giesen, Interleaved entropy coders, 2014, https://arxiv.org/abs/1402.3392. Derived in the
    chapter on likelihood as compression.

    Args:
        lanes: L, how many symbols are coded at once.
        words: what lies on the stack at first, numbers below 2^32; bits-back needs some.

    Attributes:
        heads: uint64, (L,).

    Raises:
        ValueError: there is no lane, or a word is no such number.
    """

    def __init__(self, lanes: int = 1, words: ArrayLike = ()) -> None:
        """Start with heads that hold nothing."""
        self.heads = np.full(checked_lanes(lanes), LOWEST)
        self._words = Words(words)

    @property
    def words(self) -> np.ndarray:
        """The words below the heads, uint32, the last one on top."""
        return self._words.array

    @property
    def bits(self) -> float:
        """What the stack holds, in bits: 32 a word, and 32 a lane where nothing was pushed."""
        return WORD * len(self._words) + float(np.log2(self.heads.astype(np.float64)).sum())

    @property
    def empty(self) -> bool:
        """Whether all that was pushed has been popped, down to the first bit."""
        return len(self._words) == 0 and bool((self.heads == LOWEST).all())

    def push(self, starts: ArrayLike, frequencies: ArrayLike, precision: int) -> None:
        """Push one symbol onto each of the first n lanes.

        Args:
            starts: b, whole numbers (n,), or one for all lanes: where the intervals begin.
            frequencies: f, likewise: how many of the 2^precision positions they hold.
            precision: r, from 1 to 32.

        Raises:
            ValueError: an interval is empty or does not lie within [0, 2^precision), or n is more
                than the lanes. The stack is as before.
        """
        b, f, heads = self._intervals(starts, frequencies, precision)
        (full,) = np.nonzero(heads >> np.uint64(2 * WORD - precision) >= f)
        if full.size:
            self._words.push(heads[full])
            heads[full] >>= WORD
        # s mod f is s - f (s // f): so it is s that something is added to
        heads += heads // f * (np.uint64(1 << precision) - f) + b

    def peek(self, precision: int) -> np.ndarray:
        """Return the position within [0, 2^precision) on top of every lane, uint64 (L,).

        It lies in the interval of the symbol that was pushed last.

        Raises:
            ValueError: the precision is not from 1 to 32.
        """
        return self.heads & _mask(precision)

    def pop(self, starts: ArrayLike, frequencies: ArrayLike, precision: int) -> None:
        """Take one symbol off each of the first n lanes; the arguments are those of ``push``.

        ``peek`` says which symbol it is, and so which interval.

        Raises:
            ValueError: as for ``push``, or a lane's position is not in the interval given.
            UnderflowError: the stack does not hold that much. In all cases it is as before.
        """
        b, f, heads = self._intervals(starts, frequencies, precision)
        offsets = (heads & _mask(precision)) - b  # unsigned: below 0 is above 2^63
        if np.count_nonzero(offsets >= f):
            lane = int(np.argmax(offsets >= f))
            raise ValueError(f"lane {lane} has another symbol on top than the one of this interval")
        popped = (heads >> np.uint64(precision)) * f + offsets
        (low,) = np.nonzero(popped < LOWEST)
        if low.size:
            popped[low] = popped[low] << WORD | self._words.pop(low.size)
        heads[:] = popped

    def widen(self, lanes: int) -> None:
        """Go on with so many lanes, each of the new ones begun with a word of the stack.

        A new lane then begins with something that was coded, and so costs nothing.

        Raises:
            ValueError: there are more lanes already.
            UnderflowError: there are too few words. The stack is as before.
        """
        more = checked_lanes(lanes) - len(self.heads)
        if more < 0:
            raise ValueError(f"lanes={lanes}, but there are {len(self.heads)} already")
        self.heads = np.concatenate([self.heads, LOWEST + self._words.pop(more)])

    def narrow(self, lanes: int) -> None:
        """Undo ``widen``, with the lanes that there were before.

        Raises:
            DamagedError: a lane does not hold a single word, as after ``widen``.
        """
        begun = self.heads[lanes:] - LOWEST
        if np.count_nonzero(begun >> np.uint64(WORD)):
            raise DamagedError("a lane does not end as it began")
        self._words.push(begun)
        self.heads = self.heads[:lanes].copy()

    def to_bytes(self) -> bytes:
        """Return the stack as bytes: the heads, 5 to 8 bytes each, then the words."""
        return pack_heads(self.heads) + self.words.astype("<u4").tobytes()

    @classmethod
    def from_bytes(cls, content: bytes, lanes: int) -> "Stack":
        """Return the stack of so many lanes that ``to_bytes`` wrote.

        Raises:
            DamagedError: no such stack has these bytes. Most damage makes another stack, though:
                what notices it is the checksum of ``genlib.coding.blob``.
        """
        heads, rest = unpack_heads(content, checked_lanes(lanes))
        if len(rest) % 4:
            raise DamagedError(f"{len(content):,} bytes that are no stack of {lanes} lanes")
        stack = cls(lanes, np.frombuffer(rest, "<u4"))
        stack.heads = heads
        return stack

    def _intervals(
        self, starts: ArrayLike, frequencies: ArrayLike, precision: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return starts, frequencies, and a view of the heads that they are for."""
        top = _mask(precision)
        b, f = whole_numbers(starts, "starts"), whole_numbers(frequencies, "frequencies")
        n = max(b.size, f.size) if b.ndim or f.ndim else self.heads.size
        b, f = np.atleast_1d(b, f)
        if b.size not in (1, n) or f.size not in (1, n) or n > self.heads.size:
            given = f"{b.size} starts and {f.size} frequencies"
            raise ValueError(f"{given}, wanted one of each for up to {self.heads.size} lanes")
        last = f - ONE  # unsigned: of an empty interval it is far too large
        if np.count_nonzero((b | last | b + last) > top):
            raise ValueError(f"an interval is empty or not within [0, 2^{precision})")
        return b, f, self.heads[:n]


@cache
def _mask(precision: int) -> np.uint64:
    return np.uint64((1 << checked_precision(precision)) - 1)
