"""The conditional GAN and the one with a classifier: who hears the label, and what it costs."""

from collections.abc import Callable
from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib import fit
from genlib.gans import (
    ACGAN,
    GAN,
    R1,
    R2,
    AdversarialTraining,
    Concatenated,
    ConditionalGAN,
    ConditionallyNormed,
    FeatureMatching,
    FreeAdversarialTraining,
    GradientPenalty,
    Hinge,
    HistoricalAveraging,
    InstanceNoise,
    LabelSmoothing,
    LeastSquares,
    MinibatchDiscrimination,
    MinibatchStd,
    Minimax,
    NonSaturating,
    OrthogonalRegularisation,
    Relativistic,
    SpectralNorm,
    Unrolled,
    Wasserstein,
    WeightClipping,
)
from genlib.gans.bound import BoundScores

WAYS = [
    (g, d)
    for g, d in product(ConditionalGAN.ways_into_generator, ConditionalGAN.ways_into_discriminator)
]
SIZES = {"classes": 3, "latent": 2, "width": 2, "event_shape": (1, 4, 4)}


def small(kind: type[ConditionalGAN] = ConditionalGAN, **options: object) -> ConditionalGAN:
    torch.manual_seed(0)
    return kind(**(SIZES | options))


def pairs(n: int = 8) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(1)
    return torch.rand(n, 1, 4, 4, generator=draw) * 2 - 1, torch.arange(n) % 3


def play(model: GAN, steps: int = 2) -> GAN:
    fit(model, pairs(), steps=steps, batch_size=4, device="cpu", progress=False)
    return model


def awake(network: nn.Module) -> nn.Module:
    """Draw all weights anew, so that none is nought."""
    torch.manual_seed(5)
    for p in network.parameters():
        nn.init.normal_(p, std=0.5)
    return network.eval()


@pytest.mark.parametrize("kind", [ConditionalGAN, ACGAN])
def test_it_builds_with_no_arguments_and_samples_digits(kind: type[ConditionalGAN]) -> None:
    model = kind()
    x = model.sample(3, label=[1, 0, 9])
    assert x.shape == (3, 1, 28, 28)
    assert x.abs().max() <= 1
    assert model.classes == 10
    assert model.scores(x, torch.tensor([1, 0, 9])).shape == (3,)


@pytest.mark.parametrize(("g", "d"), WAYS)
def test_each_player_hears_the_label_if_it_shall(g: str | None, d: str | None) -> None:
    model = small(into_generator=g, into_discriminator=d)
    generator, discriminator = awake(model.generator), awake(model.discriminator)
    z, x = torch.randn(3, 2), pairs(3)[0]
    label, other = torch.tensor([0, 1, 2]), torch.tensor([1, 1, 0])
    differs = generator(z, label) != generator(z, other)
    assert differs.flatten(1).any(1).tolist() == [g is not None, False, g is not None]
    differs = discriminator(x, label) != discriminator(x, other)
    assert differs.tolist() == [d is not None, False, d is not None]
    play(model)


@pytest.mark.parametrize("g", [None, "concatenation"])
@pytest.mark.parametrize("d", ConditionalGAN.ways_into_discriminator)
def test_points_have_perceptrons(g: str | None, d: str | None) -> None:
    options = {"event_shape": (2,), "bounds": None, "hidden": (6, 5)}
    model = small(into_generator=g, into_discriminator=d, **options)
    data = torch.randn(8, 2), torch.arange(8) % 3
    fit(model, data, steps=2, batch_size=4, device="cpu", progress=False)
    assert model.sample(5, label=2).shape == (5, 2)
    widths = [m.out_features for m in model.discriminator.modules() if isinstance(m, nn.Linear)]
    assert widths == [5, 6, 1]


def test_a_discriminator_of_perceptrons_can_judge_convolutions() -> None:
    model = small(discriminator_hidden=(7,), into_generator="batch norm")
    assert isinstance(model.generator, ConditionallyNormed)
    assert not any(isinstance(m, nn.Conv2d) for m in model.discriminator.modules())
    play(model)


def test_samples_are_judged_with_the_label_they_were_made_for() -> None:
    model, (x, label) = small(), pairs()
    asked: list[Tensor] = []
    for network in (model.generator, model.discriminator):
        network.register_forward_pre_hook(lambda _, given: asked.append(given[1]))
    model.discriminator_loss((x, label))
    model.generator_loss((x, label))
    assert len(asked) == 5
    assert all(torch.equal(seen, label) for seen in asked)


@pytest.mark.parametrize("kind", [ConditionalGAN, ACGAN])
@pytest.mark.parametrize(
    "loss",
    [Minimax(), NonSaturating(), LeastSquares(), Hinge(), Wasserstein(), Relativistic()],
    ids=repr,
)
def test_every_loss_and_penalty_plays(kind: type[ConditionalGAN], loss: nn.Module) -> None:
    play(small(kind, loss=loss, penalties=[R1(), GradientPenalty()], batch_norm=False))


STABILISERS: list[Callable] = [
    FeatureMatching, HistoricalAveraging, InstanceNoise, LabelSmoothing, MinibatchStd,
    lambda: MinibatchDiscrimination(3, 2), SpectralNorm, Unrolled, WeightClipping,
    AdversarialTraining, FreeAdversarialTraining, OrthogonalRegularisation,
]  # fmt: skip


@pytest.mark.parametrize("kind", [ConditionalGAN, ACGAN])
@pytest.mark.parametrize("make", STABILISERS)
def test_every_stabiliser_plays(kind: type[ConditionalGAN], make: Callable) -> None:
    model = play(small(kind, stabilisers=[make()]))
    assert all(p.isfinite().all() for p in model.parameters())


def test_a_game_about_pairs_learns_the_label_and_one_without_does_not() -> None:
    # class k lies at 2 k - 2, of a line
    torch.manual_seed(0)
    label = torch.randint(3, (3000,))
    data = 2.0 * label[:, None] - 2 + 0.2 * torch.randn(3000, 1), label
    far = {}
    for way in ("projection", None):
        options = {"event_shape": (1,), "bounds": None, "hidden": (16,), "lr": 5e-3}
        model = small(into_discriminator=way, penalties=[R1(0.1)], **options)
        fit(model, data, steps=200, batch_size=64, device="cpu", progress=False)
        means = [model.sample(500, label=k).mean().item() for k in range(3)]
        far[way] = max(abs(mean - (2 * k - 2)) for k, mean in enumerate(means))
    assert far["projection"] < 0.9
    assert far[None] > 1.5


def test_the_costs_of_the_classifier_by_hand() -> None:
    model, (x, label) = small(ACGAN, weight=0.7, batch_norm=False), pairs()
    torch.manual_seed(3)
    fake = model.fakes_for((x, label)).detach()
    d = model.discriminator
    costs = {}
    for name, events in (("real", x), ("fake", fake)):
        shares = torch.softmax(d.classifier(d.body(events)), dim=1)
        costs[name] = -sum(shares[i, label[i]].log() for i in range(8)) / 8
    torch.manual_seed(3)
    cost, said = model.discriminator_loss((x, label))
    game = -F.logsigmoid(d(x, label)).mean() - F.logsigmoid(-d(fake, label)).mean()
    torch.testing.assert_close(cost, game + 0.7 * (costs["real"] + costs["fake"]))
    torch.testing.assert_close(said["real_label"], costs["real"])
    torch.testing.assert_close(said["fake_label"], costs["fake"])
    torch.manual_seed(3)
    cost, said = model.generator_loss((x, label))
    game = -F.logsigmoid(d(fake, label)).mean()
    torch.testing.assert_close(cost, game + 0.7 * costs["fake"])
    torch.testing.assert_close(said["fake_label"], costs["fake"])


def test_the_classifier_can_learn_from_data_alone() -> None:
    costs = []
    for classify_samples in (True, False):
        model = small(ACGAN, weight=2.0, classify_samples=classify_samples)
        torch.manual_seed(3)
        costs.append(model.discriminator_loss(pairs()))
    difference = costs[0][0] - costs[1][0]
    torch.testing.assert_close(difference, 2.0 * costs[0][1]["fake_label"])


def test_without_weight_the_classifier_costs_nothing() -> None:
    model, (x, label) = small(ACGAN, weight=0.0, batch_norm=False), pairs()
    torch.manual_seed(3)
    cost, _ = model.generator_loss((x, label))
    torch.manual_seed(3)
    fake = model.fakes_for((x, label))
    torch.testing.assert_close(cost, -F.logsigmoid(model.scores(fake, label)).mean())


def test_data_and_samples_pass_the_discriminator_once_and_alike() -> None:
    model, lengths = small(ACGAN), []
    model.discriminator.body.register_forward_hook(lambda _, x, __: lengths.append(len(x[0])))
    model.discriminator_loss(pairs())
    assert lengths == [8, 8]
    model.generator_loss(pairs())
    assert lengths == [8, 8, 8]


def test_the_generator_learns_from_the_classifier_and_no_gradient_reaches_it_before() -> None:
    model = small(ACGAN)
    model.discriminator_loss(pairs())[0].backward()
    assert all(p.grad is None for p in model.generator.parameters())
    model.discriminator.last.weight.data.zero_()  # leaves the classifier alone
    model.generator_loss(pairs())[0].backward()
    assert all(p.grad.abs().sum() > 0 for p in model.generator.parameters())


def test_the_history_has_the_classifiers_columns() -> None:
    history = fit(small(ACGAN), pairs(), steps=2, batch_size=4, device="cpu", progress=False)
    for name in ("discriminator/real_label", "discriminator/fake_label", "generator/fake_label"):
        assert len(history[name]) == 2


def test_without_a_label_samples_are_of_all_labels_evenly() -> None:
    model, asked = small(), []
    model.generator.register_forward_pre_hook(lambda _, given: asked.append(given[1]))
    model.sample(3000, generator=torch.Generator().manual_seed(0))
    assert (asked[0].bincount() - 1000).abs().max() < 130  # five standard errors


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: small(into_generator="addition"), "into_generator='addition', wanted one of"),
        (lambda: small(into_discriminator="batch norm"), "wanted one of 'projection', 'concat"),
        (lambda: small(into_discriminator="classifier"), "into_discriminator='classifier'"),
        (lambda: small(ACGAN, into_discriminator="projection"), "wanted one of 'classifier'"),
        (lambda: small(ACGAN, weight=-1), "ACGAN: weight=-1"),
        (lambda: small(classes=0), "classes=0, wanted a positive"),
        (lambda: small(classes=None), "classes=None, wanted a positive"),
        (
            lambda: small(into_generator="batch norm", hidden=(3,)),
            "into_generator='batch norm' wants convolutions",
        ),
        (lambda: small().sample(2, label=3), "labels from 0 to 2.*range from 3"),
        (lambda: small().sample(2, label=[0, 1, 2]), r"one for each; these have shape \(3,\)"),
        (lambda: small(ACGAN).sample(2, label=-1), "range from -1"),
        (lambda: small().discriminator_loss(pairs()[0]), r"classes=3 wants \(x, label\)"),
        (lambda: play_on(pairs()[0]), r"classes=3 wants \(x, label\)"),
        (lambda: play_on((pairs()[0], torch.full((8,), 3))), "range from 3 to 3"),
        (lambda: play_on((pairs()[0] + 2, pairs()[1])), "this ranges over"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(call: Callable, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()


def play_on(data: object) -> None:
    fit(small(ACGAN), data, steps=1, device="cpu", progress=False)


def test_a_label_beside_the_code_is_the_default() -> None:
    assert isinstance(small().generator, Concatenated)


@pytest.mark.parametrize("kind", [R1, R2])
def test_a_penalty_on_a_share_of_the_batch_takes_its_labels(kind: type) -> None:
    torch.manual_seed(0)
    game = ConditionalGAN(
        classes=3, latent=2, event_shape=(1, 8, 8), penalties=[kind(2.0, share=0.5)]
    )
    game.discriminator.eval()
    x, label = torch.rand(6, 1, 8, 8) * 2 - 1, torch.tensor([0, 1, 2, 2, 1, 0])
    (found,) = game.penalties_at(x, x, label).values()
    scores = BoundScores(game, label[:3])
    torch.testing.assert_close(found, kind(2.0)(scores, x[:3], x[:3]))
