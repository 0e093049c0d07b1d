"""What diffusion can be built from and told, and how anything else is refused."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.player import is_interval, is_number, is_positive_whole

TIMES = "times from 0 (data) to 1 (noise)"


def check_sizes(**sizes: object) -> None:
    """Raise ``ValueError`` unless all sizes are positive whole numbers, naming the first wrong."""
    for name, size in sizes.items():
        if not is_positive_whole(size):
            raise ValueError(f"{name}={size!r}, wanted a positive whole number")


def check_event(event_shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of an event.

    Raises:
        ValueError: if it is none.
    """
    shape = tuple(event_shape)
    if not shape or not all(map(is_positive_whole, shape)):
        raise ValueError(f"event_shape={shape}, wanted one or more positive sizes")
    return shape


def check_share(**shares: object) -> None:
    """Raise ``ValueError`` unless all are numbers in [0, 1], naming the first that is none."""
    for name, share in shares.items():
        if not is_number(share) or not 0 <= share <= 1:
            raise ValueError(f"{name}={share!r}, wanted a number in [0, 1]")


def check_bounds(bounds: tuple[float, float] | None) -> None:
    """Raise ``ValueError`` unless these are two finite numbers, the smaller one first, or None."""
    if bounds is not None and not is_interval(bounds):
        raise ValueError(f"bounds={bounds!r}, wanted (low, high) with finite low < high, or None")


def check_times(t: Tensor, x: Tensor) -> None:
    """Raise ``ValueError`` unless these are times, one for each event of x."""
    if not isinstance(t, Tensor) or t.shape != (len(x),):
        given = tuple(t.shape) if isinstance(t, Tensor) else type(t).__name__
        raise ValueError(
            f"wanted {TIMES}, one for each of {len(x)} events; these have shape {given}"
        )
    if not ((t >= 0) & (t <= 1)).all():
        raise ValueError(f"wanted {TIMES}; these range over [{t.min():.4g}, {t.max():.4g}]")


def check_grid(times: Tensor) -> None:
    """Raise ``ValueError`` unless these are times in a row that always rise, or always fall."""
    wanted = f"a time grid wants two or more {TIMES}, in a row"
    if not isinstance(times, Tensor) or times.dim() != 1 or len(times) < 2:
        given = tuple(times.shape) if isinstance(times, Tensor) else type(times).__name__
        raise ValueError(f"{wanted}; this is {given}")
    if not ((times >= 0) & (times <= 1)).all():
        raise ValueError(f"{wanted}; these range over [{times.min():.4g}, {times.max():.4g}]")
    steps = times.diff()
    if not ((steps > 0).all() or (steps < 0).all()):
        raise ValueError(f"{wanted}, that always rise or always fall; these do not")


def time_grid(steps: int, start: float = 1.0, end: float = 0.0, *, like: Tensor) -> Tensor:
    """Return ``steps + 1`` times, evenly from ``start`` to ``end``, as ``like`` is.

    Raises:
        ValueError: if ``steps`` is not a positive whole number.
    """
    check_sizes(steps=steps)
    return torch.linspace(start, end, steps + 1, dtype=like.dtype, device=like.device)
