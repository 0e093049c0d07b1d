"""From noise to data, or back, along a velocity: solvers of an ordinary differential equation."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor

from genlib.diffusion.arguments import check_grid
from genlib.suggest import suggestion

Velocity = Callable[[Tensor, Tensor], Tensor]
"""From events (B, *event) and their times (B,) to dx/dt, (B, *event)."""
Step = Callable[[Velocity, Tensor, Tensor, Tensor], Tensor]


def euler_step(velocity: Velocity, x: Tensor, t: Tensor, h: Tensor) -> Tensor:
    """Follow the velocity at the start."""
    return x + h * velocity(x, t)


def heun_step(velocity: Velocity, x: Tensor, t: Tensor, h: Tensor) -> Tensor:
    """Follow the mean of the velocities at the start and at the end that Euler foresees."""
    first = velocity(x, t)
    return x + h / 2 * (first + velocity(x + h * first, t + h))


def rk4_step(velocity: Velocity, x: Tensor, t: Tensor, h: Tensor) -> Tensor:
    """Take the classical Runge-Kutta step of order four."""
    first = velocity(x, t)
    second = velocity(x + h / 2 * first, t + h / 2)
    third = velocity(x + h / 2 * second, t + h / 2)
    fourth = velocity(x + h * third, t + h)
    return x + h / 6 * (first + 2 * second + 2 * third + fourth)


STEPS: dict[str, Step] = {"euler": euler_step, "heun": heun_step, "rk4": rk4_step}
EVALUATIONS = {"euler": 1, "heun": 2, "rk4": 4}
"""How often a step of each solver asks for the velocity."""


def along(step: Step, velocity: Velocity, x: Tensor, times: Tensor) -> Iterator[Tensor]:
    """Yield the events at every time of a grid but the first."""
    check_grid(times)
    for t, following in pairwise(times):
        x = step(velocity, x, t.expand(len(x)), following - t)
        yield x


def solve(velocity: Velocity, x: Tensor, times: Tensor, method: str = "euler") -> Tensor:
    r"""Return the events that :math:`\dot x = u(x, t)` leads to, at the last of the times.

    Args:
        velocity: u, from events ``(B, *event)`` and times ``(B,)`` to ``(B, *event)``.
        x: events at the first time, ``(B, *event)``.
        times: a grid in [0, 1] that always rises or always falls, ``(K + 1,)``.
        method: ``"euler"``, ``"heun"`` or ``"rk4"``, of order 1, 2 and 4, with as many calls of
            the velocity a step.

    Raises:
        ValueError: if there is no such method, or these are no such times.
    """
    for state in along(step_named(method), velocity, x, times):
        x = state
    return x


def euler(velocity: Velocity, x: Tensor, times: Tensor) -> Tensor:
    """Solve by Euler's steps, of order 1; see ``solve``."""
    return solve(velocity, x, times, "euler")


def heun(velocity: Velocity, x: Tensor, times: Tensor) -> Tensor:
    """Solve by Heun's steps, of order 2; see ``solve``."""
    return solve(velocity, x, times, "heun")


def rk4(velocity: Velocity, x: Tensor, times: Tensor) -> Tensor:
    """Solve by Runge's and Kutta's steps, of order 4; see ``solve``."""
    return solve(velocity, x, times, "rk4")


@torch.no_grad()
def length_over_chord(velocity: Velocity, x: Tensor, times: Tensor, method: str = "heun") -> Tensor:
    r"""Return how much longer the way of each event is than the straight line, ``(B,)``.

    .. math:: \frac{\sum_k \lVert x_{k+1} - x_k \rVert}{\lVert x_K - x_0 \rVert} \ge 1

    It is 1 for a straight path. See ``solve`` for the arguments and errors. Used in the chapter on
    flow matching.
    """
    points = torch.stack([x, *along(step_named(method), velocity, x, times)]).flatten(2)
    pieces = points.diff(dim=0).norm(dim=-1).sum(0)
    return pieces / (points[-1] - points[0]).norm(dim=-1)


def step_named(method: str) -> Step:
    """Return the step of that name.

    Raises:
        ValueError: if there is none; the nearest name is given.
    """
    if method not in STEPS:
        raise ValueError(f"method={method!r}{suggestion(method, STEPS)}")
    return STEPS[method]
