"""What an energy or a score can be built from, and how anything else is refused."""

from collections.abc import Sequence
from numbers import Integral

from genlib.player import is_number


def check_counts(least: int = 1, **counts: int) -> None:
    """Raise ``ValueError`` unless all are whole numbers, at least so many, naming the wrong one."""
    for name, count in counts.items():
        if not isinstance(count, Integral) or isinstance(count, bool) or count < least:
            raise ValueError(f"{name}={count!r}, wanted a whole number, at least {least}")


def check_positive(**numbers: float) -> None:
    """Raise ``ValueError`` unless all are positive, finite numbers, naming the wrong one."""
    for name, number in numbers.items():
        if not is_number(number) or not number > 0:
            raise ValueError(f"{name}={number!r}, wanted a positive, finite number")


def check_event(event_shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of an event, or raise ``ValueError`` if it has no or no positive sizes."""
    shape = tuple(event_shape)
    if not shape:
        raise ValueError("event_shape=(), wanted one or more sizes")
    for size in shape:
        check_counts(event_shape=size)
    return shape
