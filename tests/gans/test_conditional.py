"""Games with labels: who gets which, and what is refused."""

import pytest
import torch
from torch import Tensor, nn

from genlib import fit
from genlib.gans import GAN, R1, Hinge, NonSaturating, Relativistic, SharedFakesGAN

CLASSES = 4


class Place(nn.Module):
    """A generator that puts the samples of label k near 10 k."""

    def __init__(self) -> None:
        super().__init__()
        self.places = nn.Parameter(10.0 * torch.arange(CLASSES))

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        return self.places[label][:, None] + 0.01 * z


class Knower(nn.Module):
    """A discriminator that says 1 of what lies where its label says, and -1 of all else."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.ones(CLASSES))
        self.asked: list[Tensor] = []

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        self.asked.append(label)
        off = (x[:, 0] - 10.0 * label).abs()
        return self.slope[label] * torch.where(off < 1, 1.0, -1.0) + 0 * x[:, 0]


def game(kind: type[GAN] = GAN, **options: object) -> GAN:
    shape = {"event_shape": (1,), "bounds": None, "latent": 1, "classes": CLASSES}
    return kind(Place(), Knower(), **({"loss": Hinge()} | shape | options))


def pairs(n: int = 12) -> tuple[Tensor, Tensor]:
    label = torch.arange(n) % CLASSES
    return 10.0 * label[:, None], label


@pytest.mark.parametrize("kind", [GAN, SharedFakesGAN])
def test_data_and_samples_pass_the_discriminator_with_their_own_labels(kind: type[GAN]) -> None:
    model = game(kind)
    _, said = model.discriminator_loss(pairs())
    assert said == {"real": 1.0, "fake": 1.0, "real_accuracy": 1.0, "fake_accuracy": 0.0}
    assert model.generator_loss(pairs())[1] == {"fake": 1.0}


def test_a_sample_has_the_label_of_the_example_in_its_place() -> None:
    x, label = pairs(5)
    model = game()
    assert model.fakes_for((x, label)).round().tolist() == x.tolist()
    model.discriminator_loss((x, label))
    assert [seen.tolist() for seen in model.discriminator.asked] == [label.tolist()] * 2


def test_samples_of_a_label_come_from_the_generator_at_that_label() -> None:
    model = game()
    for label in range(CLASSES):
        assert (model.sample(3, label=label) / 10).round().flatten().tolist() == [label] * 3
    assert (model.sample(3, label=[2, 0, 3]) / 10).round().flatten().tolist() == [2, 0, 3]


def test_without_a_label_samples_are_of_all_labels_evenly_and_repeat_themselves() -> None:
    def draw() -> Tensor:
        return game().sample(4000, generator=torch.Generator().manual_seed(0))

    counts = (draw() / 10).round().long().flatten().bincount()
    assert len(counts) == CLASSES
    assert (counts - 1000).abs().max() < 150  # five standard errors
    assert torch.equal(draw(), draw())


def test_penalties_see_the_discriminator_at_the_label() -> None:
    class Slopes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.slopes = nn.Parameter(torch.arange(1.0, CLASSES + 1))

        def forward(self, x: Tensor, label: Tensor) -> Tensor:
            return self.slopes[label] * x[:, 0]

    model = game(penalties=[R1(2.0)])
    model.discriminator = Slopes()
    _, said = model.discriminator_loss((torch.randn(3, 1), torch.tensor([0, 2, 2])))
    torch.testing.assert_close(said["r1"].item(), (1 + 9 + 9) / 3)


def test_the_generator_that_shares_fakes_keeps_their_labels_and_partners() -> None:
    model = game(SharedFakesGAN, loss=Relativistic())
    first, second = pairs(6), tuple(part.flip(0)[:5] for part in pairs(6))
    model.discriminator_loss(first)
    model.discriminator.asked.clear()
    model.generator_loss(second)
    assert [seen.tolist() for seen in model.discriminator.asked] == [first[1].tolist()] * 2
    assert model._kept is None


@pytest.mark.parametrize("kind", [GAN, SharedFakesGAN])
@pytest.mark.parametrize("loss", [NonSaturating(), Relativistic()], ids=repr)
def test_a_conditional_game_is_played(kind: type[GAN], loss: nn.Module) -> None:
    model = game(kind, loss=loss, penalties=[R1()])
    history = fit(model, pairs(10), steps=6, batch_size=4, device="cpu", progress=False)
    assert len(history["generator/loss"]) == 6


def test_labels_of_small_integers_will_do() -> None:
    x, label = pairs(8)
    fit(game(), (x, label.byte()), steps=1, batch_size=4, device="cpu", progress=False)


@pytest.mark.parametrize(
    ("label", "complaint"),
    [
        (torch.tensor([0, 1, CLASSES]), "labels from 0 to 3.*range from 0 to 4"),
        (torch.tensor([0, -1, 1]), "range from -1 to 1"),
        (torch.tensor([0.0, 1.0, 2.0]), "float32"),
        (torch.zeros(3, CLASSES, dtype=torch.long), r"shape \(3, 4\)"),
    ],
)
def test_wrong_labels_are_refused_before_training(label: Tensor, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        fit(game(), (torch.zeros(3, 1), label), steps=1, device="cpu", progress=False)


def test_missing_labels_are_asked_for() -> None:
    with pytest.raises(ValueError, match=r"classes=4 wants \(x, label\)"):
        fit(game(), torch.zeros(3, 1), steps=1, device="cpu", progress=False)
    for call in (lambda model: model.scores(torch.zeros(3, 1)), lambda model: model.fakes(3)):
        with pytest.raises(ValueError, match="classes=4 wants one label"):
            call(game())


def test_labels_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="GAN is unconditional: label=3"):
        GAN().sample(2, label=3)
    with pytest.raises(ValueError, match="classes=None wants no label"):
        GAN().scores(torch.zeros(1, 1, 28, 28), torch.tensor([1]))
    with pytest.raises(ValueError, match="labels from 0 to 3"):
        game().sample(2, label=4)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"classes": 0}, "classes=0, wanted a positive whole number"),
        ({"classes": True}, "classes=True"),
        ({"classes": 3}, r"classes=3 wants networks that take labels: G\(z, label\)"),
        ({"classes": 3, "generator": nn.Linear(1, 1)}, "classes=3 wants networks"),
    ],
)
def test_a_conditional_game_wants_networks_for_it(arguments: dict, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        GAN(**arguments)
