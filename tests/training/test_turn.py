"""One kernel looks at a whole gradient where that is quick: it must say what the norm says."""

import functools
from contextlib import nullcontext

import pytest
import torch
from torch import nn

from genlib import fit
from genlib.gans import GAN
from genlib.training import turn
from genlib.training.buffers import BufferGuard
from genlib.training.turn import not_finite
from tests.training.games import Point

fit = functools.partial(fit, device="cpu", progress=False, batch_size=16)
X = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 1
ONE = torch.ones(())


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a gradient on the CPU as is done on CUDA."""
    monkeypatch.setattr(turn, "CHECKED_AT_ONCE", {"cpu"})


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_one_bad_value_is_enough(dtype: torch.dtype, place: int, value: float) -> None:
    tensors = [torch.randn(shape).to(dtype) for shape in ((), (3, 4), (5,))]
    assert not_finite(tensors, ONE) == 0
    tensors[place].view(-1)[-1] = value
    assert not_finite(tensors, ONE) == 1


def test_looking_changes_nothing() -> None:
    tensors = [torch.tensor(3.0), torch.tensor([1e-40, 3e38, -0.0])]
    before = [tensor.clone() for tensor in tensors]
    not_finite(tensors, ONE)
    for one, other in zip(before, tensors, strict=True):
        assert torch.equal(one, other)


def weights(**options: object) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    model = GAN(latent=2, event_shape=(2,), bounds=None, hidden=(8,))
    fit(model, X, steps=12, **options)
    return model.state_dict()


def test_a_run_is_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = weights()
    monkeypatch.setattr(turn, "CHECKED_AT_ONCE", {"cpu"})
    for name, value in weights().items():
        assert torch.equal(value, plain[name]), name


class Bad(Point):
    """A point whose loss, or gradient under a finite loss, is infinite in the third step."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where, self.calls = where, 0

    def loss(self, batch: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        loss = super().loss(batch)[0]
        if self.calls != 3:
            return loss
        if self.where == "loss":
            return loss + float("inf")
        return loss + (self.at - self.at.detach()).abs().sum().sqrt()  # slope 1 / 0 at 0


@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_such_an_update_is_left_out(where: str, at_once: None) -> None:
    model = Bad(where)
    with pytest.raises(FloatingPointError, match="step 3; no such update was applied"):
        fit(model, X, steps=3)
    assert model.at.isfinite().all()
    assert fit(Bad(where), X, steps=6, nonfinite="skip").skipped == {"model": 1}


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_count_of_steps_of_a_scalar_parameter_is_kept_as_it_was(dtype: torch.dtype) -> None:
    class Level(Point):
        def __init__(self) -> None:
            super().__init__()
            self.at = nn.Parameter(torch.zeros((), dtype=dtype))

    def built() -> turn.Turn:
        (player,) = (model := Level()).players()
        return turn.Turn(player, nullcontext(), model.loss, [], BufferGuard(model))

    first, second = built(), built()
    first.update(X.to(dtype))
    second.restore(first.optimizer.state_dict())
    (kept,) = second.optimizer.state.values()
    assert kept["step"].dtype == torch.float32
    assert kept["step"] == 1
    assert kept["exp_avg"].dtype == dtype
