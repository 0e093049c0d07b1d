"""The two contracts: what the default player uses, and labels."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from genlib import Model, fit
from genlib.model import events, labels
from genlib.training.schedules import cosine


class Classes(Model):
    """Three labelled points on a line; a sample is its label's point."""

    classes = 3

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.points = nn.Parameter(torch.tensor([0.0, 10.0, 20.0]))

    def sample(
        self, n: int, *, label: object = None, generator: torch.Generator | None = None
    ) -> Tensor:
        return self.points[self.labels_for(n, label, generator)].detach()


def test_the_default_player_has_the_models_rate_and_schedule() -> None:
    (player,) = Classes(lr=0.5, schedule=cosine).players()
    assert (player.lr, player.schedule) == (0.5, cosine)


def test_a_schedule_can_be_named() -> None:
    class Slope(Model):
        def __init__(self, schedule: object) -> None:
            super().__init__(lr=0.1, schedule=schedule)
            self.x = nn.Parameter(torch.zeros(()))

        def loss(self, batch: Tensor) -> Tensor:
            return self.x

    found = {}
    for schedule in ("cosine", cosine):
        model = Slope(schedule)
        fit(model, torch.ones(4, 1), steps=5, device="cpu", progress=False)
        found[schedule] = model.x.item()
    # Adam moves by lr times the factor while the gradient is constant
    wanted = -0.1 * sum(cosine(step, 5) for step in range(5))
    assert found["cosine"] == found[cosine] == pytest.approx(wanted, rel=1e-5)
    with pytest.raises(ValueError, match="schedule='cosin'; did you mean 'cosine'"):
        fit(Slope("cosin"), torch.ones(4, 1), steps=1, device="cpu", progress=False)


@pytest.mark.parametrize(
    ("label", "drawn"),
    [(2, [20.0, 20.0, 20.0]), ([0, 2, 1], [0.0, 20.0, 10.0]), (torch.tensor(1), [10.0] * 3)],
)
def test_samples_have_the_label_that_was_asked_for(label: object, drawn: list[float]) -> None:
    assert Classes().sample(3, label=label).tolist() == drawn


def test_without_a_label_every_one_is_drawn_alike_often() -> None:
    drawn = Classes().sample(30_000, generator=torch.Generator().manual_seed(0))
    shares = torch.stack([(drawn == point).double().mean() for point in (0.0, 10.0, 20.0)])
    assert torch.allclose(shares, torch.full((3,), 1 / 3).double(), atol=0.015)  # 5 standard errors


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (3, "labels from 0 to 2.*range from 3 to 3"),
        (-1, "range from -1 to -1"),
        ([0, 1], r"one for all of 3 or one for each; these have shape \(2,\)"),
        (1.0, "these are torch.float32"),
        (True, "these are torch.bool"),
    ],
)
def test_a_label_that_there_is_not_is_refused(label: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Classes().sample(3, label=label)


def test_an_unconditional_model_refuses_a_label() -> None:
    class Plain(Classes):
        classes = None

    with pytest.raises(ValueError, match="Plain is unconditional: label=1 means nothing"):
        Plain().sample(3, label=1)


def test_events_and_labels_of_a_batch() -> None:
    x, y = torch.ones(2, 3), torch.tensor([0, 1])
    assert events(x) is events((x, y)) is x
    assert labels(x) is labels((x,)) is None
    assert labels((x, y)) is y


def test_check_sees_the_whole_batch() -> None:
    class Pairs(Classes):
        def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
            return self.points.sum()

        def check(self, batch: tuple[Tensor, Tensor]) -> None:
            if labels(batch).max() >= self.classes:
                raise ValueError("label 3 is out of range")

    run = partial(fit, Pairs(), steps=1, batch_size=2, device="cpu", progress=False)
    run((torch.ones(4, 1), torch.tensor([0, 1, 2, 0])))
    with pytest.raises(ValueError, match="label 3"):
        run((torch.ones(4, 1), torch.tensor([0, 1, 2, 3])))
