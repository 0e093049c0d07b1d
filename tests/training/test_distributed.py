"""Several processes as one run, with two gloo processes on the CPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from genlib import fit, runtime
from genlib.storage import read
from genlib.training import distributed
from genlib.training.checkpoint import stored
from tests.training.games import Point
from tests.training.processes import EXAMPLES, GAMES

ROOT = Path(__file__).parents[2]
ALONE = [sys.executable, "-m", "tests.training.processes"]
LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def run(command: list[str], *arguments: object) -> subprocess.CompletedProcess:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [*command, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    for launch in (ALONE, [*LAUNCH, "-m", "tests.training.processes"]):
        done = run(launch, folder, *GAMES, "count")
        assert done.returncode == 0, done.stderr
    return folder


def found(folder: Path, name: str, rank: int, world: int) -> dict[str, torch.Tensor]:
    return read(folder / f"{name}-{rank}-of-{world}.safetensors")[0]


@pytest.mark.parametrize("game", GAMES)
def test_gradients_are_those_of_one_process_with_the_whole_batch(results: Path, game: str) -> None:
    alone = found(results, game, 0, 1)
    for rank in (0, 1):
        shared = found(results, game, rank, 2)
        assert max((shared[name] - alone[name]).abs().max() for name in alone) < 1e-5
        assert max(gradient.abs().max() for gradient in shared.values()) > 0.1


def test_every_example_is_seen_once_an_epoch_by_one_process_or_the_other(results: Path) -> None:
    first, second = (found(results, "count", rank, 2)["seen"] for rank in (0, 1))
    assert torch.equal(found(results, "count", 0, 1)["seen"], torch.full((EXAMPLES,), 2.0))
    assert torch.equal(first + second, torch.full((EXAMPLES,), 2.0))
    assert first.sum() == second.sum() == EXAMPLES


def test_the_history_is_the_mean_over_the_processes(results: Path) -> None:
    alone, shared = found(results, "count", 0, 1), found(results, "count", 0, 2)
    torch.testing.assert_close(alone["loss"], shared["loss"])
    assert torch.equal(shared["noise"], found(results, "count", 1, 2)["noise"])
    assert (alone["noise"] - shared["noise"]).abs().max() > 0.01  # the second drew its own


def test_the_first_process_writes_alone_and_states_every_generator(results: Path) -> None:
    files = stored(results / "checkpoint-2")
    assert [path.name for path in files] == ["000000012.safetensors", "000000010.safetensors"]
    assert (results / "checkpoint-2" / "history.csv").exists()


def test_a_process_that_dies_stops_the_others_with_an_error(tmp_path: Path) -> None:
    done = run([*LAUNCH, "-m", "tests.training.processes"], tmp_path, "die")
    assert done.returncode != 0
    assert "this process ends here" in done.stderr


@pytest.fixture
def one_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend to be the second process of two, before they have met."""
    place = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(distributed, "init_process_group", lambda device: None)


@pytest.mark.usefixtures("one_of_two")
def test_a_batch_that_cannot_be_shared_equally_is_refused() -> None:
    with pytest.raises(ValueError, match="a batch of 5 cannot be shared by 2 processes equally"):
        fit(Point(), torch.ones(8, 2), steps=1, batch_size=5, device="cpu")


@pytest.mark.usefixtures("one_of_two")
def test_a_loader_that_would_give_everybody_the_same_is_refused() -> None:
    loader = DataLoader(TensorDataset(torch.ones(8, 2)), batch_size=4)
    with pytest.raises(ValueError, match="DistributedSampler"):
        fit(Point(), loader, steps=1, device="cpu")


def test_a_world_without_an_address_is_a_world_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert (runtime.world_size(), runtime.rank()) == (1, 0)


@pytest.fixture
def on_two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that this machine has two GPUs, on which nothing is ever put."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


def launch(monkeypatch: pytest.MonkeyPatch, rank: int, world: int, **more: object) -> None:
    """Say what a launcher tells a process."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world, "MASTER_PORT": 1}
    for name, value in ({"MASTER_ADDR": "localhost"} | place | more).items():
        monkeypatch.setenv(name, str(value))


@pytest.mark.usefixtures("on_two_gpus")
@pytest.mark.parametrize(
    ("world", "more", "expected"),
    [
        (2, {}, "nccl"),
        (2, {"LOCAL_WORLD_SIZE": 2}, "nccl"),
        (3, {}, "gloo"),
        (3, {"LOCAL_WORLD_SIZE": 3}, "gloo"),
        (4, {"LOCAL_WORLD_SIZE": 2, "MASTER_ADDR": "10.0.0.1"}, "nccl"),  # two machines
        (4, {"MASTER_ADDR": "10.0.0.1"}, "nccl"),
    ],
)
def test_processes_that_share_a_gpu_talk_through_the_cpu_and_say_so(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    world: int,
    more: dict,
    expected: str,
) -> None:
    launch(monkeypatch, 0, world, **more)
    assert distributed.backend(torch.device("cuda", 0)) == expected
    said = capsys.readouterr().err.splitlines()
    assert len(said) == (expected == "gloo")
    assert distributed.backend(torch.device("cpu")) == "gloo"
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("on_two_gpus")
def test_every_process_takes_the_next_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for rank in range(3):
        launch(monkeypatch, rank, 3)
        assert runtime.resolve_device("cuda") == runtime.resolve_device(None)
        found.append(str(runtime.resolve_device(None)))
    assert found == ["cuda:0", "cuda:1", "cuda:0"]


def test_ctrl_c_of_one_process_ends_all_of_them_in_the_same_round(tmp_path: Path) -> None:
    done = run([*LAUNCH, "-m", "tests.training.processes"], tmp_path, "interrupt")
    assert done.stdout.count("stopped after step 50 of 1000000; saved in") == 2, done.stderr
    (saved,) = stored(tmp_path / "interrupted")
    assert saved.name == "000000050.safetensors"
