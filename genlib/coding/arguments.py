"""What a coder's arguments may be, and how a wrong one is refused."""

from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from genlib.coding.words import WORD


def checked_lanes(lanes: int) -> int:
    """Return a number of lanes if it is a whole one from 1.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(lanes, Integral) or isinstance(lanes, bool) or lanes < 1:
        raise ValueError(f"lanes={lanes!r}, wanted a whole number from 1")
    return int(lanes)


def checked_precision(precision: int) -> int:
    """Return a precision if it is a whole number from 1 to 32, the bits of a word.

    With more, a symbol might need two words at once, and one would be lost.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(precision, Integral) or not 1 <= precision <= WORD:
        raise ValueError(f"precision={precision!r}, wanted a whole number from 1 to {WORD}")
    return int(precision)


def whole_numbers(numbers: ArrayLike, name: str) -> np.ndarray:
    """Return whole numbers, one a lane or one for all, as uint64.

    One below 0 becomes too large for any use here, and is refused where it is used.

    Raises:
        ValueError: they are no whole numbers.
    """
    found = np.asarray(numbers)
    if found.dtype.kind not in "iu" or found.ndim > 1:
        raise ValueError(
            f"{name} are {found.dtype} {found.shape}, wanted whole numbers, one a lane"
        )
    return found.astype(np.uint64, copy=False)
