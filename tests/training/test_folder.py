"""The folder of a run: what is ours in it, what it can hold, and what late errors leave there."""

import functools
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from genlib import Model, fit
from genlib.training.checkpoint import stored
from tests.training.games import Point

fit = functools.partial(fit, device="cpu", progress=False)
X = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 3

THEIRS = [
    "10class.safetensors",
    "5.safetensors",
    "film.mp4.part",
    "2024.safetensors.part",
    "202401011200.safetensors",  # a date, larger than any step
    "0000000001.safetensors",  # ten digits, the first of them 0: no name of ours
    "history.csv.part.part",
]


def test_files_of_the_user_survive(tmp_path: Path) -> None:
    fit(Point(), X, steps=2, checkpoint=tmp_path)
    for name in THEIRS:
        (tmp_path / name).write_text("mine")
    for name in ("000000001.safetensors.part", "history.csv.part"):  # what killed runs leave
        (tmp_path / name).write_text("half")
    with pytest.warns(UserWarning, match="202401011200"):
        fit(Point(), X, steps=10, every=2, checkpoint=tmp_path)
    assert all((tmp_path / name).read_text() == "mine" for name in THEIRS)
    ours = {path.name for path in tmp_path.iterdir()} - set(THEIRS)
    assert ours == {"000000010.safetensors", "000000008.safetensors", "history.csv"}


def test_steps_are_sorted_as_numbers(tmp_path: Path) -> None:
    for step in (999_999_999, 1_000_000_000, 5):
        (tmp_path / f"{step:09d}.safetensors").touch()
    assert [int(path.stem) for path in stored(tmp_path)] == [1_000_000_000, 999_999_999, 5]


def test_a_folder_that_cannot_be_written_is_told_before_the_first_round(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("a file")
    model = Point()
    with pytest.raises(OSError, match=f"no checkpoint can be written to {place}"):
        fit(model, X, steps=3, checkpoint=place)
    assert torch.equal(model.at.detach(), torch.zeros(2))


def test_a_state_that_no_file_holds_is_told_before_the_first_round(tmp_path: Path) -> None:
    class Strange(Point):
        def get_extra_state(self) -> dict:
            return {"when": [object()]}

        def set_extra_state(self, state: dict) -> None:
            raise NotImplementedError

    model = Strange()
    with pytest.raises(ValueError, match=r"cannot hold this run: model\._extra_state\.when\.0 is"):
        fit(model, X, steps=3, checkpoint=tmp_path)
    assert torch.equal(model.at.detach(), torch.zeros(2))


class Odd(Point):
    """A model with a name that the average once used, complex numbers and a time of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.n = nn.Parameter(torch.ones(1))
        self.register_buffer("rotation", torch.tensor([1j, 2.0], dtype=torch.complex128))
        self.register_buffer("weight", torch.zeros(()), persistent=False)

    def on_step(self, step: int, steps: int) -> None:
        self.weight.fill_(step + 1)

    def loss(self, batch: Tensor) -> Tensor:
        self.rotation.mul_(1j)
        return super().loss(batch)[0] + self.weight * self.n.square().sum()


def test_complex_buffers_and_what_depends_on_time_come_back(tmp_path: Path) -> None:
    def train(folder: str, *stops: int) -> tuple[dict[str, Tensor], ...]:
        for stop in stops:
            model = Odd()
            history = fit(model, X, steps=stop, batch_size=8, ema=0.9, checkpoint=tmp_path / folder)
        copies = (model, history.ema)
        return tuple(dict([*m.named_parameters(), *m.named_buffers()]) for m in copies)

    for whole, parts in zip(train("whole", 9), train("parts", 4, 9, 9), strict=True):
        assert all(torch.equal(whole[name], parts[name]) for name in whole)
        assert whole["weight"] == 9
        assert whole["rotation"][0] == (1j) ** 10


def test_a_model_that_returns_nothing_from_train_to_and_eval_loses_no_history() -> None:
    class Terse(Point):
        def train(self, mode: bool = True) -> None:
            super().train(mode)

        def to(self, *args: object, **options: object) -> None:
            super().to(*args, **options)

        def eval(self) -> None:
            super().eval()

        def requires_grad_(self, requires_grad: bool = True) -> None:
            super().requires_grad_(requires_grad)

    history = fit(Terse(), X, steps=3, ema=0.9, evaluate=lambda model: {"one": 1})
    assert len(history["loss"]) == 3
    assert not history.ema.training
    assert not history.ema.at.requires_grad


# Evaluations


def failing(model: Model) -> dict:
    raise RuntimeError("the metric broke")


@pytest.mark.parametrize(
    ("evaluate", "kind", "message"),
    [
        (lambda model: None, ValueError, "evaluate gave NoneType, wanted a dictionary"),
        (lambda model: 3.0, ValueError, "evaluate gave float, wanted a dictionary"),
        (lambda model: {"a": None}, ValueError, "'a' is None, wanted a number"),
        (lambda model: {"loss": 99.0}, ValueError, "'loss', which is a column of training"),
        (lambda model: {"step": 99.0}, ValueError, "a column is called 'step'"),
        (failing, RuntimeError, "the metric broke"),
    ],
)
def test_an_evaluation_that_fails_loses_no_training(
    tmp_path: Path, evaluate: object, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        fit(Point(), X, steps=6, batch_size=8, evaluate=evaluate, checkpoint=tmp_path)
    assert stored(tmp_path)[0].name == "000000006.safetensors"
    whole, parts = Point(), Point()
    good = {"batch_size": 8, "evaluate": lambda model: {"norm2": model.at.norm()}}
    again = fit(parts, X, steps=6, checkpoint=tmp_path, **good)
    history = fit(whole, X, steps=6, **good)
    assert torch.equal(whole.at, parts.at)
    assert again["norm2"] == history["norm2"]  # what was due is made up for
    assert again.steps("norm2") == [6]
    assert again["loss"] == history["loss"]
    assert len(fit(Point(), X, steps=6, checkpoint=tmp_path, **good)["norm2"]) == 1


def test_fewer_steps_than_the_checkpoint_has_are_refused(tmp_path: Path) -> None:
    fit(Point(), X, steps=6, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="steps=5, but the checkpoint is after 6 steps"):
        fit(Point(), X, steps=5, checkpoint=tmp_path)
