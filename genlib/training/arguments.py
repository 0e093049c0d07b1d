"""What each argument of ``fit`` may be, and how a wrong one is refused."""

import os
from collections.abc import Callable, Sequence
from numbers import Integral, Real

from genlib.model import Model


def whole(value: object) -> bool:
    """Whether ``value`` is a whole number, which True is not."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def count(value: object) -> bool:
    """Whether ``value`` is a positive whole number."""
    return whole(value) and value > 0


def share(value: object) -> bool:
    """Whether ``value`` is a number in [0, 1)."""
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= value < 1


def optional(good: Callable[[object], bool]) -> Callable[[object], bool]:
    """Allow ``None`` beside what ``good`` allows."""
    return lambda value: value is None or good(value)


def flag(value: object) -> bool:
    """Whether ``value`` is true or false."""
    return isinstance(value, bool)


def place(value: object) -> bool:
    """Whether ``value`` can name a folder."""
    return isinstance(value, str | os.PathLike) and os.fspath(value) not in ("", b"")


def functions(value: object) -> bool:
    """Whether ``value`` is a sequence of functions."""
    return isinstance(value, Sequence) and all(map(callable, value))


WANTED: dict[str, tuple[Callable[[object], bool], str]] = {
    "model": (lambda value: isinstance(value, Model), "a genlib.Model"),
    "steps": (count, "a positive whole number"),
    "batch_size": (count, "a positive whole number"),
    "seed": (lambda value: whole(value) and 0 <= value < 2**63, "a whole number from 0"),
    "precision": (lambda value: value in (None, "bf16"), "None (float32) or 'bf16'"),
    "compile": (flag, "True or False"),
    "channels_last": (flag, "True or False"),
    "ema": (optional(share), "None or a decay in [0, 1)"),
    "evaluate": (optional(callable), "None or a function of the model"),
    "checkpoint": (optional(place), "None or the path of a folder"),
    "every": (optional(count), "None or a positive whole number"),
    "callbacks": (functions, "a sequence of functions (model, step)"),
    "nonfinite": (lambda value: value in ("stop", "skip"), "'stop' or 'skip'"),
    "log": (optional(callable), "None or a function (step, numbers)"),
}


def check_arguments(**given: object) -> None:
    """Raise ``ValueError`` at the first argument that makes no run; it says what is wanted."""
    for name, value in given.items():
        good, wanted = WANTED[name]
        if not good(value):
            raise ValueError(f"{name}={shown(value)}, wanted {wanted}")


def shown(value: object, most: int = 60) -> str:
    """Return ``value`` as one would type it, or its type where that is long."""
    text = repr(value)
    return text if len(text) <= most and "\n" not in text else f"a {type(value).__name__}"
