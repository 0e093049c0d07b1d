"""StarGAN: costs by hand, labels, and many domains by one generator."""

import math

import pytest
import torch
from torch import Tensor, nn

from genlib import fit
from genlib.gans import R1, LeastSquares
from genlib.translation import NamingPatchGAN, StarGAN
from genlib.translation.stargan import with_label
from tests.translation.stubs import even

NAMES = ("day", "night", "snow")
SMALL = {"domains": NAMES, "event_shape": (3, 8, 8), "width": 4, "blocks": 1, "patches": 1}
X, LABEL = even(0.5, -0.1), torch.tensor([0, 2])
TO = torch.tensor([1, 0])


class Shift(nn.Module):
    """Adds a number of the domain wanted, halved if it is the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.tensor([0.1, 0.2, -0.5]))

    def forward(self, x: Tensor) -> Tensor:
        wanted = x[:, 3:, 0, 0]
        assert torch.equal(x[:, 3:], wanted[:, :, None, None].expand_as(x[:, 3:]))
        return x[:, :3] + (wanted @ self.by)[:, None, None, None]


class Judge(nn.Module):
    """Scores by brightness, and names by it."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([0.0, 1.0, 2.0]))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        bright = x.mean((1, 2, 3))
        return 3 * bright + 0 * self.slope.sum(), bright[:, None] * self.slope


def by_hand(monkeypatch: pytest.MonkeyPatch, **options: object) -> StarGAN:
    model = StarGAN(**({"penalties": [], "generator": Shift()} | SMALL | options))
    model.discriminators = Judge()
    monkeypatch.setattr(model, "any_domains", lambda label: TO)
    return model


def nats(bright: float, label: int) -> float:
    """Return the cross-entropy of the judge's name."""
    logits = [0.0, bright, 2 * bright]
    return math.log(sum(map(math.exp, logits))) - logits[label]


def test_generator_costs_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    model = by_hand(monkeypatch, cycle=4.0, classification=3.0, adversarial=2.0)
    cost, terms = model.generator_loss((X, LABEL))
    # to domains 1 and 0: .7 and 0; back to 0 and 2: .8 and -.5
    expected = {
        "adversarial": -3 * (0.7 + 0.0) / 2,
        "naming": (nats(0.7, 1) + nats(0.0, 0)) / 2,
        "cycle": (0.3 + 0.4) / 2,
    }
    assert {name: one.item() for name, one in terms.items()} == pytest.approx(expected, abs=1e-6)
    weighted = 2 * expected["adversarial"] + 3 * expected["naming"] + 4 * expected["cycle"]
    assert cost.item() == pytest.approx(weighted)


def test_discriminator_costs_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, said = by_hand(monkeypatch, classification=3.0).discriminator_loss((X, LABEL))
    naming = (nats(0.5, 0) + nats(-0.1, 2)) / 2  # of the pictures, at their own labels
    assert said["naming"].item() == pytest.approx(naming)
    assert said["accuracy"] == 0.0  # .5 is named 2, -.1 is named 0
    assert said["real"].item() == pytest.approx(0.6)
    assert said["fake"].item() == pytest.approx(1.05, abs=1e-6)
    assert cost.item() == pytest.approx(1.05 - 0.6 + 3 * naming)


def test_the_penalty_is_paid_on_the_score_of_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    model = by_hand(monkeypatch, penalties=None, classification=0.0)
    paid = model.discriminator_loss((X, LABEL))[1]["gradient_penalty"]
    # the score is three times a mean of 192 numbers: its slope is 3 / sqrt(192)
    assert paid.item() == pytest.approx(10 * (3 / math.sqrt(192) - 1) ** 2, rel=1e-5)


def test_gradients_stay_with_the_player(monkeypatch: pytest.MonkeyPatch) -> None:
    model = by_hand(monkeypatch)
    model.discriminator_loss((X, LABEL))[0].backward()
    assert model.generators.by.grad is None
    assert model.discriminators.slope.grad is not None


def test_a_label_is_a_channel_of_ones() -> None:
    found = with_label(even(0.5, 0.1), torch.tensor([2, 0]), 3)
    assert found.shape == (2, 6, 8, 8)
    assert torch.equal(found[:, :3], even(0.5, 0.1))
    assert found[:, 3:].mean((2, 3)).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_domains_are_drawn_evenly() -> None:
    torch.manual_seed(0)
    counts = StarGAN(**SMALL).any_domains(torch.zeros(6000)).bincount()
    assert len(counts) == 3
    assert (counts - 2000).abs().max() < 150


def test_one_generator_goes_to_every_domain_by_name() -> None:
    model = StarGAN(generator=Shift(), **SMALL)
    for name, value in zip(NAMES, (0.3, 0.4, -0.3), strict=True):
        assert model.translate(even(0.2), to=name).mean().item() == pytest.approx(value)


def test_scores_are_means_over_patches_and_names_know_all() -> None:
    judge = NamingPatchGAN(3, 3, 4, 1)
    x = torch.randn(2, 3, 16, 16)
    scores, logits = judge(x)
    assert torch.allclose(scores, judge.patches(x).mean((1, 2)))
    assert logits.shape == (2, 3)


def test_the_discriminator_plays_if_only_its_names_count() -> None:
    def names(**weights: float) -> list[str]:
        return [player.name for player in StarGAN(**SMALL, **weights).players()]

    both = ["discriminator", "generator"]
    assert names() == names(adversarial=0.0) == names(classification=0.0) == both
    assert names(adversarial=0.0, classification=0.0) == ["generator"]


def test_the_discriminator_learns_to_name_domains() -> None:
    label = torch.arange(96) % 3
    noise = 0.1 * torch.rand(96, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    x = noise + 0.3 * (label.float() - 1)[:, None, None, None]
    model = StarGAN(**(SMALL | {"width": 8}), lr=5e-3, penalties=[], loss=LeastSquares())
    fit(model, (x, label), steps=60, batch_size=32, device="cpu", progress=False)
    assert (model.name(x) == label).float().mean() > 0.9


def test_what_is_no_batch_or_no_model_is_named() -> None:
    model = StarGAN(**SMALL)
    with pytest.raises(ValueError, match=r"labels from 0 to 2.*range from 0 to 3"):
        model.check((X, torch.tensor([0, 3])))
    with pytest.raises(ValueError, match=r"trained on pairs \(x, label\)"):
        model.check(X)
    with pytest.raises(ValueError, match="this has shape"):
        model.check((X[:, :1], LABEL))
    with pytest.raises(ValueError, match="no domain 'dya'; did you mean 'day'"):
        model.translate(X, to="dya")
    with pytest.raises(ValueError, match="wanted two or more different names"):
        StarGAN(domains=("day",))
    with pytest.raises(ValueError, match="classification=-1"):
        StarGAN(classification=-1)
    with pytest.raises(ValueError, match="StarGAN draws nothing by itself"):
        model.sample(1)


@pytest.mark.parametrize(
    "looks", [{}, {"norm": "none"}, {"norm": "instance", "padding": "zeros"}], ids=str
)
def test_the_generator_hears_which_domain_is_wanted(looks: dict) -> None:
    torch.manual_seed(0)
    model = StarGAN(event_shape=(3, 8, 8), width=4, blocks=1, patches=1, **looks)
    x = torch.rand(3, 3, 8, 8) - 0.5
    both = model.translated(torch.cat([x, x]), torch.tensor([1] * 3 + [2] * 3)).chunk(2)
    assert not torch.allclose(*both, rtol=1e-3, atol=1e-7)


def test_a_norm_that_takes_the_domain_away_is_refused() -> None:
    with pytest.raises(ValueError, match="takes the domain away"):
        StarGAN(norm="instance", padding="reflect")


@pytest.mark.parametrize("name", ["r1", "naming", "accuracy", "gradient_norm"])
def test_no_two_of_what_d_pays_have_one_name(name: str) -> None:
    class Second(R1):
        pass

    Second.name = name
    with pytest.raises(ValueError, match=f"penalties are called .*'{name}'.*, wanted different"):
        StarGAN(penalties=[R1(1), Second(10)], **SMALL)


def test_costs_of_a_model_in_double_precision_are_so(monkeypatch: pytest.MonkeyPatch) -> None:
    model = by_hand(monkeypatch).double()
    for player in model.players():
        cost, said = player.loss((X.double(), LABEL))
        assert cost.dtype == said["naming"].dtype == torch.float64
