"""Buffers after an update that was not finite, and what the message about it may say."""

import functools
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from genlib import Player, fit
from genlib.training.buffers import SMALL, BufferGuard
from tests.training.games import Point

fit = functools.partial(fit, device="cpu", progress=False)
X = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 3


class Normed(Point):
    """A point behind a batch norm, whose fifth batch is infinite, with a large counted buffer."""

    def __init__(self, bad: int = 5) -> None:
        super().__init__()
        self.norm, self._calls, self._bad = nn.BatchNorm1d(2), 0, bad
        self.register_buffer("seen", torch.zeros(SMALL + 1), persistent=False)
        self.register_buffer("mask", torch.ones(SMALL + 1))

    def loss(self, batch: Tensor) -> Tensor:
        self._calls += 1
        batch = batch * (float("inf") if self._calls == self._bad else 1.0)
        self.seen += batch.sum()
        return (self.norm(batch) - self.at).square().mean()


@pytest.mark.parametrize("nonfinite", ["stop", "skip"])
def test_buffers_are_as_if_the_update_had_not_been(nonfinite: str) -> None:
    model, plain = Normed(), Normed(bad=0)
    options = {"batch_size": 64, "nonfinite": nonfinite}
    if nonfinite == "stop":
        with pytest.raises(
            FloatingPointError, match=r"step 5; .*, and the model's weights are finite"
        ):
            fit(model, X, steps=8, **options)
    else:
        fit(model, X, steps=8, **options)
    fit(plain, X, steps=7, **options)  # the batch is all data, so that 7 good updates are alike
    assert model._calls == 8
    for name, buffer in model.named_buffers():
        torch.testing.assert_close(buffer, plain.get_buffer(name), msg=name)
    assert model.norm.num_batches_tracked == 7


def test_a_message_names_what_is_not_finite() -> None:
    class Wild(Point):
        """Writes to itself where nobody looks."""

        def __init__(self) -> None:
            super().__init__()
            self.other = nn.Parameter(torch.zeros(2))

        def loss(self, batch: Tensor) -> Tensor:
            self.other.data.fill_(float("nan"))
            return super().loss(batch)[0] * float("nan") + self.other.sum()

    with pytest.raises(
        FloatingPointError, match=r"was applied, but these are not finite: other\.$"
    ):
        fit(Wild(), X, steps=1)


def test_a_large_buffer_that_nobody_writes_to_is_not_copied() -> None:
    model = Normed()
    guard = BufferGuard(model)
    kept = {name: guard.kept[i] for i, (_, name) in enumerate(guard.places)}
    model.mask.fill_(2)  # as on_step may
    writes = {name: kept[name]._version for name in ("mask", "seen")}
    guard.remember()
    model.mask.fill_(3)
    guard.restore_if(torch.tensor(1.0))
    assert torch.equal(model.mask, torch.full((SMALL + 1,), 2.0))
    assert kept["mask"]._version > writes["mask"]
    assert kept["seen"]._version == writes["seen"]


def test_what_depends_on_time_is_not_put_back_to_an_earlier_time() -> None:
    class Timed(Normed):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("weight", torch.zeros(()), persistent=False)

        def on_step(self, step: int, steps: int) -> None:
            self.weight.fill_(step)

        def loss(self, batch: Tensor) -> tuple[Tensor, dict]:
            return super().loss(batch), {"weight": self.weight}

    model = Timed()
    history = fit(model, X, steps=8, nonfinite="skip", ema=0.9)
    assert history["weight"] == list(range(8))
    assert history.ema.weight == model.weight == 7


def test_a_backward_pass_to_come_may_hold_a_buffer() -> None:
    class Shared(Point):
        """Two players whose losses share one forward pass through a batch norm."""

        def __init__(self) -> None:
            super().__init__()
            self.norm, self.scale = nn.BatchNorm1d(2), nn.Linear(2, 2)

        def players(self) -> Sequence[Player]:
            return [
                Player("first", [self.scale], self.first),
                Player("norm", [self.norm], self.last),
            ]

        def first(self, batch: Tensor) -> Tensor:
            for parameter in self.norm.parameters():
                parameter.requires_grad_(True)
            self._made = self.norm(batch)
            return self.scale(self._made.detach()).square().mean()

        def last(self, batch: Tensor) -> Tensor:
            return (self._made - 1).square().mean()

    assert len(fit(Shared(), X, steps=3)["norm/loss"]) == 3
