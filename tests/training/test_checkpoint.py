"""Runs that end too early: killed, interrupted, out of disk; and checkpoints that are no good."""

import functools
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from genlib import Model, Player, fit
from genlib.latent import IWAE, VAE, ResidualVAE
from genlib.storage import DamagedError, read, write
from genlib.training.checkpoint import pack, stored, unpack
from tests.training.games import Point, Tug

fit = functools.partial(fit, device="cpu", progress=False)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def data() -> torch.Tensor:
    return torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 3


def binary(n: int = 40) -> torch.Tensor:
    return (torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(0)) > 0.5).float()


def test_a_killed_run_goes_on_bit_for_bit_20_of_20() -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.killed"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
        timeout=300,
    )
    result = json.loads(done.stdout)
    assert result["same"] == result["kills"] == 20
    assert result["in a write"] > 0


LOADERS: dict[str, Callable[[torch.Tensor], object]] = {
    "tensor": lambda x: x,
    "loader": lambda x: DataLoader(TensorDataset(x), batch_size=8),
    "shuffled loader": lambda x: DataLoader(TensorDataset(x), batch_size=8, shuffle=True),
    "loader with a generator": lambda x: DataLoader(
        TensorDataset(x), batch_size=8, shuffle=True, generator=torch.Generator().manual_seed(3)
    ),
}


@pytest.mark.parametrize("kind", LOADERS)
def test_a_resumed_run_is_the_uninterrupted_run(
    data: torch.Tensor, tmp_path: Path, kind: str
) -> None:
    def train(folder: str, *stops: int) -> tuple[torch.Tensor, list[float], torch.Tensor]:
        for stop in stops:  # a new model and new data each time, as in a new process
            model = Point()
            source = LOADERS[kind](data)
            path = tmp_path / folder
            history = fit(model, source, steps=stop, batch_size=8, ema=0.9, checkpoint=path)
        return model.at, history["loss"], history.ema.at

    whole, losses, average = train("whole", 50)
    parts, again, resumed_average = train("parts", 13, 30, 50, 50)
    assert torch.equal(whole, parts)
    assert losses == again
    assert torch.equal(average, resumed_average)


def test_a_resumed_run_with_channels_last_is_the_uninterrupted_run(tmp_path: Path) -> None:
    def train(folder: str, *stops: int) -> torch.Tensor:
        for stop in stops:
            torch.manual_seed(0)
            model = ResidualVAE(latent=2, channels=(4,), blocks=1, event_shape=(1, 8, 8))
            options = {"batch_size": 8, "channels_last": True, "checkpoint": tmp_path / folder}
            fit(model, binary(), steps=stop, **options)
        return model.encoder[1].weight

    assert torch.equal(train("whole", 20), train("parts", 7, 20))


def test_two_checkpoints_and_the_history_are_kept(data: torch.Tensor, tmp_path: Path) -> None:
    history = fit(Point(), data, steps=10, every=3, checkpoint=tmp_path)
    assert [path.name for path in stored(tmp_path)] == [
        "000000010.safetensors",
        "000000009.safetensors",
    ]
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[0] == "step,loss,norm"
    assert [float(line.split(",")[1]) for line in lines[1:]] == history["loss"]


def test_the_seconds_of_a_resumed_run_are_those_of_its_parts(
    data: torch.Tensor, tmp_path: Path
) -> None:
    first = fit(Point(), data, steps=3, checkpoint=tmp_path).seconds
    finished = fit(Point(), data, steps=3, checkpoint=tmp_path).seconds
    assert finished == first > 0


# Damage


def flip(position: int) -> Callable[[bytes], bytes]:
    """Turn one bit over; the position counts round the file."""

    def damage(content: bytes) -> bytes:
        place = position % (8 * len(content))
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        return bytes(changed)

    return damage


def test_the_checkpoint_before_a_damaged_one_is_used(data: torch.Tensor, tmp_path: Path) -> None:
    whole = Point()
    fit(whole, data, steps=20, every=5, checkpoint=tmp_path / "whole")
    fit(Point(), data, steps=10, every=5, checkpoint=tmp_path / "hurt")
    newest = stored(tmp_path / "hurt")[0]
    newest.write_bytes(newest.read_bytes()[:-20])
    again = Point()
    with pytest.warns(UserWarning, match=r"000000010.*damaged.*going on from.*000000005"):
        fit(again, data, steps=20, every=5, checkpoint=tmp_path / "hurt")
    assert torch.equal(again.at, whole.at)


def test_where_every_checkpoint_is_damaged_nothing_is_overwritten(
    data: torch.Tensor, tmp_path: Path
) -> None:
    fit(Point(), data, steps=10, every=5, checkpoint=tmp_path)
    for path in stored(tmp_path):
        path.write_bytes(b"not a checkpoint")
    with pytest.raises(ValueError, match="no checkpoint is good"):
        fit(Point(), data, steps=20, checkpoint=tmp_path)
    assert [path.read_bytes() for path in stored(tmp_path)] == [b"not a checkpoint"] * 2


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(position=st.integers(0, 2**20))
def test_no_single_bit_can_be_turned_over_unseen(tmp_path: Path, position: int) -> None:
    path = tmp_path / "x.safetensors"
    if not path.exists():
        write(path, {"w": torch.arange(6.0).view(2, 3), "n": torch.tensor(3)}, {"state": "{}"})
        (tmp_path / "good").write_bytes(path.read_bytes())
    path.write_bytes(flip(position)((tmp_path / "good").read_bytes()))
    with pytest.raises(DamagedError, match=r"damaged|no checksum"):
        read(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(length=st.integers(0, 2**20))
def test_no_truncated_file_is_read(tmp_path: Path, length: int) -> None:
    path = tmp_path / "x.safetensors"
    write(path, {"w": torch.arange(600.0)}, {})
    content = path.read_bytes()
    path.write_bytes(content[: length % len(content)])
    with pytest.raises(DamagedError):
        read(path)


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=400))
def test_no_other_file_is_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("other") / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(DamagedError):
        read(path)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.integers() | st.text(), inner),
)


@given(state=PLAIN)
def test_state_comes_back_through_json(state: object) -> None:
    tensors: dict[str, torch.Tensor] = {}
    packed = json.loads(json.dumps(pack({"a": state, "t": torch.ones(2)}, tensors)))
    again = unpack(packed, tensors)
    assert again["a"] == state
    assert torch.equal(again["t"], torch.ones(2))


# Another run


def vae(**changes: object) -> VAE:
    return VAE(**({"latent": 2, "hidden": (8,), "event_shape": (1, 8, 8)} | changes))


@pytest.mark.parametrize(
    ("model", "options", "difference"),
    [
        (vae(beta=2.0), {}, "model.beta.final was 1.0, here it is 2.0"),
        (vae(hidden=(9,)), {}, "model.encoder.0.out_features was 8, here it is 9"),
        (vae(activation="elu"), {}, "model.encoder.1 was ReLU, here it is ELU"),
        (vae(lr=1e-4), {}, "player model.lr was 0.001, here it is 0.0001"),
        (
            IWAE(samples=5, latent=2, hidden=(8,), event_shape=(1, 8, 8)),
            {},
            "model was VAE, here it is IWAE",
        ),
        (vae(), {"seed": 1}, "seed was 0, here it is 1"),
        (vae(), {"batch_size": 20}, "batch_size was 10, here it is 20"),
        (vae(), {"ema": 0.9}, "ema was None, here it is 0.9"),
        (vae(), {"precision": "bf16"}, "precision was None, here it is bf16"),
        (vae(), {"data": binary(39)}, r"data was \(40, 1, 8, 8\) torch.float32, here it is \(39"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_with_the_difference(
    tmp_path: Path, model: Model, options: dict, difference: str
) -> None:
    fit(vae(), binary(), steps=3, batch_size=10, checkpoint=tmp_path)
    before = stored(tmp_path)[0].read_bytes()
    given_options = {"data": binary(), "batch_size": 10} | options
    with pytest.raises(ValueError, match=f"of another run: .*{difference}"):
        fit(model, given_options.pop("data"), steps=6, checkpoint=tmp_path, **given_options)
    assert stored(tmp_path)[0].read_bytes() == before


def test_the_loss_and_the_optimiser_are_part_of_a_run(tmp_path: Path, data: torch.Tensor) -> None:
    fit(Tug(), data, steps=2, checkpoint=tmp_path)
    other = Tug()
    other.players = lambda: [
        Player("x", [other.x], other.loss_x, optimizer=torch.optim.Adam),
        Tug.players(other)[1],
    ]
    with pytest.raises(ValueError, match=r"player x\.optimizer was .*lambda.*, here it is Adam"):
        fit(other, data, steps=4, checkpoint=tmp_path)


# Ctrl-C and a full disk


@pytest.fixture
def obeys_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C interrupt, which a shell switches off for what it runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_at(step: int, times: int = 1) -> Callable[[Model, int], None]:
    def callback(model: Model, now: int) -> None:
        if now == step:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)

    return callback


@pytest.mark.usefixtures("obeys_ctrl_c")
def test_ctrl_c_saves_and_says_how_to_go_on(data: torch.Tensor, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(
        KeyboardInterrupt, match=r"after step 7 of 20; saved in .*goes on from there"
    ):
        fit(Point(), data, steps=20, checkpoint=tmp_path / "a", callbacks=[interrupt_at(7)])
    assert signal.getsignal(signal.SIGINT) is before
    again, whole = Point(), Point()
    fit(again, data, steps=20, checkpoint=tmp_path / "a")
    fit(whole, data, steps=20)
    assert torch.equal(again.at, whole.at)


@pytest.mark.usefixtures("obeys_ctrl_c")
def test_ctrl_c_without_a_folder_keeps_the_weights(data: torch.Tensor) -> None:
    model, seven = Point(), Point()
    with pytest.raises(KeyboardInterrupt, match=r"step 7 of 20; the model keeps its weights"):
        fit(model, data, steps=20, callbacks=[interrupt_at(7)])
    fit(seven, data, steps=7)
    assert torch.equal(model.at, seven.at)


@pytest.mark.usefixtures("obeys_ctrl_c")
def test_a_second_ctrl_c_does_not_wait(data: torch.Tensor, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(Point(), data, steps=20, checkpoint=tmp_path, callbacks=[interrupt_at(7, times=2)])
    assert stored(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of a file there")
def test_a_full_disk_leaves_the_last_good_checkpoint(tmp_path: Path) -> None:
    script = """
        import resource, signal, sys, torch
        from pathlib import Path
        from genlib import fit
        from genlib.training.checkpoint import stored
        from tests.training.games import Point

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        x, folder = torch.ones(8, 50_000), Path(sys.argv[1])
        fill = lambda model, step: step == 6 and resource.setrlimit(
            resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        try:
            fit(Point(50_000), x, steps=20, every=5, checkpoint=folder, callbacks=[fill])
        except OSError as error:
            print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(r"no checkpoint after step 10: .*000000005.safetensors is intact", done.stdout)
    assert [path.name for path in stored(tmp_path)] == ["000000005.safetensors"]
    assert not list(tmp_path.glob("*.part"))
    read(stored(tmp_path)[0])


def test_a_failing_run_names_the_last_good_checkpoint(data: torch.Tensor, tmp_path: Path) -> None:
    class Breaks(Point):
        _calls = 0

        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            self._calls += 1
            return super().loss(batch)[0] * (float("nan") if self._calls > 7 else 1.0)

    with pytest.raises(FloatingPointError, match=r"step 8; .*checkpoint is .*000000005"):
        fit(Breaks(), data, steps=20, every=5, checkpoint=tmp_path)
    tensors, _ = read(stored(tmp_path)[0])
    assert all(torch.isfinite(t).all() for t in tensors.values() if t.is_floating_point())


def test_a_module_that_carries_more_than_tensors_is_no_checkpoint(tmp_path: Path) -> None:
    torch.save(nn.Linear(1, 1), tmp_path / "000000001.safetensors")  # a pickle
    with pytest.raises(ValueError, match="no checkpoint is good"):
        fit(Point(), torch.ones(4, 2), steps=2, checkpoint=tmp_path)
