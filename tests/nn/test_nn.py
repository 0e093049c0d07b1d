"""Shared layers and helpers."""

import pytest
import torch
from torch import nn

from genlib.nn import EMA, mlp, standard_normal, uniform


def test_mlp_is_linear_after_the_last_hidden_layer() -> None:
    net = mlp([3, 5, 4, 2])
    kinds = [type(layer).__name__ for layer in net]
    assert kinds == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert net(torch.zeros(7, 3)).shape == (7, 2)
    with pytest.raises(ValueError, match="at least two positive sizes"):
        mlp([3])
    with pytest.raises(ValueError, match="activation='rellu'; did you mean 'relu'"):
        mlp([3, 2], "rellu")


def test_ema_by_hand() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    average = EMA(model, 0.5)
    nn.init.ones_(model.weight)
    average.update(model)  # decay min(0.5, 1/10)
    assert average.model.weight.item() == pytest.approx(0.9)
    average.update(model)  # decay min(0.5, 2/11)
    assert average.model.weight.item() == pytest.approx(1 - 0.1 * 2 / 11)


def test_ema_copies_buffers() -> None:
    model = nn.BatchNorm1d(1)
    average = EMA(model, 0.9)
    model.running_mean.fill_(4)
    average.update(model)
    assert average.model.running_mean.item() == 4


@pytest.mark.parametrize("draw", [standard_normal, uniform])
def test_a_generator_decides_the_draw(draw: object) -> None:
    like = torch.zeros(1, dtype=torch.float64)
    draws = [draw(3, 2, like=like, generator=torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torch.equal(*draws)
    assert draws[0].dtype == torch.float64
    assert draws[0].shape == (3, 2)
