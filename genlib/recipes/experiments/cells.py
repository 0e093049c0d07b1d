"""The cells of a table as text, and back by the type of their column."""

from collections.abc import Callable
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin

Cell = str | int | float | bool | None

# By an explicit map: bool("False") is True.
READERS: dict[type, Callable[[str], Cell]] = {
    NoneType: {"None": None, "": None}.__getitem__,
    bool: {"True": True, "False": False}.__getitem__,
    int: int,
    float: float,
    str: str,
}


def text(value: Cell) -> str:
    """Return a cell as it is written."""
    return str(value)


def value(kind: type, text: str | None) -> Cell:
    """Return what a cell says.

    Args:
        kind: the column's type: bool, int, float, str, ``Literal``, or several, as in
            ``int | None``, of which the first that fits counts, None before all others.
        text: what was written.

    Raises:
        ValueError: if no value of this type is written so.
    """
    for reader in readers(kind):
        try:
            return reader(text)
        except (KeyError, TypeError, ValueError):
            continue
    raise ValueError(f"{text!r} is no {getattr(kind, '__name__', kind)}")


def readers(kind: type) -> list[Callable[[str], Cell]]:
    """Return what reads a column of this type, in the order in which to try.

    Raises:
        ValueError: if a table cannot hold this type.
    """
    if get_origin(kind) is Literal:
        return [{text(choice): choice for choice in get_args(kind)}.__getitem__]
    if get_origin(kind) in (Union, UnionType):
        parts = sorted(get_args(kind), key=lambda part: list(READERS).index(part))
        return [READERS[part] for part in parts]
    if kind not in READERS:
        raise ValueError(f"a column of a table cannot be of type {kind}")
    return [READERS[kind]]
