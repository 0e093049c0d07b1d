"""The averaged weights."""

import pytest
from torch import nn

from genlib.training.ema import EMA


def test_ema_by_hand() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    average = EMA(model, 0.5)
    nn.init.ones_(model.weight)
    average.advance()  # decay min(0.5, 1/10)
    average.update(model)
    assert average.model.weight.item() == pytest.approx(0.9)
    average.advance()  # decay min(0.5, 2/11)
    average.update(model)
    assert average.model.weight.item() == pytest.approx(1 - 0.1 * 2 / 11)


def test_ema_copies_buffers() -> None:
    model = nn.BatchNorm1d(1)
    average = EMA(model, 0.9)
    model.running_mean.fill_(4)
    average.update(model)
    assert average.model.running_mean.item() == 4
