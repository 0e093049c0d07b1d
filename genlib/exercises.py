"""Self-checks: say whether an answer is right, and what went wrong where that is known.

A check never stops a notebook: a wrong answer, or one of the wrong kind, prints a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real

import numpy as np
import torch


def check(
    answer: object,
    expected: object,
    *,
    tolerance: float = 1e-3,
    wrong: Mapping[object, str] | None = None,
) -> None:
    r"""Print one line: not answered yet, right, or wrong and (if known) why.

    Numbers and arrays are right when :math:`|a - e| \le \mathrm{tolerance} \cdot \max(1, |e|)`
    in every place, strings when they agree but for case and space, booleans when they are equal.

    >>> check(..., 0.5)
    Not answered yet: put a number in place of the dots and run this cell again.
    >>> check(0.5, 0.5)
    Right: 0.5.
    >>> check(-0.693, math.log(2), wrong={-math.log(2): "A sign: -log of one half is positive."})
    Not yet. A sign: -log of one half is positive.

    Args:
        answer: the reader's; ``None`` or ``...`` means that there is none yet.
        expected: a number, an array or tensor, a string (a choice), or True or False.
        tolerance: how far off is still right, relative to the larger of 1 and \|expected\|.
        wrong: what is to be said of wrong answers that are likely. A key is a number or a string
            like the answer, or a function of the answer that returns whether it applies.

    Raises:
        TypeError: if ``expected``, a key of ``wrong`` or ``tolerance`` is of none of these kinds,
            or what is to be said of a wrong answer is not words.
        ValueError: if ``tolerance`` is negative or not finite, ``expected`` holds NaN, or is
            itself among the wrong answers.
    """
    _examine(expected, tolerance, wrong or {})
    print(_verdict(answer, expected, tolerance, wrong or {}))


def _examine(expected: object, tolerance: float, wrong: Mapping[object, str]) -> None:
    """Raise where the question itself is at fault."""
    if _kind(expected) is None:
        raise TypeError(f"expected must be a number, array, string or bool, got {expected!r}")
    if not isinstance(tolerance, Real) or isinstance(tolerance, bool):
        raise TypeError(f"tolerance must be a number, got {tolerance!r}")
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise ValueError(f"tolerance must be finite and at least 0, got {tolerance}")
    _examine_wrong(wrong)
    if _kind(expected) in ("a number", "an array") and np.isnan(_array(expected)).any():
        raise ValueError(f"no answer agrees with NaN: {expected!r}")
    if message := _known(expected, wrong, tolerance):
        raise ValueError(f"the expected answer is listed as wrong: {message!r}")


def _examine_wrong(wrong: Mapping[object, str]) -> None:
    if not isinstance(wrong, Mapping):
        raise TypeError(f"wrong must map answers to what is said of them, got {wrong!r}")
    for key, message in wrong.items():
        if not callable(key) and _kind(key) is None:
            raise TypeError(f"a key of wrong must be a value or a function, got {key!r}")
        if not isinstance(message, str) or not message.strip():
            raise TypeError(f"what is said of {key!r} must be words, got {message!r}")


def _verdict(
    answer: object, expected: object, tolerance: float, wrong: Mapping[object, str]
) -> str:
    kind = _kind(expected)
    if answer is None or answer is ...:
        return f"Not answered yet: put {kind} in place of the dots and run this cell again."
    if message := _known(answer, wrong, tolerance):
        return f"Not yet. {message}"
    if (given := _kind(answer)) is None:
        return f"Not yet. This asks for {kind}; the answer is of type {type(answer).__name__}."
    if given != kind:
        return f"Not yet. This asks for {kind}, and the answer is {given}."
    if _agree(answer, expected, tolerance):
        return f"Right: {_short(expected)}."
    return f"Not yet. {_difference(answer, expected)}"


def _known(answer: object, wrong: Mapping[object, str], tolerance: float) -> str | None:
    """What the author says of this answer, if anything."""
    for key, message in wrong.items():
        if _holds(key, answer) if callable(key) else _same(answer, key, tolerance):
            return message
    return None


def _holds(applies: Callable[[object], object], answer: object) -> bool:
    """Whether a function says so; it need not be ready for every kind of answer."""
    try:
        return bool(applies(answer))
    except Exception:
        return False


def _same(answer: object, value: object, tolerance: float) -> bool:
    return _kind(answer) == _kind(value) and _agree(answer, value, tolerance)


def _agree(answer: object, expected: object, tolerance: float) -> bool:
    """Whether two values of one kind are the same, up to tolerance, case and space."""
    if isinstance(expected, str):
        return _line(answer).casefold() == _line(expected).casefold()
    if _kind(expected) == "True or False":
        return bool(answer) == bool(expected)
    given, wanted = _array(answer), _array(expected)
    if given.shape != wanted.shape:
        return False
    finite = np.isfinite(wanted)
    slack = tolerance * np.maximum(1, abs(wanted[finite]))
    near = abs(given[finite] - wanted[finite]) <= slack
    return bool(near.all() and np.array_equal(given[~finite], wanted[~finite], equal_nan=True))


def _difference(answer: object, expected: object) -> str:
    """What can be said of a wrong answer without giving the right one away."""
    if _kind(expected) != "an array":
        shown = _short(answer)
        return f"{_short(answer, 10) if shown == _short(expected) else shown} is not it."
    given, wanted = _array(answer), _array(expected)
    if given.shape != wanted.shape:
        return f"The shape should be {wanted.shape}, and is {given.shape}."
    if np.isnan(given).any():
        return f"{np.isnan(given).sum()} of {given.size} entries are NaN."
    if not np.isfinite(given).all():
        return "Some entries are infinite."
    return f"The largest difference in any entry is {abs(given - wanted).max():.3g}."


def _kind(value: object) -> str | None:
    """Kind of a value, as said to the reader; None if it is of no kind that can be checked."""
    if isinstance(value, str):
        return "a string"
    if isinstance(value, (bool, np.bool_)) or _is_bool_tensor(value):
        return "True or False"
    try:
        numbers = _array(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None
    return "a number" if numbers.ndim == 0 else "an array"


def _array(value: object) -> np.ndarray:
    """Value as float64.

    Raises:
        TypeError: if it is no number and no array of numbers.
    """
    if isinstance(value, torch.Tensor):
        tensor = value.detach().cpu()
        value = (tensor.double() if tensor.is_floating_point() else tensor).numpy()
    elif isinstance(value, (list, tuple, range)):
        value = np.array([_array(part) for part in value], dtype=np.float64)
    elif isinstance(value, Real):
        value = float(value)
    # By their kind, for NumPy would read words as numbers and drop imaginary parts.
    numeric = isinstance(value, (float, np.generic, np.ndarray))
    if not numeric or np.asarray(value).dtype.kind not in "biuf":
        raise TypeError(f"no numbers: {value!r}")
    return np.asarray(value, dtype=np.float64)


def _is_bool_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype == torch.bool and value.ndim == 0


def _line(text: str) -> str:
    """Text on one line with single spaces."""
    return " ".join(text.split())


def _short(answer: object, digits: int = 4) -> str:
    """A value on one line."""
    if _kind(answer) == "a number":
        return f"{float(_array(answer)):.{digits}g}"
    if _kind(answer) == "an array":
        return f"all {_array(answer).size} entries"
    return _line(str(answer)) if isinstance(answer, str) else str(bool(answer))
