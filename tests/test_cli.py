"""The command line: what it does, and that nothing a user types ends in a traceback."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from typer.testing import CliRunner

import genlib
from genlib import Model, recipes, storage, zoo
from genlib.autoregressive import Transformer
from genlib.cli import app
from genlib.likelihoods import Symbols
from genlib.model import Label
from genlib.recipes.experiments import Recipe, Table

QUICK = ("--steps", 3, "--batch-size", 8, "--images", 16, "--draws", 2, "--device", "cpu")
SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def run(*words: object) -> Result:
    """Run one command."""
    return CliRunner().invoke(app, [str(word) for word in words])


def fails(code: int, *words: object) -> str:
    """Run a command that should fail with this status and without output; return its message."""
    result = run(*words)
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (code, "")
    return re.sub(r"\s+", " ", result.stderr)


@pytest.fixture
def trained(few_digits: None, tmp_path: Path) -> Path:
    """The folder of a short run."""
    result = run("train", "vae-plane", *QUICK, "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    return tmp_path / "run"


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs begin and do nothing."""
    for kind in (Recipe, Table):
        monkeypatch.setattr(kind, "run", lambda *_: iter(()))


def test_list_shows_every_recipe_and_what_is_stored() -> None:
    lines = run("list").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-2]] == recipes.names()
    plane = next(line for line in lines if line.startswith("vae-plane "))
    assert plane.split()[1:4] == ["model", "12,000", "-140.63"]


def test_train_leaves_what_it_says(trained: Path) -> None:
    names = {file.name for file in trained.iterdir()}
    assert names >= {"vae-plane.safetensors", "vae-plane.json", "history.csv", "samples.png"}
    assert zoo.load("vae-plane", path=trained).sample(1).shape == (1, 1, 28, 28)


@pytest.mark.usefixtures("few_digits")
def test_train_again_goes_on_and_another_run_needs_a_word(trained: Path) -> None:
    again = run("train", "vae-plane", *QUICK, "--out", trained)
    assert "goes on" in again.stdout
    other = ("train", "vae-plane", *QUICK, "--seed", 1, "--out", trained)
    assert "--no-resume" in fails(1, *other)
    assert run(*other, "--no-resume").exit_code == 0
    assert zoo.card("vae-plane", path=trained).seed == 1


@pytest.mark.usefixtures("few_digits")
def test_event_files_hold_every_recorded_number(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result = run("train", "vae-plane", *QUICK, "--out", tmp_path, "--tensorboard")
    assert result.exit_code == 0, result.output
    events = EventAccumulator(str(tmp_path)).Reload()
    history = np.genfromtxt(tmp_path / "history.csv", delimiter=",", names=True)
    assert set(events.Tags()["scalars"]) == {"loss", "reconstruction", "rate", "validation"}
    losses = [(event.step, event.value) for event in events.Scalars("loss")]
    assert losses == list(zip(history["step"], history["loss"].astype(np.float32), strict=True))


@pytest.mark.usefixtures("few_digits")
def test_evaluate_finds_what_the_card_says(trained: Path) -> None:
    result = run("evaluate", "vae-plane", "--weights", trained, *QUICK[4:])
    rows = re.findall(r"(-\d+\.\d+)  card +(-\d+\.\d+)", result.stdout)
    assert len(rows) == len(zoo.card("vae-plane", path=trained).metrics) == 4
    assert all(now == then for now, then in rows)


@pytest.mark.usefixtures("few_digits")
def test_evaluate_says_where_the_card_has_no_such_number() -> None:
    lines = run("evaluate", "vae-plane", *QUICK[4:]).stdout.splitlines()[1:]
    assert len(lines) == 4
    assert all("not on the card" in line for line in lines)


@pytest.mark.parametrize("suffix", [".npy", ".safetensors"])
def test_samples_are_those_of_the_seed(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / "new" / f"samples{suffix}"
    assert run("sample", "vae-plane", "--n", 5, "--seed", 3, "--out", file).exit_code == 0
    wanted = zoo.load("vae-plane").sample(5, generator=torch.Generator().manual_seed(3))
    drawn = torch.tensor(np.load(file)) if suffix == ".npy" else storage.read(file)[0]["samples"]
    assert torch.equal(drawn, wanted)


def test_a_picture_of_samples_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("sample", "vae-plane").stdout == "64 samples of vae-plane in vae-plane.png\n"
    assert (tmp_path / "vae-plane.png").read_bytes().startswith(b"\x89PNG")


def test_samples_of_a_text_are_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = Transformer(1, 4, 1, event_shape=(5,), likelihood=Symbols(97))
    monkeypatch.setattr(zoo, "load", lambda *_, **__: text)
    assert "in prose-transformer.txt" in run("sample", "prose-transformer", "--n", 3).stdout
    assert len((tmp_path / "prose-transformer.txt").read_text("utf8").split("\n")) == 4
    assert "end in .txt, .npy" in fails(2, "sample", "prose-transformer", "--out", "s.png")
    assert "end in .png, .npy" in fails(2, "sample", "vae-plane", "--out", "s.txt")


class Rows(Model):
    """A conditional model whose samples of label k are images of brightness k / 2."""

    classes = 3

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.5))

    def sample(
        self,
        n: int,
        *,
        label: Label | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        labels = self.labels_for(n, label, generator)
        return (self.scale * labels).detach().view(n, 1, 1, 1).expand(n, 1, 28, 28)


def test_samples_of_a_conditional_model_have_the_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoo, "load", lambda *_, **__: Rows())
    file = tmp_path / "s.npy"
    assert run("sample", "vae", "--n", 5, "--label", 2, "--out", file).exit_code == 0
    assert (np.load(file) == 1).all()
    assert run("sample", "vae", "--n", 60, "--out", file).exit_code == 0
    assert set(np.load(file)[:, 0, 0, 0].tolist()) == {0.0, 0.5, 1.0}
    assert "vae knows labels from 0 to 2; this is 3" in fails(2, "sample", "vae", "--label", 3)


def test_an_unconditional_model_has_no_labels() -> None:
    assert "vae-plane is unconditional" in fails(2, "sample", "vae-plane", "--label", 3)


def test_info_says_what_is_here() -> None:
    facts = dict(line.split(maxsplit=1) for line in run("info").stdout.splitlines())
    assert facts["torch"] == torch.__version__.partition("+")[0]
    assert facts["genlib"] == genlib.__version__
    assert facts["threads"] == str(torch.get_num_threads())
    assert {"device", "bfloat16", "data", "weights"} <= facts.keys()
    assert run("info", "vae").stdout == f"{zoo.card('vae')}\n"


def test_help_of_every_command_names_its_options() -> None:
    for command in ("list", "train", "sample", "evaluate", "info"):
        assert run(command, "--help").exit_code == 0
    text = run("train", "--help").stdout
    options = "steps batch-size precision seed device out resume no-resume images draws tensorboard"
    assert all(f"--{option} " in text for option in options.split())


def test_a_typo_suggests_the_nearest() -> None:
    assert "Did you mean 'train'?" in fails(2, "trian")
    assert "did you mean 'vae'?" in fails(2, "train", "vea")
    assert "did you mean 'iwae'?" in fails(2, "sample", "iwea")
    assert "em-race" not in fails(2, "sample", "iwea")  # it makes a table, and draws nothing
    assert "--steps" in fails(2, "train", "vae", "--step", 3)


@pytest.mark.usefixtures("idle")
@pytest.mark.parametrize(
    "words",
    [
        ("train", "vae", "--steps", 0),
        ("train", "vae", "--steps", "many"),
        ("train", "vae", "--batch-size", -1),
        ("train", "vae", "--precision", "fp16"),
        ("train", "vae", "--seed", -1),
        ("train", "vae", "--seed", 2**64),
        ("train", "vae", "--device", "toaster"),
        ("train", "vae", "--out", __file__),
        ("train", "vae", "--images", 0),
        ("train", "minimax-and-non-saturating", "--seed", 1),
        ("train", "minimax-and-non-saturating", "--tensorboard"),
        ("sample", "minimax-and-non-saturating"),
        ("sample", "vae", "--n", 0),
        ("sample", "vae", "--label", -1),
        ("sample", "vae", "--label", "three"),
        ("sample", "vae", "--label", 3),
        ("sample", "vae", "--out", "picture.gif"),
        ("sample", "vae", "--weights", "no/such/folder"),
        ("evaluate", "vae", "--draws", 0),
        ("info", "no-such-model"),
    ],
    ids=lambda words: " ".join(map(str, words[-2:])),
)
def test_a_bad_value_is_refused_before_anything_happens(words: tuple) -> None:
    assert "Error: " in fails(2, *words)


def test_weights_that_are_not_there_are_missed_by_name(tmp_path: Path) -> None:
    assert fails(1, "sample", "vae", "--weights", tmp_path).startswith("Error: no stored model")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ValueError("wrong shape"), 1, "Error: wrong shape"),
        (FloatingPointError("NaN in step 3"), 1, "Error: NaN in step 3"),
        (OSError(28, "No space left on device"), 1, "Error: [Errno 28] No space left on device"),
        (KeyboardInterrupt("stopped after step 3"), 130, "stopped after step 3"),
        (KeyboardInterrupt(), 130, "Interrupted."),
    ],
    ids=repr,
)
def test_a_run_that_fails_ends_with_a_line(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Iterator[str]:
        raise error

    monkeypatch.setattr(Recipe, "run", fail)
    assert fails(status, "train", "vae").strip() == said


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Iterator[str]:
        raise KeyError("a fault")

    monkeypatch.setattr(Recipe, "run", fail)
    assert isinstance(run("train", "vae").exception, KeyError)


NUMBER = st.one_of(st.integers(), st.floats(), st.text(max_size=8)).map(str)
OPTIONS = {
    "--steps": NUMBER,
    "--batch-size": NUMBER,
    "--seed": NUMBER,
    "--images": NUMBER,
    "--draws": NUMBER,
    "--precision": st.sampled_from(["float32", "bf16", "fp16", "", "None"]),
    "--device": st.sampled_from(["cpu", "cuda:99", "meta", "hpu", "xla", "cpu:-1", "", "0"]),
}


@pytest.mark.usefixtures("idle")
@SETTINGS
@given(
    name=st.one_of(st.sampled_from(recipes.names()), st.text(max_size=8)),
    options=st.dictionaries(st.sampled_from(list(OPTIONS)), st.none(), max_size=3),
    data=st.data(),
)
def test_no_options_end_in_a_traceback(name: str, options: dict, data: st.DataObject) -> None:
    words = [word for flag in options for word in (flag, data.draw(OPTIONS[flag]))]
    result = run("train", name, *words)
    assert result.exit_code in (0, 2)
    assert result.exception is None or isinstance(result.exception, SystemExit)


@SETTINGS
@given(words=st.lists(st.text(max_size=6), max_size=4))
def test_no_words_end_in_a_traceback(words: list[str]) -> None:
    result = run(*words)
    assert result.exit_code in (0, 2)
    assert result.exception is None or isinstance(result.exception, SystemExit)


@SETTINGS
@given(file=st.sampled_from(["vae-plane.json", "vae-plane.safetensors"]), data=st.data())
def test_damaged_files_end_in_a_line(trained: Path, file: str, data: st.DataObject) -> None:
    whole = (trained / file).read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        damaged = whole[:at]
    else:
        flipped = whole[at] ^ 1 << data.draw(st.integers(0, 7))
        damaged = whole[:at] + bytes([flipped]) + whole[at + 1 :]
    (trained / file).write_bytes(damaged)
    try:
        result = run("sample", "vae-plane", "--weights", trained, "--out", trained / "s.npy")
    finally:
        (trained / file).write_bytes(whole)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    if file.endswith("safetensors"):
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")


def test_the_module_runs_as_a_program(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "genlib", "info", "no-such-model"]
    result = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert result.returncode == 2
    assert "Usage: python -m genlib info" in result.stderr
    assert "Traceback" not in result.stderr
