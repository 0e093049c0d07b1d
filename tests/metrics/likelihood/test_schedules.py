"""Schedules: formulas, ends, order."""

import math

import pytest
import torch
from torch.distributions import Independent, Normal

from genlib.metrics import ais, annealing_schedule
from genlib.metrics.likelihood.schedules import SCHEDULES

START = Independent(Normal(torch.zeros(1, 1), 1.0), 1)


def test_known_values() -> None:
    def close(kind: str, *wanted: float) -> None:
        assert annealing_schedule(4, kind).tolist() == pytest.approx(wanted)

    close("linear", 0, 0.25, 0.5, 0.75, 1)
    close("power", 0, 1 / 256, 1 / 16, 81 / 256, 1)
    close("geometric", 0, 1e-4, 10 ** (-8 / 3), 10 ** (-4 / 3), 1)
    low, mid = (1 / (1 + math.exp(a)) for a in (4, 2))
    quarter = (mid - low) / (1 - 2 * low)
    close("sigmoid", 0, quarter, 0.5, 1 - quarter, 1)


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 1000])
def test_all_rise_from_zero_to_one(kind: str, steps: int) -> None:
    betas = annealing_schedule(steps, kind)
    assert betas.shape == (steps + 1,)
    assert betas.dtype == torch.float64
    assert (betas[0], betas[-1]) == (0, 1)
    assert (betas.diff() > 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 0}, "steps=0, wanted a whole number, at least 1"),
        ({"schedule": "cubic"}, "kind='cubic', wanted one of power, linear"),
        ({"schedule": torch.tensor([0.0, 0.5, 0.5, 1.0])}, "numbers that rise from 0 to 1"),
        ({"schedule": torch.tensor([0.1, 1.0])}, "numbers that rise from 0 to 1"),
        ({"schedule": torch.tensor([0.0])}, "numbers that rise from 0 to 1"),
        ({"chains": 0}, "chains=0, wanted"),
        ({"leaps": 1.5}, "leaps=1.5, wanted"),
        ({"scouts": 0}, "scouts=0, wanted"),
        ({"step": 0.0}, "step=0.0, jitter=0.2, wanted a positive number"),
        ({"jitter": 1.0}, "step=0.5, jitter=1.0, wanted"),
        ({"step_sizes": torch.ones(3, 1), "steps": 3}, r"step_sizes \(3, 1\), wanted \(2, B\)"),
    ],
)
def test_what_is_no_run_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ais(
            lambda z: -z.square().sum(-1),
            Independent(Normal(torch.zeros(1, 1), 1.0), 1),
            **({"steps": 5} | arguments),
        )
