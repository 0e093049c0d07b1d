"""Ratios of times that were measured side by side, so that a busy machine disturbs both."""

import time
from collections.abc import Callable, Mapping
from statistics import median

ROUNDS = 7


def seconds(work: Callable[[], None]) -> float:
    """Return how long ``work()`` takes, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def side_by_side(ways: Mapping[str, Callable[[], None]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return each way's median seconds over ``rounds``, in which all ways take turns.

    One round before is not counted: it warms up caches and allocators.
    """
    for work in ways.values():
        work()
    times = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            times[name].append(seconds(work))
    return {name: median(values) for name, values in times.items()}
