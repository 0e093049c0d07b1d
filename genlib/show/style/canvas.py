"""Empty pictures to draw on, in the look of the book."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 6.0
HEIGHT = 3.4


@contextmanager
def style() -> Iterator[None]:
    """Apply the book's look to whatever is drawn with matplotlib inside the ``with`` block."""
    import matplotlib

    from genlib.show.style.picture import STYLE

    with matplotlib.rc_context(STYLE):
        yield


def figure(
    rows: int = 1,
    columns: int = 1,
    *,
    width: float = WIDTH,
    height: float | None = None,
    alt: str = "",
    **options: object,
) -> tuple[Figure, Axes | np.ndarray]:
    """Return an empty picture and its axes, for several panels or for drawings of your own.

    >>> picture, (left, right) = figure(1, 2, alt="Data left, samples right.")

    Args:
        rows: rows of axes.
        columns: columns of axes.
        width: inches; six fill a page of the book and stay readable on a phone.
        height: inches; by default each row is as high as suits its width.
        alt: what is seen, in a sentence.
        options: passed to ``matplotlib.figure.Figure.subplots``, such as ``sharex=True``.

    Returns:
        The picture, and one axes or an array of them as ``subplots`` arranges it.
    """
    from genlib.show.style.picture import Picture

    row_height = HEIGHT if columns == 1 else 1.05 * width / columns
    picture = Picture(width, rows * row_height if height is None else height, alt)
    with style():
        return picture, picture.subplots(rows, columns, **options)


def canvas(axes: Axes | None, height: float, alt: str, width: float = WIDTH) -> tuple[Figure, Axes]:
    """Return where to draw: the caller's axes, or those of a new picture.

    Raises:
        ValueError: if what was given is no axes.
    """
    if axes is None:
        return figure(width=width, height=height, alt=alt)
    return checked(axes).figure, axes


def checked(axes: Axes) -> Axes:
    """Return one axes of matplotlib.

    Raises:
        ValueError: if it is something else, such as the array of them that ``figure`` returns.
    """
    from matplotlib.axes import Axes

    if not isinstance(axes, Axes):
        raise ValueError(f"axes must be one matplotlib Axes, got {type(axes).__name__}")
    return axes
