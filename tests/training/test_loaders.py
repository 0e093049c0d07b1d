"""DataLoaders: their order on resume, their workers at Ctrl-C, and what they cannot give."""

import functools
import os
import signal
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from torch import Tensor
from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    Subset,
    TensorDataset,
)

from genlib import fit
from genlib.training.checkpoint import stored
from genlib.training.interrupt import workers_ignore_interrupt
from tests.training.games import Point
from tests.training.interrupted import KINDS, loader

fit = functools.partial(fit, device="cpu", progress=False)
ROOT = Path(__file__).parents[2]
X = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 3
DATA = TensorDataset(X)


def seeded(value: int) -> torch.Generator:
    return torch.Generator().manual_seed(value)


class Shuffled(Sampler):
    """A sampler whose generator hides in a sampler within a dictionary."""

    def __init__(self) -> None:
        self.inner = {"first": [RandomSampler(DATA, generator=seeded(5))]}

    def __iter__(self) -> Iterator[int]:
        return iter(self.inner["first"][0])

    def __len__(self) -> int:
        return len(DATA)


class Noisy(Dataset):
    """Examples with noise from a generator of the data set."""

    def __init__(self) -> None:
        self.noise = seeded(4)

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, index: int) -> Tensor:
        return X[index] + torch.rand(2, generator=self.noise)


LOADERS: dict[str, Callable[[], DataLoader]] = {
    "two generators": lambda: DataLoader(
        DATA, 8, sampler=RandomSampler(DATA, generator=seeded(1)), generator=seeded(2)
    ),
    "batch sampler": lambda: DataLoader(
        DATA,
        batch_sampler=BatchSampler(RandomSampler(DATA, generator=seeded(1)), 8, drop_last=True),
        generator=seeded(2),
    ),
    "hidden": lambda: DataLoader(DATA, 8, sampler=Shuffled(), generator=seeded(2)),
    "data set": lambda: DataLoader(
        ConcatDataset([Noisy(), Subset(Noisy(), range(8))]), 8, shuffle=True
    ),
}


@pytest.mark.parametrize("kind", LOADERS)
def test_every_generator_that_decides_the_order_is_resumed_20_of_20(
    tmp_path: Path, kind: str
) -> None:
    whole = Point()
    fit(whole, LOADERS[kind](), steps=21)
    for trial in range(20):
        parts = Point()
        for stop in (trial + 1, 21):
            parts = Point()
            fit(parts, LOADERS[kind](), steps=stop, checkpoint=tmp_path / f"{kind} {trial}")
        assert torch.equal(parts.at, whole.at), f"stopped after {trial + 1}"


def test_a_shorter_data_set_is_another_run(tmp_path: Path) -> None:
    def data(n: int) -> DataLoader:
        return DataLoader(TensorDataset(X[:n]), batch_size=8)

    fit(Point(), data(64), steps=7, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"data was TensorDataset of 64 examples, here .* of 16"):
        fit(Point(), data(16), steps=9, checkpoint=tmp_path)


class Stream(IterableDataset):
    """Data that do not know how many they are."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __iter__(self) -> Iterator[Tensor]:
        return iter(X[: self._n])


def test_a_replay_ends_with_the_epoch(tmp_path: Path) -> None:
    fit(Point(), DataLoader(Stream(64), batch_size=8), steps=7, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"gave 2 batches in epoch 0, fewer than the 7"):
        fit(Point(), DataLoader(Stream(16), batch_size=8), steps=9, checkpoint=tmp_path)


def test_a_run_saved_at_the_end_of_an_epoch_goes_on_with_the_next(tmp_path: Path) -> None:
    whole, parts = Point(), Point()
    fit(whole, LOADERS["two generators"](), steps=12)
    for stop in (8, 12):  # 8 batches are an epoch
        parts = Point()
        fit(parts, LOADERS["two generators"](), steps=stop, checkpoint=tmp_path)
    assert torch.equal(parts.at, whole.at)


Pair = namedtuple("Pair", ["x", "label"])


class Named(NamedTuple):
    """An example with one part."""

    x: Tensor


class Reader(Point):
    """Reads its batch by name."""

    def loss(self, batch: Pair) -> Tensor:
        return super().loss(batch.x)[0]


@pytest.mark.parametrize(
    "data",
    [
        DataLoader([Pair(x, 0) for x in X], batch_size=8),
        DataLoader([Named(x) for x in X], batch_size=8),
        Pair(X, torch.zeros(64)),
        Named(X),
    ],
)
def test_named_tuples_stay_named(data: object) -> None:
    assert len(fit(Reader(), data, steps=2, batch_size=8)["loss"]) == 2


class Once(IterableDataset):
    """Data that can be read once."""

    def __init__(self) -> None:
        self._rows = iter(X)

    def __iter__(self) -> Iterator[Tensor]:
        return self._rows


def test_an_exhausted_iterator_is_told_from_empty_data(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="gave 8 batches and then none: Once can be read only"):
        fit(Point(), DataLoader(Once(), batch_size=8), steps=20, checkpoint=tmp_path)
    assert stored(tmp_path)[0].name == "000000008.safetensors"  # nothing is lost
    used = Once()
    list(used)
    with pytest.raises(ValueError, match="the data are empty, or Once was read before"):
        fit(Point(), DataLoader(used, batch_size=8), steps=20)


class Indexed(TensorDataset):
    """A data set with its own way of giving an example."""

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        return tuple(part + 100 for part in super().__getitem__(index))


def test_an_indexing_of_its_own_is_not_passed_by() -> None:
    with pytest.raises(ValueError, match=r"Indexed has its own __getitem__.*DataLoader\(Indexed"):
        fit(Point(), Indexed(X), steps=1)
    assert fit(Point(), DataLoader(Indexed(X), 64), steps=1)["loss"][0] > 10_000


# Data that fail on the way


class Breaks(Dataset):
    """Fails at its 21st example, after Ctrl-C if that is wanted."""

    def __init__(self, good: int, *, interrupt: bool) -> None:
        self._good, self._interrupt, self._given = good, interrupt, 0

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, index: int) -> Tensor:
        self._given += 1
        if self._given > self._good:
            if self._interrupt:
                os.kill(os.getpid(), signal.SIGINT)
            raise RuntimeError("this example is broken")
        return X[index]


@pytest.fixture
def obeys_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C interrupt, which a shell switches off for what it runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Twice(Point):
    """Takes two batches a round, so that data can fail between them."""

    def players(self) -> list:
        (player,) = super().players()
        player.updates = 2
        return [player]


@pytest.mark.usefixtures("obeys_ctrl_c")
@pytest.mark.parametrize("good", [20, 30, 70])  # at the first or second batch, and past an epoch
@pytest.mark.parametrize("interrupt", [False, True])
def test_data_that_fail_lose_nothing(tmp_path: Path, good: int, interrupt: bool) -> None:
    def data(good: int) -> DataLoader:
        return DataLoader(Breaks(good, interrupt=interrupt), 8, shuffle=True)

    message = "after step .*saved in .*goes on from there" if interrupt else "example is broken"
    with pytest.raises(KeyboardInterrupt if interrupt else RuntimeError, match=message):
        fit(Twice(), data(good), steps=10, checkpoint=tmp_path)
    done = good // 16
    assert stored(tmp_path)[0].name == f"{done:09d}.safetensors"
    parts, whole = Twice(), Twice()
    fit(parts, data(10**6), steps=10, checkpoint=tmp_path)
    fit(whole, data(10**6), steps=10)
    assert torch.equal(parts.at, whole.at)


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups there")
@pytest.mark.parametrize("kind", KINDS)
def test_workers_leave_ctrl_c_to_the_run(tmp_path: Path, kind: str) -> None:
    command = [sys.executable, "-m", "tests.training.interrupted", str(tmp_path), kind]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # its own session, as a terminal would give it, with the signal's default answer
    run = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **pipes,
    )
    assert run.stdout.readline() == "begun\n", run.stderr.read()
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert "stopped after step" in errors
    assert "goes on from there" in errors
    assert "exited unexpectedly" not in errors
    (saved,) = stored(tmp_path)
    assert int(saved.stem) >= 2
    if kind == "forked":  # and the resumed run is the run that was never stopped
        parts, whole = Point(), Point()
        fit(parts, loader("alone", 0), steps=40, checkpoint=tmp_path)
        fit(whole, loader("alone", 0), steps=40)
        assert torch.equal(parts.at, whole.at)


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be blocked there")
def test_workers_are_born_with_the_signal_blocked() -> None:
    workers, alone = loader("forked", 0), loader("alone", 0)
    mask = functools.partial(signal.pthread_sigmask, signal.SIG_BLOCK, [])
    with workers_ignore_interrupt(workers):
        assert signal.SIGINT in mask()
        assert workers.worker_init_fn is not None
    assert signal.SIGINT not in mask()
    assert workers.worker_init_fn is None
    with workers_ignore_interrupt(alone):
        assert signal.SIGINT not in mask()


def test_what_a_loader_wants_of_its_workers_is_done(capfd: pytest.CaptureFixture) -> None:
    data = loader("forked", 0)
    data.worker_init_fn = functools.partial(print, "worker", flush=True)
    fit(Point(), data, steps=2)
    assert sorted(capfd.readouterr().out.split()) == ["0", "1", "worker", "worker"]
