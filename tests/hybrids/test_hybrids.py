"""The hybrids: what each player pays, whose gradients flow where, what a game would end in."""

import math
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from genlib import fit, zoo
from genlib.data import load
from genlib.gans import DCGANDiscriminator, DCGANGenerator, Hinge, LeastSquares, Relativistic
from genlib.hybrids import VAEGAN, AdversarialAutoencoder, BiGAN
from genlib.hybrids.base import Hybrid

EVERY = [AdversarialAutoencoder, VAEGAN, BiGAN]
SMALL = {"latent": 2, "event_shape": (3,), "hidden": (5, 4)}
fit = partial(fit, device="cpu", progress=False)


def small(kind: type[Hybrid], **options: object) -> Hybrid:
    """Return a small model of points in three dimensions, in double precision."""
    torch.manual_seed(0)
    own = {"likelihood": "gaussian"} if kind is AdversarialAutoencoder else {"bounds": None}
    return kind(**(SMALL | own | options)).double()


def points(n: int = 6) -> Tensor:
    return torch.randn(n, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def log_sigmoid(s: Tensor) -> Tensor:
    return -torch.log1p(torch.exp(-s))


def reached(model: Hybrid, player: str) -> set[str]:
    """Return the networks that a player moves in one round of which all others sit out."""
    before = {name: value.clone() for name, value in model.named_parameters()}
    fit(model, points(32), steps=1, batch_size=16, only=(player,))
    moved = {name for name, value in model.named_parameters() if not value.equal(before[name])}
    networks = {name.partition(".")[0] for name in moved}
    for network in networks - {"likelihood"}:  # all of a network or nothing
        own = {name for name in before if name.startswith(network)}
        assert own <= moved, own - moved
    return networks


@pytest.mark.parametrize("kind", EVERY)
def test_no_arguments_build_a_model_of_digits(kind: type[Hybrid]) -> None:
    torch.manual_seed(0)
    model, digits = kind(), load("mnist", "test")[:4]
    x = digits.binary(seed=0) if kind is AdversarialAutoencoder else digits.symmetric()
    samples = model.sample(3)
    assert samples.shape == (3, 1, 28, 28)
    model.check(samples)
    assert model.encode(x).shape == (4, model.latent)
    rebuilt = model.reconstruct(x)
    assert rebuilt.shape == x.shape
    assert not rebuilt.requires_grad
    losses = [player.loss(x) for player in model.players()]
    assert all(torch.is_tensor(loss) or loss[0].isfinite() for loss in losses)


@pytest.mark.parametrize("kind", EVERY)
def test_samples_are_those_of_the_generator(kind: type[Hybrid]) -> None:
    model = small(kind)
    one, same, other = (
        model.sample(4, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    with pytest.raises(ValueError, match="unconditional"):
        model.sample(2, label=1)
    with pytest.raises(ValueError, match="0 samples"):
        model.sample(0)


@pytest.mark.parametrize(
    ("kind", "owned"),
    [
        (
            AdversarialAutoencoder,
            {
                "autoencoder": {"encoder", "decoder", "likelihood"},
                "discriminator": {"discriminator"},
                "encoder": {"encoder"},
            },
        ),
        (
            VAEGAN,
            {"discriminator": {"discriminator"}, "encoder": {"encoder"}, "decoder": {"decoder"}},
        ),
        (BiGAN, {"discriminator": {"discriminator"}, "generator": {"encoder", "decoder"}}),
    ],
)
def test_each_player_moves_its_networks_and_no_other(kind: type[Hybrid], owned: dict) -> None:
    model = small(kind)
    for player in model.players():
        own = [p for network in owned[player.name] for p in getattr(model, network).parameters()]
        assert {id(p) for p in player.parameters()} == {id(p) for p in own}
    assert [player.name for player in model.players()] == list(owned)
    for player, networks in owned.items():
        assert reached(small(kind), player) == networks


@pytest.mark.parametrize("kind", EVERY)
def test_the_discriminator_is_cut_off_from_the_others(kind: type[Hybrid]) -> None:
    model = small(kind)
    model.discriminator_loss(points())[0].backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) == name.startswith("discriminator"), name


def test_the_adversarial_autoencoder_pays_by_hand() -> None:
    model, x = small(AdversarialAutoencoder, stochastic=True), points()
    torch.manual_seed(3)
    mean, log_variance = model.encoder(x).split(2, dim=1)
    z = mean + torch.exp(log_variance / 2) * torch.randn(6, 2).double()
    parameters = model.decoder(z)
    scale = model.likelihood.log_scale.exp()
    by_hand = -Normal(parameters[:, 0], scale).log_prob(x).sum(1).mean()
    torch.manual_seed(3)
    torch.testing.assert_close(model.reconstruction_loss(x), by_hand, rtol=1e-5, atol=0)


def test_the_judge_of_codes_takes_the_priors_for_real() -> None:
    model, x = small(AdversarialAutoencoder), points()
    torch.manual_seed(3)
    real = model.discriminator(torch.randn(6, 2, dtype=torch.float64))
    fake = model.discriminator(model.encoder(x))
    torch.manual_seed(3)
    cost, said = model.discriminator_loss(x)
    by_hand = -log_sigmoid(real).mean() - log_sigmoid(-fake).mean()
    torch.testing.assert_close(cost, by_hand)
    torch.testing.assert_close(said["real"], torch.sigmoid(real).mean())
    torch.testing.assert_close(said["fake"], torch.sigmoid(fake).mean())
    cost, said = model.encoder_loss(x)
    torch.testing.assert_close(cost, -log_sigmoid(fake).mean())
    torch.testing.assert_close(said["fake"], torch.sigmoid(fake).mean())


def test_codes_of_data_come_to_look_like_the_prior() -> None:
    torch.manual_seed(0)
    x = 1 + 0.5 * torch.randn(512, 1)
    turns = {"discriminator": {"lr": 0.03}}
    model = AdversarialAutoencoder(
        1, event_shape=(1,), hidden=(), likelihood="gaussian", judge=(16,), lr=0.01,
        betas=(0.0, 0.9), turns=turns,
    )  # fmt: skip
    before = model.encode(x)
    fit(model, x, steps=300, batch_size=256)
    after = model.encode(x)
    assert before.mean() < -0.5
    assert before.std() < 0.2
    assert abs(after.mean()) < 0.4
    assert abs(after.std() - 1) < 0.3


def features_by_hand(model: VAEGAN, x: Tensor) -> Tensor:
    """Return what the last linear layer of the default discriminator is given."""
    flatten, layers = model.discriminator[0]
    return layers[:-1](flatten(x))


def test_the_vae_gan_pays_by_hand() -> None:
    model, x = small(VAEGAN, gamma=0.3), points()
    torch.manual_seed(3)
    mean, log_variance = model.encoder(x).split(2, dim=1)
    z = mean + torch.exp(log_variance / 2) * torch.randn(6, 2, dtype=torch.float64)
    code = torch.randn(6, 2, dtype=torch.float64)
    rebuilt, sample = model.decoder(z), model.decoder(code)
    distance = features_by_hand(model, x) - features_by_hand(model, rebuilt)
    distance = distance.square().sum(1).mean() / 2
    rate = kl_divergence(Normal(mean, torch.exp(log_variance / 2)), Normal(0.0, 1.0)).sum(1).mean()
    real, again, fake = (model.discriminator(each) for each in (x, rebuilt, sample))
    known = -(log_sigmoid(-again).mean() + log_sigmoid(-fake).mean()) / 2
    fooled = -(log_sigmoid(again).mean() + log_sigmoid(fake).mean()) / 2
    paid = {}
    for name in ("discriminator", "encoder", "decoder"):
        torch.manual_seed(3)
        paid[name], said = getattr(model, f"{name}_loss")(x)
        wanted = {"features": distance, "rate": rate, "real": torch.sigmoid(real).mean(),
                  "reconstructed": torch.sigmoid(again).mean(),
                  "fake": torch.sigmoid(fake).mean()}  # fmt: skip
        for what, value in said.items():
            torch.testing.assert_close(value, wanted[what])
    torch.testing.assert_close(paid["discriminator"], -log_sigmoid(real).mean() + known)
    torch.testing.assert_close(paid["encoder"], distance + rate)
    torch.testing.assert_close(paid["decoder"], 0.3 * distance + fooled)


def test_the_encoder_of_a_vae_gan_does_not_play_against_the_verdict() -> None:
    costs = {}
    for name in ("encoder", "decoder"):
        model, x = small(VAEGAN), points()
        for _ in range(2):
            torch.manual_seed(3)
            costs.setdefault(name, []).append(getattr(model, f"{name}_loss")(x)[0])
            with torch.no_grad():  # another verdict on the same features
                model.discriminator[0][-1][-1].bias += 1
    torch.testing.assert_close(*costs["encoder"], rtol=0, atol=0)
    assert abs(costs["decoder"][0] - costs["decoder"][1]) > 0.1


def test_a_layer_of_ones_own_gives_the_features() -> None:
    model, x = small(VAEGAN, layer="0.1.2"), points()
    flatten, layers = model.discriminator[0]
    torch.testing.assert_close(model.features(x)[0], layers[:2](flatten(x)))
    with pytest.raises(ValueError, match=r"layer='head', wanted a layer of Sequential"):
        small(VAEGAN, layer="head")


def test_the_networks_of_a_dcgan_fit_a_vae_gan() -> None:
    torch.manual_seed(0)
    model = VAEGAN(
        4, decoder=DCGANGenerator(4, 2), discriminator=DCGANDiscriminator(2), hidden=(5,)
    )
    x = load("mnist", "test")[:16].symmetric()
    assert model.features(model.sample(2))[0].shape == (2, 4 * 7 * 7)
    assert model.reconstruct(x[:1]).shape == (1, 1, 28, 28)
    seen = [value for name, value in model.decoder.named_buffers() if "tracked" in name]
    assert all(count == 0 for count in seen)  # batch norm counted neither
    assert model.decoder.training  # and both have put the mode back
    fit(model, x, steps=2, batch_size=8)


def test_data_and_fakes_weigh_the_same_to_the_judge_of_a_vae_gan() -> None:
    model = small(VAEGAN)
    nn.init.zeros_(model.discriminator[0][-1][-1].weight)
    nn.init.zeros_(model.discriminator[0][-1][-1].bias)
    cost, said = model.discriminator_loss(points())
    cost.backward()
    assert math.isclose(cost.item(), 2 * math.log(2))
    assert {round(value.item(), 6) for value in said.values()} == {0.5}
    assert model.discriminator[0][-1][-1].bias.grad.abs() < 1e-12


def test_the_bigan_pays_by_hand() -> None:
    model, x = small(BiGAN), points()
    torch.manual_seed(3)
    z = torch.randn(6, 2, dtype=torch.float64)
    real = model.discriminator(x, model.encoder(x))
    fake = model.discriminator(model.decoder(z), z)
    torch.manual_seed(3)
    cost, said = model.discriminator_loss(x)
    torch.testing.assert_close(cost, -log_sigmoid(real).mean() - log_sigmoid(-fake).mean())
    torch.testing.assert_close(said["real"], torch.sigmoid(real).mean())
    torch.testing.assert_close(said["fake"], torch.sigmoid(fake).mean())
    torch.manual_seed(3)
    cost, again = model.generator_loss(x)
    torch.testing.assert_close(cost, -log_sigmoid(-real).mean() - log_sigmoid(fake).mean())
    torch.testing.assert_close(again, said)


class Lookup(nn.Module):
    """A network from one-hot numbers, or pairs of them, to rows of a table."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table)

    def forward(self, *given: Tensor) -> Tensor:
        return self.table[tuple(each.argmax(1) for each in given)]


class Counted(BiGAN):
    """A BiGAN of three events and three codes, which draws each code as often as it should."""

    def sample_code(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        return one_hot([0, 0, 1, 1, 2, 2])


def one_hot(numbers: list[int]) -> Tensor:
    return torch.eye(3, dtype=torch.float64)[numbers]


def counted(encoder: list[int], decoder: list[int], scores: Tensor) -> Counted:
    networks = (Lookup(one_hot(encoder)), Lookup(one_hot(decoder)), Lookup(scores))
    names = ("encoder", "decoder", "discriminator")
    return Counted(3, event_shape=(3,), bounds=None, **dict(zip(names, networks, strict=True)))


def test_the_best_judge_of_pairs_pays_for_the_divergence_of_the_joints() -> None:
    x = one_hot([0, 0, 0, 1, 1, 2])
    encoder, decoder = [0, 1, 1], [0, 1, 0]
    p, q = torch.zeros(3, 3).double(), torch.zeros(3, 3).double()
    for number in x.argmax(1):
        p[number, encoder[number]] += 1 / 6
    for code in (0, 0, 1, 1, 2, 2):
        q[decoder[code], code] += 1 / 6
    middle = (p + q) / 2
    shannon = sum(torch.special.xlogy(r, r / middle.clamp_min(1e-300)).sum() / 2 for r in (p, q))
    best = (p.clamp_min(1e-30) / q.clamp_min(1e-30)).log()
    model = counted(encoder, decoder, best)
    cost, _ = model.discriminator_loss(x)
    assert 0.1 < shannon < math.log(2)
    assert math.isclose(cost.item(), 2 * math.log(2) - 2 * shannon, rel_tol=1e-9)
    cost.backward()  # no score could be better
    assert model.discriminator.table.grad.abs().max() < 1e-9


def test_where_the_encoder_inverts_the_generator_the_best_judge_cannot_tell() -> None:
    x = one_hot([0, 0, 1, 1, 2, 2])
    inverse = counted([1, 2, 0], [2, 0, 1], torch.zeros(3, 3).double())
    cost, _ = inverse.discriminator_loss(x)
    cost.backward()
    assert math.isclose(cost.item(), 2 * math.log(2))
    assert inverse.discriminator.table.grad.abs().max() < 1e-12
    assert torch.equal(inverse.reconstruct(x), x)
    other = counted([1, 2, 0], [0, 1, 2], torch.zeros(3, 3).double())
    other.discriminator_loss(x)[0].backward()
    assert other.discriminator.table.grad.abs().max() > 0.1


def test_a_stochastic_encoder_draws_and_stands_for_its_mean() -> None:
    for kind in (AdversarialAutoencoder, BiGAN):
        model, x = small(kind, stochastic=True), points(20_000)
        mean, log_variance = model.posterior(x)
        torch.testing.assert_close(model.encode(x), mean)
        noise = (model.draw_code(x) - mean) / torch.exp(log_variance / 2)
        assert abs(noise.mean()) < 0.03
        assert abs(noise.var() - 1) < 0.03


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("loss", [LeastSquares(), Hinge()], ids=repr)
def test_a_loss_of_gans_takes_the_place_of_the_cross_entropy(
    kind: type[Hybrid], loss: nn.Module
) -> None:
    model, x = small(kind, loss=loss), points()
    judged = {}
    keep = lambda real, fake: judged.update(real=real, fake=fake) or real.mean()  # noqa: E731
    torch.manual_seed(3)
    cost, _ = model.discriminator_loss(x)
    model.adversarial_loss = type(loss)()
    model.adversarial_loss.discriminator = keep
    torch.manual_seed(3)
    model.discriminator_loss(x)
    torch.testing.assert_close(cost, loss.discriminator(judged["real"], judged["fake"]))


def test_turns_are_told_apart() -> None:
    turns = {"discriminator": {"lr": 4e-4, "updates": 2}, "encoder": {"clip": 1.0}}
    model = small(VAEGAN, lr=2e-3, schedule="cosine", turns=turns)
    discriminator, encoder, decoder = model.players()
    assert (discriminator.lr, discriminator.updates, discriminator.schedule) == (4e-4, 2, "cosine")
    assert (encoder.lr, encoder.clip, decoder.clip) == (2e-3, 1.0, None)
    assert decoder.betas == (0.0, 0.99)


@pytest.mark.parametrize("kind", EVERY)
def test_a_card_builds_it(kind: type[Hybrid]) -> None:
    arguments = {"latent": 3, "event_shape": [2], "hidden": [4], "turns": {}}
    if kind is AdversarialAutoencoder:
        arguments["likelihood"] = "gaussian"
    model = zoo.build(f"genlib.hybrids:{kind.__name__}", arguments)
    assert model.sample(2).shape == (2, 2)


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latent": 0}, "latent=0, wanted a positive length"),
        ({"event_shape": ()}, r"event_shape=\(\), wanted one or more"),
        ({"event_shape": (3, 0)}, r"event_shape=\(3, 0\)"),
        ({"loss": Relativistic()}, "judges each sample by itself"),
        ({"loss": nn.MSELoss()}, "loss=MSELoss.., wanted a loss of genlib.gans"),
        ({"turns": {"critic": {}}}, "no player 'critic'"),
        ({"turns": {"discriminator": {"rl": 1}}}, "no 'rl'; did you mean 'lr'"),
        ({"hidden": (0,)}, "positive sizes"),
    ],
)
def test_what_cannot_be_built_is_named(kind: type[Hybrid], options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(kind, **options)


@pytest.mark.parametrize("kind", [VAEGAN, BiGAN])
def test_bounds_are_an_interval_and_hold(kind: type[Hybrid]) -> None:
    with pytest.raises(ValueError, match=r"bounds=\(1, 0\), wanted"):
        small(kind, bounds=(1, 0))
    model = small(kind, bounds=(2.0, 3.0))
    samples = model.sample(50)
    assert samples.min() >= 2
    assert samples.max() <= 3
    with pytest.raises(ValueError, match=r"\[2.0, 3.0\]; this ranges"):
        model.encode(points())


def test_other_errors_name_what_was_given() -> None:
    with pytest.raises(ValueError, match="gamma=-1, wanted a number from 0"):
        small(VAEGAN, gamma=-1)
    with pytest.raises(ValueError, match="likelihood='gausian'; did you mean 'gaussian'"):
        small(AdversarialAutoencoder, likelihood="gausian")
    with pytest.raises(ValueError, match=r"returns \(6, 3\) for 6 events; wanted \(6, 4\), mean"):
        small(VAEGAN, encoder=nn.Linear(3, 3)).encode(points())
    with pytest.raises(ValueError, match=r"the decoder returns \(4,\) for a code; Gaussian wants"):
        small(AdversarialAutoencoder, decoder=nn.Linear(2, 4)).sample(2)
    with pytest.raises(ValueError, match="a model of binary pixels wants floats"):
        AdversarialAutoencoder().encode(torch.full((1, 1, 28, 28), -1.0))
