"""What a slider goes through: its positions, and the picture drawn for each."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from genlib.show.style import png

Alt = str | Callable[..., str] | None

# Many pictures must be small pictures: a little coarser than one that stands alone.
MOST_FRAMES = 120
DPI = 90
COLOURS = 40


@dataclass(frozen=True)
class Control:
    """One slider: the argument of ``draw`` that it sets, its positions, and the first of them."""

    name: str
    values: Sequence[object]
    start: int = 0

    @property
    def title(self) -> str:
        """The name as people write it."""
        return self.name.replace("_", " ")

    @property
    def labels(self) -> list[str]:
        """The positions as people write them."""
        return [label(value) for value in self.values]


@dataclass(frozen=True)
class Frame:
    """A picture as PNG, and what is seen in it."""

    png: bytes
    alt: str


def controls(values: Mapping[str, Sequence[object]], start: Mapping[str, object]) -> list[Control]:
    """One control for each name.

    Raises:
        ValueError: if a grid is empty or no grid, there are too many combinations, or a start is
            not among its values.
    """
    if not values:
        raise ValueError("give at least one grid of values, such as temperature=[0.5, 1.0]")
    if unknown := set(start) - set(values):
        raise ValueError(f"start names {sorted(unknown)}, but the values are {list(values)}")
    found = [_control(name, grid, start) for name, grid in values.items()]
    if (number := math.prod(len(one.values) for one in found)) > MOST_FRAMES:
        sizes = " x ".join(str(len(one.values)) for one in found)
        raise ValueError(
            f"{sizes} = {number} pictures are more than {MOST_FRAMES}: give fewer values"
        )
    return found


def settings(chosen: Sequence[Control]) -> list[dict[str, object]]:
    """Every combination of values, the last control's changing fastest."""
    names = [one.name for one in chosen]
    grids = [one.values for one in chosen]
    return [dict(zip(names, picked, strict=True)) for picked in product(*grids)]


def first(chosen: Sequence[Control]) -> int:
    """Place of the combination of starting values in ``settings``."""
    place = 0
    for one in chosen:
        place = place * len(one.values) + one.start
    return place


def render(draw: Callable[..., object], setting: Mapping[str, object], alt: Alt) -> Frame:
    """Call ``draw`` and return its picture.

    Raises:
        TypeError: if ``draw`` does not return a matplotlib figure.
    """
    from matplotlib.figure import Figure

    figure = draw(**setting)
    if not isinstance(figure, Figure):
        raise TypeError(
            f"draw must return a matplotlib figure, got {type(figure).__name__}; "
            "does it end in `return figure`?"
        )
    frame = Frame(
        png.encode(figure, DPI, COLOURS), describe(alt or getattr(figure, "alt", ""), setting)
    )
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    return frame


def describe(alt: Alt, setting: Mapping[str, object]) -> str:
    """Alternative text of one frame: the callable's, or the string followed by the values."""
    if callable(alt):
        return alt(**setting)
    values = ", ".join(f"{name.replace('_', ' ')} = {label(v)}" for name, v in setting.items())
    return f"{alt or 'Figure'} ({values})"


def label(value: object) -> str:
    """Return a value as people write it: four significant digits, a true minus sign."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    whole = float(value).is_integer() and abs(value) < 1e15
    return (str(int(value)) if whole else f"{value:.4g}").replace("-", "\N{MINUS SIGN}")


def _plain(name: str, value: object) -> object:
    """Return a number of torch or NumPy as Python's own; sliders and labels want that."""
    if not hasattr(value, "item"):
        return value
    try:
        return value.item()
    except (ValueError, RuntimeError) as error:  # NumPy's and torch's, for more than one number
        raise ValueError(f"{name} must be a sequence of numbers, got one of {value}") from error


def _control(name: str, grid: Sequence[object], start: Mapping[str, object]) -> Control:
    if isinstance(grid, str) or not hasattr(grid, "__iter__"):
        raise ValueError(f"{name} must be a sequence of numbers or strings, got {grid!r}")
    values = [_plain(name, one) for one in grid]
    if not values:
        raise ValueError(f"{name} has no values")
    if name not in start:
        return Control(name, values)
    if start[name] not in values:
        raise ValueError(f"{name} cannot start at {start[name]!r}; its values are {values}")
    return Control(name, values, values.index(start[name]))
