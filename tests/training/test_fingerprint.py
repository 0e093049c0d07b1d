"""Which runs are the same: neither less nor more than what decides their weights."""

import functools
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from genlib import Player, fit
from genlib.training.describe import describe
from genlib.training.schedules import cosine
from tests.training.games import Point, Tug

fit = functools.partial(fit, device="cpu", progress=False)
X = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 3
SGD = torch.optim.SGD


def point(**options: object) -> Point:
    model = Point()
    model.players = lambda: [Player("point", [model], model.loss, **options)]
    return model


def constant(value: float) -> object:
    return lambda step, steps: value


def power(exponent: int, step: int, steps: int) -> float:
    return (1 - step / steps) ** exponent


class Scale:
    """A schedule with a number."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, step: int, steps: int) -> float:
        return self.factor


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"optimizer": functools.partial(SGD, lr=0.1)},
            {"optimizer": functools.partial(SGD, lr=0.001)},
        ),
        ({"optimizer": lambda p: SGD(p, lr=0.1)}, {"optimizer": lambda p: SGD(p, lr=0.001)}),
        ({"schedule": lambda s, n: 1.0}, {"schedule": lambda s, n: 1.0 - s / n}),
        ({"schedule": constant(1.0)}, {"schedule": constant(0.5)}),
        ({"schedule": Scale(1.0)}, {"schedule": Scale(0.5)}),
        ({"schedule": functools.partial(cosine, warmup=0.1)}, {"schedule": cosine}),
        ({"schedule": functools.partial(power, 1)}, {"schedule": functools.partial(power, 2)}),
        ({"betas": (0.9, 0.999)}, {"betas": (0.5, 0.999)}),
        ({"clip": None}, {"clip": 1.0}),
        ({"after": None}, {"after": lambda: None}),
    ],
)
def test_arguments_of_partials_and_code_of_functions_make_another_run(
    tmp_path: Path, before: dict, after: dict
) -> None:
    fit(point(**before), X, steps=2, checkpoint=tmp_path)
    (name,) = before
    with pytest.raises(ValueError, match=rf"another run: player point\.{name} was "):
        fit(point(**after), X, steps=4, checkpoint=tmp_path)
    fit(point(**before), X, steps=4, checkpoint=tmp_path)


def test_another_loss_makes_another_run(tmp_path: Path) -> None:
    class Other(Point):
        def loss(self, batch: Tensor) -> Tensor:
            return (batch - self.at).abs().sum(-1).mean()

    Other.__name__ = "Point"
    fit(Point(), X, steps=2, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"player model\.loss was Point\.loss"):
        fit(Other(), X, steps=4, checkpoint=tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"schedule": "cosine"}, {"schedule": cosine}),
        ({"lr": 0.1}, {"lr": np.float64(0.1)}),
        ({"betas": (0.9, 0.999)}, {"betas": [0.9, 0.999]}),
        ({"betas": (0.0, 0.999)}, {"betas": (0, 0.999)}),
        ({"updates": 1}, {"updates": np.int64(1)}),
    ],
)
def test_what_is_said_in_another_way_is_the_same_run(
    tmp_path: Path, before: dict, after: dict
) -> None:
    fit(point(**before), X, steps=2, checkpoint=tmp_path)
    fit(point(**after), X, steps=4, checkpoint=tmp_path)


class Counts(Point):
    """A model that counts its calls, and keeps what it saw last."""

    def __init__(self, power: int = 2) -> None:
        super().__init__()
        self.calls, self.power = 0, power

    def loss(self, batch: Tensor) -> Tensor:
        self.calls += 1
        self.last = len(batch)
        return (batch - self.at).abs().pow(self.power).sum(-1).mean()


def test_what_changes_during_a_run_is_no_part_of_it(tmp_path: Path) -> None:
    model = Counts()
    fit(model, X, steps=2, checkpoint=tmp_path)
    fit(model, X, steps=4, checkpoint=tmp_path)  # calls is 2 here, and it was 0
    fit(Counts(), X, steps=6, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"another run: model\.power was 2, here it is 3\. Give"):
        fit(Counts(power=3), X, steps=8, checkpoint=tmp_path)


def test_other_transforms_of_the_same_tensors_are_other_data(tmp_path: Path) -> None:
    class Plus(TensorDataset):
        def __init__(self, value: float) -> None:
            super().__init__(X)
            self.value = value

        def transform(self, x: Tensor) -> Tensor:
            return x + self.value

    fit(Point(), Plus(1.0), steps=2, checkpoint=tmp_path)
    fit(Point(), Plus(1.0), steps=3, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"data.transform was .*value=1\.0.* is .*value=2\.0"):
        fit(Point(), Plus(2.0), steps=4, checkpoint=tmp_path)


def test_the_players_that_play_are_part_of_a_run(tmp_path: Path) -> None:
    fit(Tug(), X, steps=2, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"only was None, here it is \('x',\)"):
        fit(Tug(), X, steps=4, only=("x",), checkpoint=tmp_path)


def test_a_description_is_the_same_in_every_process() -> None:
    endless: list = []
    endless.append(endless)
    words = describe({"a", "b", "c", "d"})
    assert words == "('a', 'b', 'c', 'd')"
    assert "0x" not in describe([object(), lambda x: x, torch.ones(2), endless, Scale(1.0)])
    assert len(describe(list(range(10**5)))) < 100
    assert describe(list(range(10**5))) != describe(list(range(1, 10**5 + 1)))
