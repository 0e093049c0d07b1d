"""The training loop: turns, determinism, resuming, safety, and what it refuses."""

import contextlib
import functools
from shutil import which

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from genlib import Model, Player, fit
from genlib.runtime import resolve_device
from genlib.training.arguments import RULES
from genlib.training.turn import decides_on_device, without_gradients
from tests.training.games import Cliff, Point, Tug

fit = functools.partial(fit, device="cpu", progress=False)


@pytest.fixture
def data() -> torch.Tensor:
    return torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 3


def test_one_player_finds_the_mean_of_the_data(data: torch.Tensor) -> None:
    model = Point()
    model.players = lambda: [Player("model", [model], model.loss, lr=0.05)]
    history = fit(model, data, steps=400, batch_size=1000)
    torch.testing.assert_close(model.at.detach(), data.mean(0), atol=2e-3, rtol=0)
    assert history.steps("loss") == list(range(1, 401))
    assert history.names == ["loss", "norm"]
    assert history["norm"][0] == 0


def test_players_take_turns_in_order_and_own_only_their_parameters(data: torch.Tensor) -> None:
    model = Tug(updates=2)
    nn.init.ones_(model.x.weight)
    nn.init.ones_(model.y.weight)
    history = fit(model, data, steps=2)
    assert model.turns == ["x", "x", "y"] * 2
    # x falls by 0.1 y twice, then y rises by 0.1 x
    x, y = 1.0, 1.0
    for _ in range(2):
        x -= 0.2 * y
        y += 0.1 * x
    assert model.x.weight.item() == pytest.approx(x)
    assert model.y.weight.item() == pytest.approx(y)
    assert history.names == ["x/loss", "y/loss"]
    assert model.x.weight.requires_grad
    assert model.y.weight.requires_grad


def test_a_seed_decides_the_run_and_the_callers_randomness_is_left_alone(
    data: torch.Tensor,
) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    runs = [fit(Point(), data, steps=30, batch_size=8, seed=s)["loss"] for s in (1, 1, 2)]
    assert torch.equal(torch.rand(1), expected)
    assert runs[0] == runs[1] != runs[2]


def test_evaluation_does_not_disturb_the_run(data: torch.Tensor) -> None:
    def noisy(model: Model) -> dict[str, float]:
        assert not model.training
        assert not torch.is_grad_enabled()
        return {"noise": torch.rand(()).item()}

    plain = fit(Point(), data, steps=30, batch_size=8)
    watched = fit(Point(), data, steps=30, batch_size=8, evaluate=noisy, every=10)
    assert plain["loss"] == watched["loss"]
    assert watched.steps("noise") == [10, 20, 30]
    assert len(set(watched["noise"])) == 1  # the same random numbers each time


def test_an_epoch_shows_every_example_once(data: torch.Tensor) -> None:
    seen: list[torch.Tensor] = []

    class Witness(Point):
        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            seen.append(batch)
            return super().loss(batch)

    fit(Witness(), data, steps=8, batch_size=8)
    rows = torch.cat(seen)
    assert torch.equal(rows.sort(0).values, data.sort(0).values)


@pytest.mark.parametrize("kind", ["tensor", "tuple", "dataset", "loader"])
def test_every_kind_of_data(data: torch.Tensor, kind: str) -> None:
    labels = torch.arange(64)
    given = {
        "tensor": data,
        "tuple": (data, labels),
        "dataset": TensorDataset(data),
        "loader": DataLoader(TensorDataset(data), batch_size=32),
    }[kind]

    class Reader(Point):
        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            x = batch[0] if kind == "tuple" else batch
            assert x.shape == (32, 2)
            return super().loss(x)[0]

    assert len(fit(Reader(), given, steps=5, batch_size=32)["loss"]) == 5


def test_a_transform_draws_anew_for_every_batch(data: torch.Tensor) -> None:
    class Noisy(TensorDataset):
        def transform(self, x: torch.Tensor) -> torch.Tensor:
            return x + torch.rand_like(x)

    seen: list[torch.Tensor] = []

    class Witness(Point):
        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            seen.append(batch.sort(0).values)
            return super().loss(batch)[0]

    fit(Witness(), Noisy(data), steps=2, batch_size=1000)
    assert not torch.equal(seen[0], seen[1])


def test_schedule_scales_the_step(data: torch.Tensor) -> None:
    model = Point()
    sgd = functools.partial(torch.optim.SGD, lr=1.0)
    seen: list[tuple[int, int]] = []

    def only_first(step: int, steps: int) -> float:
        seen.append((step, steps))
        return 0.5 if step == 0 else 0.0

    model.players = lambda: [
        Player("model", [model], model.loss, optimizer=sgd, schedule=only_first)
    ]
    fit(model, data, steps=3, batch_size=1000)
    assert seen == [(0, 3), (1, 3), (2, 3)]
    torch.testing.assert_close(
        model.at.detach(), data.mean(0)
    )  # one Newton step: gradient 2(a - m)


def test_clip_limits_the_norm_of_the_whole_gradient(data: torch.Tensor) -> None:
    model = Point()
    sgd = functools.partial(torch.optim.SGD, lr=1.0)
    model.players = lambda: [Player("model", [model], model.loss, optimizer=sgd, clip=0.01)]
    fit(model, data, steps=1)
    assert model.at.norm().item() == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("clip", [None, 0.01])
def test_the_gradient_is_recorded_as_long_as_it_is_before_clipping(
    data: torch.Tensor, clip: float | None
) -> None:
    model = Point()
    sgd = functools.partial(torch.optim.SGD, lr=0.0)
    told = {"optimizer": sgd, "gradient_norm": True, "clip": clip}
    model.players = lambda: [Player("model", [model], model.loss, **told)]
    history = fit(model, data, steps=1, batch_size=1000)
    gradient = 2 * (model.at.detach() - data.mean(0))
    assert history["gradient_norm"] == pytest.approx([gradient.norm().item()], rel=1e-5)


def test_after_runs_when_the_update_is_done(data: torch.Tensor) -> None:
    model = Point()
    model.players = lambda: [
        Player("model", [model], model.loss, after=lambda: model.at.data.clamp_(max=1e-4))
    ]
    fit(model, data, steps=3)
    assert torch.equal(model.at.detach(), torch.full((2,), 1e-4))


def test_the_average_is_a_copy_that_lags(data: torch.Tensor) -> None:
    model = Point()
    model.players = lambda: [Player("model", [model], model.loss, lr=0.05)]
    history = fit(model, data, steps=50, ema=0.99)
    assert history.ema is not model
    assert 0 < history.ema.at.norm() < model.at.norm()


def test_a_metric_is_recorded_as_it_was_in_its_step(data: torch.Tensor) -> None:
    class Watched(Point):
        def loss(self, batch: torch.Tensor) -> tuple[torch.Tensor, dict]:
            return super().loss(batch)[0], {"first": self.at[0], "infinite": 0.5}

    history = fit(Watched(), data, steps=3)
    assert history["first"] == pytest.approx([0, 0.001, 0.002], rel=1e-3)  # Adam moves by its lr
    assert history["infinite"] == [0.5] * 3


def test_the_model_is_left_in_evaluation_mode_without_gradients(data: torch.Tensor) -> None:
    def stop(model: Model, step: int) -> None:
        raise KeyboardInterrupt

    model = Point()
    fit(model, data, steps=2)
    assert not model.training
    assert model.at.grad is None
    with pytest.raises(KeyboardInterrupt):
        fit(model, data, steps=2, callbacks=[stop])
    assert not model.training
    assert model.at.grad is None


def test_a_turn_gives_gradients_back_to_what_had_them_also_after_an_error() -> None:
    moving, frozen = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1), requires_grad=False)
    with contextlib.suppress(RuntimeError), without_gradients([moving, frozen]):
        assert not moving.requires_grad
        raise RuntimeError
    assert moving.requires_grad
    assert not frozen.requires_grad


@pytest.mark.parametrize("double", [False, True])
def test_data_and_model_in_double_precision(data: torch.Tensor, double: bool) -> None:
    model = Point().double() if double else Point()
    fit(model, data.to(model.at.dtype), steps=3, ema=0.9)
    assert model.at.dtype == (torch.float64 if double else torch.float32)


def test_one_example_is_enough(data: torch.Tensor) -> None:
    assert fit(Point(), data[:1], steps=2)["loss"][0] > 0


def test_the_graph_behind_the_data_is_left_alone(data: torch.Tensor) -> None:
    weight = torch.ones(2, requires_grad=True)
    fit(Point(), data * weight, steps=3)
    assert weight.grad is None


def test_pairs_from_a_loader_and_its_first_batch_is_not_lost(data: torch.Tensor) -> None:
    seen: list[torch.Tensor] = []

    class Witness(Point):
        def loss(self, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
            seen.append(batch[1])
            return super().loss(batch[0])[0]

    fit(Witness(), DataLoader(TensorDataset(data, torch.arange(64)), batch_size=16), steps=4)
    assert torch.cat(seen).tolist() == list(range(64))


def test_fused_optimisers_are_trusted_with_the_decision_but_on_mps() -> None:
    adam = torch.optim.Adam(Point().parameters(), fused=True)
    sgd = torch.optim.SGD(Point().parameters())
    assert decides_on_device(adam, torch.device("cpu"))
    assert not decides_on_device(adam, torch.device("mps"))
    assert not decides_on_device(sgd, torch.device("cpu"))


@pytest.mark.parametrize("optimizer", [None, functools.partial(torch.optim.SGD, lr=0.1)])
def test_an_update_that_is_not_finite_is_never_applied(
    data: torch.Tensor, optimizer: functools.partial | None
) -> None:
    def train(model: Point, steps: int) -> torch.Tensor:
        model.players = lambda: [Player("point", [model], model.loss, optimizer=optimizer)]
        fit(model, data, steps=steps)
        return model.at.detach().clone()

    expected = train(Point(), 7)
    broken = Cliff(good=7)
    with pytest.raises(FloatingPointError, match=r"player 'point'.*step 8"):
        train(broken, 30)
    assert torch.equal(broken.at.detach(), expected)


def test_an_update_that_is_not_finite_is_seen_among_several_in_a_turn(data: torch.Tensor) -> None:
    class Once(Cliff):
        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            self.good = 10 if self.calls != 4 else 0  # the first of the two updates of round 3
            return super().loss(batch)

    model = Once(good=10)
    model.players = lambda: [Player("point", [model], model.loss, updates=2)]
    with pytest.raises(FloatingPointError, match="step 3"):
        fit(model, data, steps=5)


def test_a_gradient_that_is_infinite_under_a_finite_loss_is_caught(data: torch.Tensor) -> None:
    class Root(Point):
        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            return self.at.abs().sqrt().sum()  # slope infinite at 0, where it starts

    with pytest.raises(FloatingPointError, match="step 1"):
        fit(Root(), data, steps=3)


def test_skipping_counts_what_was_left_out_and_goes_on(data: torch.Tensor) -> None:
    class Sometimes(Point):
        """NaN in every third call."""

        _calls = 0

        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            self._calls += 1
            value = super().loss(batch)[0]
            return value * float("nan") if self._calls % 3 == 0 else value

    model = Sometimes()
    history = fit(model, data, steps=300, nonfinite="skip")
    assert history.skipped == {"model": 100}
    assert sum(loss != loss for loss in history["loss"]) == 100
    plain = Point()
    fit(plain, data, steps=200)
    torch.testing.assert_close(model.at, plain.at)  # the batch is all data: 200 equal updates


def test_skipping_ends_where_nothing_is_left_to_go_on_with(data: torch.Tensor) -> None:
    with pytest.raises(FloatingPointError, match="step 51"):  # none good since the look at 50
        fit(Cliff(good=7), data, steps=200, nonfinite="skip")


def test_running_statistics_survive_a_skipped_update(data: torch.Tensor) -> None:
    class Normed(Point):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(2)

        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            self._calls = getattr(self, "_calls", 0) + 1
            scale = float("inf") if self._calls == 5 else 1.0
            return (self.norm(batch * scale) - self.at).square().mean()

    model = Normed()
    history = fit(model, data, steps=20, nonfinite="skip")
    assert history.skipped == {"model": 1}
    assert torch.isfinite(model.norm.running_mean).all()
    assert torch.isfinite(model.norm.running_var).all()


@pytest.mark.skipif(not (which("c++") or which("g++")), reason="compiling needs a compiler")
def test_a_compiled_loss_is_the_same_loss(data: torch.Tensor) -> None:
    plain, compiled = Point(), Point()
    fit(plain, data, steps=30)
    fit(compiled, data, steps=30, compile=True)
    torch.testing.assert_close(plain.at, compiled.at)


def test_every_record_is_logged_once_in_order(data: torch.Tensor) -> None:
    seen = []
    history = fit(
        Point(),
        data,
        steps=120,
        every=40,
        evaluate=lambda model: {"norm2": 2.0},
        log=lambda step, numbers: seen.append((step, dict(numbers))),
    )
    assert [step for step, row in seen if "loss" in row] == list(range(1, 121))
    assert [step for step, row in seen if "norm2" in row] == [40, 80, 120]
    assert [row["loss"] for _, row in seen if "loss" in row] == history["loss"]


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


@pytest.mark.parametrize("name", [name for name in RULES if name not in ("data", "device")])
@given(value=ANYTHING)
def test_no_argument_ends_in_another_error_than_ours(name: str, value: object) -> None:
    if not RULES[name].allows(value):
        arguments = {"model": Point(), "data": torch.ones(4, 2), "steps": 1} | {name: value}
        with pytest.raises(ValueError, match=f"^{name}="):
            fit(arguments.pop("model"), arguments.pop("data"), **arguments)


@given(value=ANYTHING | st.sampled_from(["meta", "cuda:99", "cpu:x"]))
def test_no_device_ends_in_another_error_than_ours(value: object) -> None:
    if value is not None:
        with pytest.raises(ValueError, match=r"^device="):
            resolve_device(value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps=0, wanted a positive whole number"),
        ({"steps": -3}, "steps=-3"),
        ({"steps": 2.5}, "steps=2.5"),
        ({"steps": 1, "batch_size": 0}, "batch_size=0"),
        ({"steps": 1, "every": 0}, "every=0"),
        ({"steps": 1, "precision": "fp16"}, "precision='fp16', wanted None"),
        ({"steps": 1, "nonfinite": "ignore"}, "nonfinite='ignore', wanted 'stop' or 'skip'"),
        ({"steps": 1, "device": "toaster"}, "device='toaster'"),
        ({"steps": 1, "ema": 1.5}, "ema=1.5"),
    ],
)
def test_bad_arguments(data: torch.Tensor, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(Point(), data, **options)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (torch.empty(0, 2), "the data are empty"),
        (torch.tensor([[1.0, float("nan")]]), "1 values that are NaN or infinite"),
        (torch.tensor([[1.0, float("inf")]]), "1 values that are NaN or infinite"),
        ((torch.zeros(3, 2), torch.zeros(4)), r"lengths \[3, 4\]"),
        ("mnist", "data is str"),
        (torch.empty(3, 0), "the data are empty"),
        (torch.tensor(1.0), "the data are empty"),
        ([1.0, 2.0], r"data holds \['float', 'float'\]"),
        (DataLoader(TensorDataset(torch.zeros(0, 2))), "gives no batch"),
        (DataLoader([{"x": torch.zeros(2)}]), "holds dict, wanted a tensor"),
        (DataLoader([(torch.zeros(2), "seven")]), "holds str, wanted a tensor"),
    ],
)
def test_bad_data(bad: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(Point(), bad, steps=1)


class Silent(Point):
    """A model that forgot its players."""

    def players(self) -> list[Player]:
        return []


class Deaf(Point):
    """A model whose loss does not depend on its parameters."""

    def loss(self, batch: torch.Tensor) -> torch.Tensor:
        return batch.mean()


class Vector(Point):
    """A model whose loss is not a scalar."""

    def loss(self, batch: torch.Tensor) -> torch.Tensor:
        return (batch - self.at).square().sum(-1)


class Chatty(Point):
    """A model with a metric that is no number."""

    def loss(self, batch: torch.Tensor) -> tuple[torch.Tensor, dict]:
        return super().loss(batch)[0], {"error": batch - self.at}


class Twins(Point):
    """A model whose two players have one name."""

    def players(self) -> list[Player]:
        return [Player("twin", [self], self.loss)] * 2


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Silent(), "Silent has no players"),
        (Deaf(), "does not depend on its parameters"),
        (Vector(), r"is \(64,\), wanted a scalar"),
        (Chatty(), r"metric 'error' has shape \(64, 2\), wanted a scalar"),
        (Twins(), "wanted different names"),
        (nn.Linear(2, 2), r"model=Linear\(.*\), wanted a genlib.Model"),
    ],
)
def test_bad_models(data: torch.Tensor, model: nn.Module, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(model, data, steps=1)
