"""The words below the heads of an ANS coder: a stack of 32-bit numbers."""

import numpy as np
from numpy.typing import ArrayLike

WORD = 32  # bits


class UnderflowError(ValueError):
    """More was popped off a stack than had been pushed."""


class Words:
    """A stack of numbers below 2^32, in an array that doubles when it is full.

    Args:
        first: what lies on it at first, whole numbers (N,).

    Raises:
        ValueError: these are no such numbers.
    """

    def __init__(self, first: ArrayLike = ()) -> None:
        """Copy the first words."""
        self._array = _checked(np.asarray(first))
        self._count = self._array.size

    def __len__(self) -> int:
        """Return the number of words."""
        return self._count

    @property
    def array(self) -> np.ndarray:
        """The words, uint32 (N,), the last one on top."""
        return self._array[: self._count]

    def push(self, values: np.ndarray) -> None:
        """Push the lower 32 bits of some numbers, uint64 (n,); the last one ends on top."""
        end = self._count + values.size
        if end > self._array.size:
            self._array = np.concatenate([self._array, np.empty(end, np.uint32)])
        self._array[self._count : end] = values & np.uint64((1 << WORD) - 1)
        self._count = end

    def pop(self, n: int) -> np.ndarray:
        """Take the last n words off and return them in the order in which they were pushed, uint64.

        Raises:
            UnderflowError: there are fewer; they stay.
        """
        if n > self._count:
            raise UnderflowError(
                f"{n} lanes want a word each and the stack has {self._count}: more is popped than "
                "was pushed. Bits-back coding needs a stack that holds some words at first"
            )
        self._count -= n
        return self._array[self._count : self._count + n].astype(np.uint64)


def _checked(words: np.ndarray) -> np.ndarray:
    if words.size == 0:
        return np.empty(0, np.uint32)
    if words.dtype.kind not in "iu" or words.ndim != 1:
        raise ValueError(f"words are {words.dtype} {words.shape}, wanted whole numbers (N,)")
    if words.min() < 0 or words.max() >= 1 << WORD:
        raise ValueError(f"words go from {words.min()} to {words.max()}, wanted 0 to 2^32 - 1")
    return words.astype(np.uint32)
