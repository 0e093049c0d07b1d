"""Factors on a learning rate by step, for ``Player(schedule=...)``."""

import math
from collections.abc import Callable

from genlib.model import Schedule
from genlib.suggest import suggestion


def cosine(step: int, steps: int, *, warmup: float = 0.01) -> float:
    r"""Return a factor that rises linearly during ``warmup * steps``, then falls along a cosine.

    :math:`\tfrac12 (1 + \cos \pi t)`, t from 0 to 1 over the steps after the warm-up.
    Loshchilov and Hutter (2017, https://arxiv.org/abs/1608.03983).

    Args:
        step: the round, counted from 0.
        steps: the number of rounds.
        warmup: share of the rounds that rise.
    """
    rise = warmup * steps
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / (steps - rise)))


SCHEDULES = {"cosine": cosine}


def schedule_named(schedule: Schedule | None) -> Callable[[int, int], float] | None:
    """Return a schedule that was given by name; a function, or None, is returned as it is.

    Raises:
        ValueError: if there is none of that name.
    """
    if not isinstance(schedule, str):
        return schedule
    if schedule not in SCHEDULES:
        raise ValueError(f"schedule={schedule!r}{suggestion(schedule, SCHEDULES)}")
    return SCHEDULES[schedule]
