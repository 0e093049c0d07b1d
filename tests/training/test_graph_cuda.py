"""On a CUDA GPU a captured run is the run that is not captured; elsewhere nothing is to be seen."""

import os
import warnings
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from genlib import Model
from genlib.gans import GAN, DCGANDiscriminator, DCGANGenerator, SharedFakesGAN
from genlib.training.graph import WARM_UP
from tests.training import test_graph
from tests.training.games import Point, Tug
from tests.training.test_graph import CASES, MODELS, Waiting, assert_same

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")
STEPS = WARM_UP + 60
BITS = (torch.rand(512, 1, 4, 4, generator=torch.Generator().manual_seed(1)) < 0.4).float()
DIGITS = torch.rand(512, 1, 28, 28, generator=torch.Generator().manual_seed(2)) * 2 - 1


@pytest.fixture(autouse=True)
def deterministic(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let kernels add in the same order each time."""
    monkeypatch.setitem(os.environ, "CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


def dcgan(kind: type[GAN]) -> Callable[[], Model]:
    return lambda: kind(DCGANGenerator(), DCGANDiscriminator())


RUNS = (
    {name: (build, data, options) for name, (build, data, options) in CASES.items()}
    | {name: (build, BITS, {}) for name, build in MODELS.items()}
    | {
        "digits": (dcgan(GAN), DIGITS, {"ema": 0.9}),
        "digits, shared fakes": (dcgan(SharedFakesGAN), DIGITS, {}),
        "digits, bf16": (dcgan(SharedFakesGAN), DIGITS, {"precision": "bf16"}),
        "digits, channels last": (dcgan(SharedFakesGAN), DIGITS, {"channels_last": True}),
    }
)


def result(build: Callable, data: object, options: dict, graph: bool | None) -> dict[str, Tensor]:
    """Return the weights, averages and numbers of a run."""
    return test_graph.result(build, data, {"device": "cuda", "steps": STEPS} | options, graph)


@pytest.mark.parametrize("name", RUNS)
def test_a_captured_run_is_the_same_run(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        captured = result(*RUNS[name], graph=True)
    assert_same(captured, result(*RUNS[name], graph=False))


def test_it_is_the_default() -> None:
    assert_same(result(*RUNS["VAE"], graph=None), result(*RUNS["VAE"], graph=True))


def test_what_waits_is_played_one_by_one_and_the_line_is_said() -> None:
    with pytest.warns(UserWarning, match=r"not captured as one CUDA graph.*test_graph\.py:\d+"):
        waiting = result(Waiting, torch.randn(96, 2) + 1, {}, graph=None)
    assert all(value.isfinite().all() for value in waiting.values())


def test_random_numbers_go_on_after_a_capture_that_failed() -> None:
    class Elsewhere(Point):
        """Makes its numbers on the CPU, and copies them."""

        def loss(self, batch: Tensor) -> Tensor:
            return super().loss(batch)[0] * torch.ones(1000).cuda().mean()

    with pytest.warns(UserWarning, match="not captured as one CUDA graph"):
        result(Elsewhere, torch.randn(96, 2), {}, graph=None)
    torch.randn(3, device="cuda")


def test_a_game_whose_optimizer_waits_is_played_one_by_one() -> None:
    with pytest.warns(UserWarning, match="the optimizer of player 'x', SGD, asks the host"):
        result(Tug, torch.zeros(64, 1), {}, graph=None)


def test_a_run_goes_on_bit_for_bit(tmp_path: object) -> None:
    build, data, _ = RUNS["digits"]
    options = {"ema": 0.9, "callbacks": []}
    whole = result(build, data, options, graph=True)
    for steps in (STEPS // 2, STEPS):
        resumed = result(build, data, options | {"checkpoint": tmp_path, "steps": steps}, True)
    assert_same(whole, resumed)


def test_batches_of_a_loader_are_copied_and_a_ragged_one_stands_alone() -> None:
    def loader() -> DataLoader:
        order = torch.Generator().manual_seed(5)
        return DataLoader(TensorDataset(DIGITS), 100, shuffle=True, generator=order, num_workers=2)

    build = RUNS["digits"][0]
    assert_same(result(build, loader(), {}, graph=True), result(build, loader(), {}, graph=False))


def test_compiled_games_are_captured() -> None:
    captured, plain = (
        result(dcgan(SharedFakesGAN), DIGITS, {"compile": True}, graph=each)
        for each in (True, False)
    )
    for name, value in captured.items():
        torch.testing.assert_close(plain[name], value, rtol=1e-2, atol=1e-2, msg=name)
