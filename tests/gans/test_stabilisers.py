"""Changes that plug into a game: each against what it says, and all of them in every game."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib import fit
from genlib.gans import (
    GAN,
    R1,
    FeatureMatching,
    Hinge,
    HistoricalAveraging,
    InstanceNoise,
    Judged,
    LabelSmoothing,
    MinibatchDiscrimination,
    MinibatchStd,
    NonSaturating,
    Relativistic,
    SharedFakesGAN,
    SpectralNorm,
    Stabiliser,
    Unrolled,
    WeightClipping,
)

ALL: dict[str, Callable[[], list[Stabiliser]]] = {
    "unrolled": lambda: [Unrolled(2)],
    "minibatch discrimination": lambda: [MinibatchDiscrimination(3, 2)],
    "minibatch std": lambda: [MinibatchStd()],
    "feature matching": lambda: [FeatureMatching()],
    "instance noise": lambda: [InstanceNoise(0.3)],
    "label smoothing": lambda: [LabelSmoothing()],
    "historical averaging": lambda: [HistoricalAveraging(0.1)],
    "weight clipping": lambda: [WeightClipping(0.1)],
    "spectral norm": lambda: [SpectralNorm()],
    "convolution norm": lambda: [SpectralNorm("convolution")],
    "all": lambda: [
        Unrolled(1), FeatureMatching(), MinibatchDiscrimination(3, 2), MinibatchStd(2),
        InstanceNoise(until=None), LabelSmoothing(), SpectralNorm(), WeightClipping(0.5),
        HistoricalAveraging(0.1),
    ],
}  # fmt: skip


def small(kind: type[GAN] = GAN, **options: object) -> GAN:
    torch.manual_seed(0)
    shape = {"latent": 2, "event_shape": (2,), "bounds": None, "hidden": (6, 5)}
    return kind(**(shape | options))


def data(n: int = 8) -> Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(3)) + 1


def play(model: GAN, x: object, **options: object) -> GAN:
    fit(model, x, **({"steps": 4, "batch_size": 4, "device": "cpu", "progress": False} | options))
    return model


class Labelled(nn.Module):
    """A network that is told the label."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.at, self.last = nn.Embedding(3, 4), nn.Linear(inputs + 4, outputs)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        return self.last(torch.cat([x, self.at(label)], 1).tanh())


@pytest.mark.parametrize("kind", [GAN, SharedFakesGAN])
@pytest.mark.parametrize("name", ALL)
def test_each_plays_with_and_without_labels(kind: type[GAN], name: str) -> None:
    plain = small(kind, stabilisers=ALL[name](), penalties=[R1()])
    plain = play(plain, data())
    networks = {"generator": Labelled(2, 2), "discriminator": Labelled(2, 1), "classes": 3}
    labelled = small(kind, stabilisers=ALL[name](), **networks)
    play(labelled, (data(), torch.arange(8) % 3))
    for model in (plain, labelled):
        assert all(p.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("name", sorted(set(ALL) - {"label smoothing", "all"}))
def test_each_plays_with_a_loss_that_pairs(name: str) -> None:
    play(small(stabilisers=ALL[name](), loss=Relativistic()), data())


@pytest.mark.parametrize("name", ["all", "convolution norm", "historical averaging"])
def test_what_is_built_alike_can_be_loaded_and_resumed(name: str, tmp_path: object) -> None:
    def run(folder: str, *stops: int) -> dict[str, Tensor]:
        for stop in stops:
            model = small(stabilisers=ALL[name]())
            play(model, data(), steps=stop, checkpoint=tmp_path / folder, ema=0.9)
        return model.state_dict()

    parts, whole = run("parts", 3, 6), run("whole", 6)
    torch.testing.assert_close(parts, whole, rtol=0, atol=0)


def test_label_smoothing_is_cross_entropy_with_other_targets_for_data_alone() -> None:
    model, x = small(stabilisers=[LabelSmoothing(0.2)]), data()
    torch.manual_seed(1)
    cost, _ = model.discriminator_loss(x)
    torch.manual_seed(1)
    real, fake = model.scores(x), model.scores(model.fakes(8))
    entropy = F.binary_cross_entropy_with_logits
    by_hand = entropy(real, torch.full((8,), 0.8)) + entropy(fake, torch.zeros(8))
    torch.testing.assert_close(cost, by_hand)
    torch.manual_seed(1)
    torch.testing.assert_close(model.generator_loss(x)[0], entropy(fake, torch.ones(8)))


def test_feature_matching_is_the_distance_of_the_mean_features() -> None:
    model, x = small(stabilisers=[FeatureMatching()]), data()
    body = model.discriminator[1][:-1]  # all but the last layer
    torch.manual_seed(1)
    cost, said = model.generator_loss(x)
    torch.manual_seed(1)
    fake = model.fakes(8)
    by_hand = (body(fake).mean(0) - body(x).mean(0)).square().sum()
    torch.testing.assert_close(cost, by_hand)
    torch.testing.assert_close(said["fake"], model.scores(fake).sigmoid().mean())
    slopes = torch.autograd.grad(cost, list(model.generator.parameters()))
    wanted = torch.autograd.grad(by_hand, list(model.generator.parameters()))
    torch.testing.assert_close(slopes, wanted)
    earlier = small(stabilisers=[FeatureMatching("1.2")])  # of a layer by its name
    torch.manual_seed(1)
    cost, first = earlier.generator_loss(x)[0], earlier.discriminator[1][:2]
    torch.testing.assert_close(cost, (first(fake).mean(0) - first(x).mean(0)).square().sum())


def test_noise_is_fresh_of_one_law_for_data_and_samples_and_gone_in_time() -> None:
    model, seen = small(stabilisers=[InstanceNoise(0.5, until=0.8)], penalties=[R1()]), []
    model.discriminator.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    model.generator = nn.Sequential(nn.Linear(2, 2))
    nn.init.zeros_(model.generator[0].weight)
    nn.init.zeros_(model.generator[0].bias)
    zeros = torch.zeros(4000, 2)
    for step, wanted in ((0, 0.5), (20, 0.375), (60, 0.125), (80, 0.0), (99, 0.0)):
        model.on_step(step, 100)
        seen.clear()
        model.discriminator_loss(zeros)
        model.generator_loss(zeros)
        assert len(seen) == 4  # data, samples, penalty; samples again
        for x in seen:
            assert x.std().item() == pytest.approx(wanted, rel=0.05)
            assert abs(x.mean().item()) <= 0.1 * wanted
        for other in seen[1:]:
            assert wanted == 0 or abs((seen[0] * other).mean() / wanted**2) < 0.1
    constant = InstanceNoise(0.5, until=None)
    constant.on_step(99, 100)
    assert constant.now == 0.5


def test_a_trained_discriminator_is_asked_without_noise() -> None:
    model = play(small(stabilisers=[InstanceNoise(until=None)]), data())
    assert torch.equal(model.scores(data()), model.scores(data()))
    torch.testing.assert_close(model.scores(data()), model.discriminator(data()))


def test_the_generator_learns_through_the_noise() -> None:
    model, x = small(stabilisers=[InstanceNoise(1.0)]), data()
    torch.manual_seed(1)
    cost, _ = model.generator_loss(x)
    torch.manual_seed(1)
    fake = model.fakes(8)
    by_hand = -F.logsigmoid(model.discriminator(fake + torch.randn(8, 2))).mean()
    torch.testing.assert_close(cost, by_hand)
    weights = list(model.generator.parameters())
    torch.testing.assert_close(
        torch.autograd.grad(cost, weights), torch.autograd.grad(by_hand, weights)
    )


def test_clipping_acts_on_the_discriminator_after_its_updates() -> None:
    model = small(stabilisers=[WeightClipping(0.05)], lr=0.1)
    before = model.generator[0][0].weight.clone()
    play(model, data(), only=("generator",), steps=1)
    assert max(p.abs().max() for p in model.discriminator.parameters()) > 0.3  # not its turn
    play(model, data())
    largest = [p.abs().max().item() for p in model.discriminator.parameters()]
    assert max(largest) == pytest.approx(0.05)
    assert (model.generator[0][0].weight - before).abs().max() > 0.05


def test_the_turns_own_work_is_done_too() -> None:
    done: list[str] = []
    turn = {"after": lambda: done.append("own")}
    model = small(stabilisers=[WeightClipping(0.05)], discriminator_turn=turn)
    play(model, data(), steps=3)
    assert done == ["own"] * 3
    assert model.discriminator[1][0].weight.abs().max() <= 0.05
    assert small().players()[0].after is None


def test_spectral_norm_holds_while_weights_move() -> None:
    model = play(small(stabilisers=[SpectralNorm()], loss=Hinge(), lr=1e-3), data(64), steps=60)
    for layer in model.discriminator[1][::2]:
        top = torch.linalg.matrix_norm(layer.weight, 2).item()
        assert top == pytest.approx(1, abs=0.02)
    x, y = 5 * torch.randn(2, 500, 2)
    apart = (model.scores(x) - model.scores(y)).abs() / (x - y).norm(dim=1)
    assert apart.max() <= 1.05


def test_historical_averaging_pays_for_the_distance_from_the_mean() -> None:
    model = small(stabilisers=[HistoricalAveraging(3.0)], lr=0.05)
    past: dict[str, list[Tensor]] = {"discriminator": [], "generator": []}

    def note(model: GAN, step: int = 0) -> None:
        for name, weights in past.items():
            parameters = getattr(model, name).parameters()
            weights.append(torch.cat([p.detach().flatten() for p in parameters]))

    note(model)
    play(model, data(), steps=5, callbacks=[note])
    for name, turn in (("discriminator", "discriminator_loss"), ("generator", "generator_loss")):
        costs = []
        for weight in (3.0, 0.0):
            model.stabilisers[0].weight = weight
            torch.manual_seed(1)
            costs.append(getattr(model, turn)(data())[0])
        mean = torch.stack(past[name]).mean(0)
        fine = 3 * (past[name][-1] - mean).square().sum()
        assert fine > 1e-4
        torch.testing.assert_close(costs[0] - costs[1], fine, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("make", [MinibatchStd, lambda: MinibatchDiscrimination(4, 3)])
def test_a_layer_put_into_the_discriminator_is_unheard_until_it_learns(make: Callable) -> None:
    plain, with_layer = small(), small(stabilisers=[make()])
    with_layer.generator.load_state_dict(plain.generator.state_dict())
    torch.testing.assert_close(with_layer.scores(data()), plain.scores(data()))
    play(with_layer, data(), steps=20)
    one_by_one = torch.cat([with_layer.scores(x[None]) for x in data()])
    assert (one_by_one - with_layer.scores(data())).abs().max() > 1e-4
    plain = play(small(), data(), steps=20)
    one_by_one = torch.cat([plain.scores(x[None]) for x in data()])
    torch.testing.assert_close(one_by_one, plain.scores(data()))


def test_images_get_it_before_their_last_convolution() -> None:
    d = nn.Sequential(nn.Conv2d(1, 3, 4, 2, 1), nn.LeakyReLU(), nn.Conv2d(3, 1, 2), nn.Flatten(0))
    stabilisers = [MinibatchDiscrimination(5, 2), MinibatchStd(2), SpectralNorm("convolution")]
    model = GAN(discriminator=d, latent=2, event_shape=(1, 4, 4), stabilisers=stabilisers)
    assert model.discriminator[2][0].weight.shape == (12, 5, 2)
    assert model.discriminator[2][1][1].weight.shape == (1, 3 + 5 + 1, 2, 2)
    play(model, torch.rand(8, 1, 4, 4))


class Ten(Stabiliser):
    """A reader's own."""

    def discriminator_cost(self, game: GAN, cost: Tensor, judged: Judged) -> Tensor:
        assert judged.real_scores.shape == judged.fake_scores.shape == (8,)
        assert not judged.fake.requires_grad
        return 10 * cost

    def generator_cost(self, game: GAN, cost: Tensor, judged: Judged) -> Tensor:
        assert judged.real_scores is None
        assert judged.fake.requires_grad
        return cost + 10


def test_ones_own_acts_in_its_place_of_the_list_and_penalties_stay() -> None:
    x, costs = data(), []
    for stabilisers in ([], [Ten()], [Ten(), LabelSmoothing()], [LabelSmoothing(), Ten()]):
        model = small(stabilisers=stabilisers, penalties=[R1()])
        torch.manual_seed(1)
        cost, said = model.discriminator_loss(x)
        costs.append(cost - said["r1"])
    smoothing = 0.1 * model.scores(x).mean()
    wanted = [costs[0], 10 * costs[0], 10 * costs[0] + smoothing, 10 * (costs[0] + smoothing)]
    torch.testing.assert_close(costs, wanted, rtol=1e-5, atol=1e-5)
    torch.manual_seed(1)
    stabilised = model.generator_loss(x)[0]
    plain = small()
    torch.manual_seed(1)
    torch.testing.assert_close(stabilised, plain.generator_loss(x)[0] + 10)


def test_batch_norm_sees_data_and_samples_apart_whatever_is_plugged_in() -> None:
    d = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.LeakyReLU(), nn.Linear(4, 1))
    stabilisers = [Unrolled(2), FeatureMatching(), LabelSmoothing()]
    model, lengths = small(discriminator=d, stabilisers=stabilisers), []
    d.register_forward_hook(lambda _, given, __: lengths.append(len(given[0])))
    model.discriminator_loss(data())
    model.generator_loss(data())
    assert set(lengths) == {8}


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: small(stabilisers=Unrolled()), "stabilisers=Unrolled.*wanted a list such as"),
        (lambda: small(stabilisers=[R1()]), "wanted a list such as"),
        (lambda: small(stabilisers=[Unrolled(), Unrolled(3)]), "each at most once"),
        (lambda: small(stabilisers=[LabelSmoothing()], loss=Hinge()), "the loss is Hinge"),
        (lambda: small(stabilisers=[LabelSmoothing()], loss=Relativistic()), "is Relativistic"),
        (lambda: small(stabilisers=[SpectralNorm(), MinibatchStd()]), "put SpectralNorm last"),
        (
            lambda: small(stabilisers=[MinibatchStd()], discriminator=nn.Linear(2, 1)),
            "D is this layer alone",
        ),
        (lambda: small(stabilisers=[FeatureMatching("5")]), "layer='5', wanted a layer of MLPDis"),
        (
            lambda: small(stabilisers=[FeatureMatching()], discriminator=nn.PReLU()),
            "PReLU has no linear layer",
        ),
        (lambda: LabelSmoothing(1.0), "amount=1.0, wanted a number below 1"),
        (lambda: LabelSmoothing(-0.1), "amount=-0.1"),
        (lambda: InstanceNoise(-1), "std=-1"),
        (lambda: InstanceNoise(until=0), "until=0"),
        (lambda: WeightClipping(0), "limit=0"),
        (lambda: SpectralNorm("layer"), "of='layer'"),
        (lambda: HistoricalAveraging(-1), "weight=-1"),
        (lambda: MinibatchStd(0), "group=0"),
        (lambda: MinibatchDiscrimination(0), "kernels=0"),
        (lambda: MinibatchDiscrimination(width=1.5), "width=1.5"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()


def test_the_default_is_the_game_as_it_was() -> None:
    bare, empty, x = small(), small(stabilisers=[Stabiliser()]), data()
    assert bare.adversarial_loss.__class__ is NonSaturating
    for turn in ("discriminator_loss", "generator_loss"):
        torch.manual_seed(1)
        one = getattr(bare, turn)(x)
        torch.manual_seed(1)
        assert getattr(empty, turn)(x) == one
