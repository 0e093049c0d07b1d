"""At which inverse temperatures annealing stops on its way."""

from collections.abc import Callable

import torch
from torch import Tensor

from genlib.metrics.arguments import check_count

POWER, RADIUS, FIRST = 4, 4.0, -4.0  # the last: the exponent of ten


def annealing_schedule(steps: int, kind: str = "power") -> Tensor:
    r"""Return inverse temperatures :math:`0 = \beta_0 < \dots < \beta_T = 1`, with s = t/T.

    .. math::

        \text{linear: } s, \qquad \text{power: } s^4, \qquad
        \text{geometric: } 10^{-4 (T - t)/(T - 1)}, \qquad
        \text{sigmoid: } \frac{\sigma(8 s - 4) - \sigma(-4)}{\sigma(4) - \sigma(-4)}.

    Much of the change is near 0, where a likelihood of hundreds of pixels is switched on: from the
    prior small first steps are worth a lot. From an encoder less is left to do there. Sigmoid:
    Grosse, Ghahramani and Adams (2015, https://arxiv.org/abs/1511.02543). Derived in the chapter
    on likelihoods of decoders.

    >>> annealing_schedule(2, "linear")
    tensor([0.0000, 0.5000, 1.0000], dtype=torch.float64)

    Args:
        steps: T, how many steps.
        kind: ``"power"``, ``"linear"``, ``"geometric"`` or ``"sigmoid"``.

    Returns:
        (T + 1,), float64.

    Raises:
        ValueError: if there are no steps, or the kind is unknown.
    """
    check_count(1, steps=steps)
    if kind not in SCHEDULES:
        raise ValueError(f"kind={kind!r}, wanted one of {', '.join(SCHEDULES)}")
    betas = SCHEDULES[kind](torch.linspace(0, 1, steps + 1, dtype=torch.float64))
    betas[0], betas[-1] = 0.0, 1.0  # exactly
    return betas


def _sigmoid(s: Tensor) -> Tensor:
    found = torch.sigmoid(RADIUS * (2 * s - 1))
    return (found - found[0]) / (found[-1] - found[0])


def _geometric(s: Tensor) -> Tensor:
    return torch.cat([s[:1], torch.logspace(FIRST, 0, len(s) - 1, dtype=s.dtype)])


SCHEDULES: dict[str, Callable[[Tensor], Tensor]] = {
    "power": lambda s: s**POWER,
    "linear": torch.clone,
    "geometric": _geometric,
    "sigmoid": _sigmoid,
}


def checked_betas(schedule: str | Tensor, steps: int) -> list[float]:
    """Return inverse temperatures from 0 to 1, by name or as they were given.

    Raises:
        ValueError: if they do not rise from 0 to 1.
    """
    if isinstance(schedule, str):
        return annealing_schedule(steps, schedule).tolist()
    betas = schedule.detach().cpu().double()
    rising = betas.ndim == 1 and len(betas) > 1 and bool((betas.diff() > 0).all())
    if not rising or betas[0] != 0 or betas[-1] != 1:
        raise ValueError(f"schedule {tuple(betas.shape)}, wanted numbers that rise from 0 to 1")
    return betas.tolist()
