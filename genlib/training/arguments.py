"""What each argument of ``fit`` may be, how a wrong one is refused, and which decide the run.

``fit``'s signature says which arguments there are; each has its rule here.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from types import SimpleNamespace
from typing import NamedTuple

from genlib.model import Model
from genlib.runtime import resolve_device, shifted
from genlib.training.describe import describe

Log = Callable[[int, dict[str, float]], None]
Callback = Callable[[Model, int], None]


def anything(value: object) -> bool:
    """Allow every value: another place looks at it."""
    return True


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


def one_of(*allowed: object) -> Callable[[object], bool]:
    """Allow some values and no others."""
    return lambda value: (value is None or isinstance(value, str)) and value in allowed


def place(value: object) -> bool:
    """Whether ``value`` can name a folder."""
    return isinstance(value, str | os.PathLike) and os.fspath(value) not in ("", b"")


def functions(value: object) -> bool:
    """Whether ``value`` is a sequence of functions."""
    return isinstance(value, Sequence) and all(map(callable, value))


def names(value: object) -> bool:
    """Whether ``value`` is a sequence of names, which one name is not."""
    listed = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return listed and len(value) > 0 and all(isinstance(one, str) for one in value)


class Rule(NamedTuple):
    """What an argument may be.

    Attributes:
        allows: whether a value will do.
        wanted: what will, in words.
        decides: whether another value makes another run, so that it must stand when one is
            resumed; the data and the players say for themselves what they are.
        convert: makes of a value that will do what ``fit`` works with.
    """

    allows: Callable[[object], bool]
    wanted: str
    decides: bool = False
    convert: Callable = lambda value: value


RULES: dict[str, Rule] = {
    "model": Rule(lambda value: isinstance(value, Model), "a genlib.Model"),
    "data": Rule(anything, "see batches.py"),
    "steps": Rule(count, "a positive whole number", convert=int),
    "batch_size": Rule(count, "a positive whole number", convert=int),
    "device": Rule(anything, "see runtime.py", convert=resolve_device),
    "seed": Rule(
        lambda value: whole(value) and 0 <= value < 2**63, "a whole number from 0", True, shifted
    ),
    "precision": Rule(one_of(None, "bf16", "auto"), "None (float32), 'bf16' or 'auto'"),
    "compile": Rule(flag, "True or False"),
    "channels_last": Rule(flag, "True or False"),
    "graph": Rule(optional(flag), "None, True or False"),
    "only": Rule(optional(names), "None or a sequence of players' names", True),
    "ema": Rule(optional(share), "None or a decay in [0, 1)", True),
    "evaluate": Rule(optional(callable), "None or a function of the model"),
    "checkpoint": Rule(optional(place), "None or the path of a folder"),
    "every": Rule(optional(count), "None or a positive whole number"),
    "progress": Rule(flag, "True or False"),
    "callbacks": Rule(functions, "a sequence of functions (model, step)"),
    "nonfinite": Rule(one_of("stop", "skip"), "'stop' or 'skip'"),
    "log": Rule(optional(callable), "None or a function (step, numbers)"),
}


class Arguments(SimpleNamespace):
    """The arguments of one call of ``fit``, checked: an attribute each."""

    def fingerprint(self) -> dict[str, str]:
        """Return those that decide the run."""
        return {name: describe(getattr(self, name)) for name, rule in RULES.items() if rule.decides}


def checked(given: Mapping[str, object]) -> Arguments:
    """Return the arguments as ``fit`` works with them.

    Raises:
        ValueError: at the first argument that makes no run; it says what is wanted.
    """
    for name, value in given.items():
        if not RULES[name].allows(value):
            raise ValueError(f"{name}={shown(value)}, wanted {RULES[name].wanted}")
    return Arguments(**{name: RULES[name].convert(value) for name, value in given.items()})


def shown(value: object, most: int = 60) -> str:
    """Return ``value`` as one would type it, or its type where that is long."""
    text = repr(value)
    return text if len(text) <= most and "\n" not in text else f"a {type(value).__name__}"
