"""What fit refuses before, or in, the first round; who plays, and in which precision."""

import functools
import inspect
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

import genlib
from genlib import Player, fit, runtime
from genlib.training.arguments import RULES
from tests.training.games import Point, Tug

fit = functools.partial(fit, device="cpu", progress=False)
X = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 3


def test_every_argument_has_a_rule_and_a_word_in_the_docstring() -> None:
    parameters = inspect.signature(genlib.fit).parameters
    assert set(parameters) == set(RULES)
    described = genlib.fit.__doc__.split("Args:")[1]
    assert [name for name in parameters if f"        {name}: " not in described] == []


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    options = {name: np.int64(4) for name in ("steps", "batch_size", "every", "seed")}
    same = {name: 4 for name in options}
    assert fit(Point(), X, **options)["loss"] == fit(Point(), X, **same)["loss"]
    genlib.seed(np.int64(4))
    drawn = torch.rand(1)
    genlib.seed(4)
    assert torch.equal(torch.rand(1), drawn)
    for value in (1.5, True, "1", None):
        with pytest.raises(ValueError, match=f"seed={value!r}, wanted a whole number"):
            genlib.seed(value)


def test_the_others_sit_out() -> None:
    game = Tug()
    x, y = game.x.weight.item(), game.y.weight.item()
    history = fit(game, X, steps=3, only=["y"])
    assert game.turns == ["y"] * 3
    assert game.x.weight.item() == x
    assert game.y.weight.item() == pytest.approx(y + 3 * 0.1 * x)
    assert history.names == ["y/loss"]  # as in the whole game
    assert game.x.weight.requires_grad


@pytest.mark.parametrize(
    ("only", "message"),
    [
        (("why",), r"only=\('why',\): no player 'why'; did you mean 'y'\? Known: x, y|Known: x, y"),
        ("y", "only='y', wanted None or a sequence of players' names"),
        ([], r"only=\[\], wanted"),
        ([3], r"only=\[3\], wanted"),
    ],
)
def test_players_that_there_are_not(only: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(Tug(), X, steps=1, only=only)


@pytest.mark.parametrize(
    ("unit", "dtype"), [("no", torch.float32), ("unknown", torch.float32), ("AMX", torch.bfloat16)]
)
def test_auto_is_bfloat16_where_the_device_has_it(
    monkeypatch: pytest.MonkeyPatch, unit: str, dtype: torch.dtype
) -> None:
    class Network(Point):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(2, 2)

        def loss(self, batch: Tensor) -> Tensor:
            found.append(self.linear(batch).dtype)
            return super().loss(batch)[0] + self.linear(batch).float().square().mean()

    found: list[torch.dtype] = []
    monkeypatch.setattr(runtime, "bfloat16", lambda device: unit)
    fit(Network(), X, steps=1, precision="auto")
    assert found == [dtype]


@pytest.mark.parametrize("block", [torch.no_grad, torch.inference_mode])
def test_where_gradients_are_off_nothing_can_be_trained(block: Callable) -> None:
    with block(), pytest.raises(ValueError, match="gradients are switched off"):
        fit(Point(), X, steps=1)


def built_in_inference_mode() -> Point:
    with torch.inference_mode():
        return Point()


class Holder(Point):
    """A model with one more part."""

    def __init__(self, part: nn.Module | None = None) -> None:
        super().__init__()
        self.part = part


class Gives(Point):
    """A model whose loss gives what it is told to."""

    def __init__(self, give: Callable[[Tensor], object]) -> None:
        super().__init__()
        self._give = give

    def loss(self, batch: Tensor) -> object:
        return self._give(Point.loss(self, batch)[0])


def with_players(make: Callable[[Point], object]) -> Point:
    model = Point()
    model.players = lambda: make(model)
    return model


def with_optimizer(optimizer: Callable) -> Point:
    return with_players(lambda m: [Player("p", [m], m.loss, optimizer=optimizer)])


OTHER = nn.Linear(2, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Holder(nn.LazyLinear(2)), r"part\.weight has no shape yet \(lazy\)"),
        (lambda: Holder(nn.Linear(2, 2, device="meta")), r"part\.weight is on the meta device"),
        (built_in_inference_mode, "at was made in inference_mode"),
        (lambda: Gives(lambda loss: (loss, None)), r"gave \(Tensor, NoneType\), wanted a scalar"),
        (lambda: Gives(lambda loss: (loss, loss)), r"gave \(Tensor, Tensor\), wanted a scalar"),
        (lambda: Gives(lambda loss: (loss, {}, {})), r"gave \(Tensor, dict, dict\)"),
        (lambda: Gives(lambda loss: [loss, 1.0]), r"gave \(Tensor, float\)"),
        (lambda: Gives(lambda loss: None), "is NoneType, wanted a scalar tensor"),
        (lambda: Gives(lambda loss: loss.item()), "is float, wanted a scalar tensor"),
        (lambda: Gives(lambda loss: loss * 1j), "is torch.complex64, wanted a real number"),
        (lambda: Gives(lambda loss: (loss, {"a": None})), "metric 'a' is None, wanted a number"),
        (lambda: Gives(lambda loss: (loss, {"a": "b"})), "metric 'a' is 'b', wanted a number"),
        (lambda: Gives(lambda loss: (loss, {"a": loss * 1j})), "metric 'a' is torch.complex64"),
        (lambda: Gives(lambda loss: (loss, {"loss": loss})), "a metric is called 'loss'"),
        (lambda: Gives(lambda loss: (loss, {"step": loss})), "a metric is called 'step'"),
        (lambda: Gives(lambda loss: (loss, {1: loss})), "a metric is called 1"),
        (lambda: with_players(lambda m: [m.loss]), "players of Point are method, wanted Players"),
        (
            lambda: with_players(lambda m: [Player("p", [OTHER], m.loss)]),
            "player 'p' has weights that are not Point's",
        ),
        (
            lambda: with_optimizer(lambda p: [p]),
            "optimizer of player 'p' gave list, wanted a torch.optim.Optimizer",
        ),
        (lambda: with_optimizer(torch.optim.LBFGS), "is LBFGS, whose step evaluates the loss"),
        (
            lambda: with_optimizer(functools.partial(torch.optim.SGD, lr=float("inf"))),
            "has lr=inf, wanted a finite number",
        ),
        (
            lambda: with_players(
                lambda m: [Player("p", [m], m.loss, schedule=lambda s, n: float("nan"))]
            ),
            "schedule of player 'p' gave nan in round 0 of 1",
        ),
    ],
)
def test_odd_models_are_refused_with_what_is_wanted(
    make: Callable[[], Point], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fit(make(), X, steps=1)


def test_complex_parameters_are_trained() -> None:
    class Turned(Point):
        def __init__(self) -> None:
            super().__init__()
            self.phase = nn.Parameter(torch.ones(2, dtype=torch.complex64))

        def loss(self, batch: Tensor) -> Tensor:
            return (batch - self.phase).abs().square().sum(-1).mean()

    model = Turned()
    model.players = lambda: [Player("p", [model], model.loss, lr=0.05, clip=100.0)]
    fit(model, X, steps=300, batch_size=64, ema=0.9)
    torch.testing.assert_close(model.phase.detach().real, X.mean(0), atol=0.01, rtol=0)
    assert model.phase.imag.abs().max() < 0.01


def test_every_example_of_resident_data_is_checked_and_nothing_is_drawn_for_it() -> None:
    class Bounded(Point):
        def check(self, batch: tuple[Tensor, Tensor]) -> None:
            x, number = batch
            checked.append(len(x))
            if number.max() >= 2500:
                raise ValueError("too large")

        def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
            return super().loss(batch[0])[0]

    class Noisy(TensorDataset):
        def transform(self, x: Tensor, number: Tensor) -> tuple[Tensor, Tensor]:
            return x + torch.randn_like(x), number

    checked = []
    x, number = torch.randn(2501, 2), torch.arange(2501)
    with pytest.raises(ValueError, match="too large"):
        fit(Bounded(), (x, number), steps=1)
    fit(Bounded(), (x[:2500], number[:2500]), steps=1)
    assert sum(checked) == 2501 + 2500
    checked.clear()
    fit(Bounded(), Noisy(x, number), steps=1)  # made anew for each batch
    assert checked == [1000]
