"""The two-player game: whose gradients flow where, what it makes, what it refuses."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.utils import parameters_to_vector

from genlib import fit
from genlib.gans import (
    GAN,
    R1,
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)


def small(**arguments) -> GAN:
    torch.manual_seed(0)
    return GAN(
        **({"latent": 2, "event_shape": (2,), "bounds": None, "hidden": (16, 16)} | arguments)
    )


def gradients(module: nn.Module) -> list:
    return [p.grad for p in module.parameters()]


def test_builds_with_no_arguments_and_samples_digits():
    samples = GAN().sample(3)
    assert samples.shape == (3, 1, 28, 28)
    assert samples.abs().max() <= 1


@pytest.mark.parametrize("shape", [(1,), (2,), (3, 8, 8)])
def test_any_event_shape(shape):
    model = small(event_shape=shape)
    assert model.sample(5).shape == (5, *shape)
    assert model.discriminator(model.sample(5)).shape == (5,)


def test_bounds_hold_for_the_default_generator():
    model = small(bounds=(2.0, 3.0))
    with torch.no_grad():
        model.generator[0][-1].bias += torch.tensor([50.0, -50.0])
    samples = model.sample(100)
    assert samples.min() == 2
    assert samples.max() == 3


def test_players_in_the_order_of_their_turns():
    model = small()
    discriminator, generator = model.players()
    assert (discriminator.name, generator.name) == ("discriminator", "generator")
    assert {id(p) for p in discriminator.parameters()} == {
        id(p) for p in model.discriminator.parameters()
    }
    assert {id(p) for p in generator.parameters()} == {id(p) for p in model.generator.parameters()}


def test_turns_are_arguments():
    sgd = partial(torch.optim.SGD, lr=0.1)
    model = small(
        lr=1e-3,
        discriminator_turn={"lr": 4e-3, "updates": 5},
        generator_turn={"optimizer": sgd, "betas": (0.0, 0.9)},
    )
    discriminator, generator = model.players()
    assert (discriminator.lr, discriminator.updates, discriminator.betas) == (4e-3, 5, (0.0, 0.99))
    assert (generator.lr, generator.optimizer, generator.betas) == (1e-3, sgd, (0.0, 0.9))


def test_step_size_and_schedule_are_the_models_unless_a_turn_says_otherwise():
    model = small(lr=2e-3, schedule="cosine", generator_turn={"lr": 5e-3, "schedule": None})
    discriminator, generator = model.players()
    assert (model.lr, model.schedule) == (2e-3, "cosine")
    assert (discriminator.lr, discriminator.schedule) == (2e-3, "cosine")
    assert (generator.lr, generator.schedule) == (5e-3, None)


@pytest.mark.parametrize(("loss", "passes"), [(Hinge(), 1), (Relativistic(), 2)], ids=repr)
def test_data_pass_the_discriminator_only_where_the_loss_looks_at_them(loss, passes):
    model, lengths = small(loss=loss), []
    model.discriminator.register_forward_hook(lambda _, given, __: lengths.append(len(given[0])))
    model.discriminator_loss(torch.randn(8, 2))
    assert lengths == [8, 8]  # one after the other, as in the other turn
    lengths.clear()
    model.generator_loss(torch.randn(8, 2))
    assert lengths == [8] * passes


def test_a_relativistic_game_compares_with_the_data():
    model, x = small(loss=Relativistic()), torch.randn(8, 2)
    torch.manual_seed(2)
    lead = model.discriminator(x) - model.discriminator(model.generator(torch.randn(8, 2)))
    for turn, sign in ((model.discriminator_loss, 1), (model.generator_loss, -1)):
        torch.manual_seed(2)
        torch.testing.assert_close(turn(x)[0], -torch.sigmoid(sign * lead).log().mean())


def test_an_empty_network_of_ones_own_is_not_replaced():
    empty = nn.Sequential()  # which has length 0
    assert small(generator=empty).generator is empty


def test_no_gradient_reaches_the_generator_in_the_discriminators_turn():
    model = small()
    model.discriminator_loss(torch.randn(8, 2))[0].backward()
    assert all(g is None for g in gradients(model.generator))
    assert all(g is not None for g in gradients(model.discriminator))


def test_the_generator_learns_through_the_discriminator_and_sees_no_data():
    model = small()
    torch.manual_seed(1)
    model.generator_loss(torch.randn(8, 2))[0].backward()
    first = [g.clone() for g in gradients(model.generator)]
    assert all(g.abs().sum() > 0 for g in first)
    model.generator.zero_grad()
    torch.manual_seed(1)
    torch.randn(8, 2)
    model.generator_loss(torch.full((8, 2), 9.0))[0].backward()
    torch.testing.assert_close(gradients(model.generator), first)


def test_a_round_moves_both_players_and_each_only_in_its_turn():
    model = small(generator_turn={"optimizer": partial(torch.optim.SGD, lr=0.0)})
    before = {name: p.clone() for name, p in model.named_parameters()}
    fit(model, torch.randn(64, 2), steps=1, batch_size=8, device="cpu", progress=False)
    moved = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    assert moved == {name for name in before if name.startswith("discriminator")}


def test_costs_are_those_of_the_loss():
    model, x = small(loss=Minimax()), torch.randn(8, 2)
    torch.manual_seed(2)
    cost, said = model.discriminator_loss(x)
    torch.manual_seed(2)
    fake = model.generator(torch.randn(8, 2))
    real_probability = torch.sigmoid(model.discriminator(x))
    fake_probability = torch.sigmoid(model.discriminator(fake))
    by_hand = -real_probability.log().mean() - (1 - fake_probability).log().mean()
    torch.testing.assert_close(cost, by_hand)
    torch.testing.assert_close(said["real"], real_probability.mean())
    torch.testing.assert_close(said["fake"], fake_probability.mean())


def test_history_has_every_players_columns():
    history = fit(small(), torch.randn(64, 2), steps=3, device="cpu", progress=False)
    for name in ("loss", "real", "fake"):
        assert len(history[f"discriminator/{name}"]) == 3
    assert 0 < history["generator/fake"][0] < 1


def test_both_players_gradients_are_measured():
    turn = {"optimizer": partial(torch.optim.SGD, lr=1.0)}
    model = small(discriminator_turn=turn, generator_turn=turn)
    networks = {"discriminator": model.discriminator, "generator": model.generator}
    before = {
        name: parameters_to_vector(net.parameters()).detach() for name, net in networks.items()
    }
    history = fit(model, torch.randn(64, 2), steps=1, device="cpu", progress=False)
    for name, net in networks.items():
        moved = parameters_to_vector(net.parameters()) - before[name]
        assert history[f"{name}/gradient_norm"] == pytest.approx([moved.norm().item()], rel=1e-3)


@pytest.mark.parametrize(
    "loss",
    [Minimax(), NonSaturating(), LeastSquares(), Hinge(), Wasserstein(), Relativistic()],
    ids=repr,
)
def test_every_loss_plays(loss):
    history = fit(small(loss=loss), torch.randn(64, 2), steps=2, device="cpu", progress=False)
    assert len(history["generator/loss"]) == 2


def test_it_learns_where_the_data_are():
    # a bimodal line: the samples' quartiles must come near -2 and 2, which no single mode does
    torch.manual_seed(0)
    data = torch.randint(0, 2, (4000, 1)) * 4.0 - 2 + 0.3 * torch.randn(4000, 1)
    model = small(event_shape=(1,), hidden=(32, 32), lr=1e-3)
    fit(model, data, steps=1500, device="cpu", progress=False)
    samples = model.sample(2000, generator=torch.Generator().manual_seed(0))
    low, high = samples.quantile(0.25).item(), samples.quantile(0.75).item()
    assert low == pytest.approx(-2, abs=0.5)
    assert high == pytest.approx(2, abs=0.5)


def test_labels_are_ignored():
    model = small()
    fit(model, (torch.randn(32, 2), torch.zeros(32)), steps=1, device="cpu", progress=False)


def test_sampling_is_reproducible_and_changes_nothing():
    generator = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    model = small(generator=generator)
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first = model.sample(6, generator=torch.Generator().manual_seed(3))
    again = model.sample(6, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert model.generator.training
    assert not first.requires_grad
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_own_networks():
    class Line(nn.Module):
        def __init__(self):
            super().__init__()
            self.slope = nn.Parameter(torch.ones(1))

        def forward(self, z):
            return self.slope * z

    model = small(generator=Line(), discriminator=nn.Linear(1, 1), latent=1, event_shape=(1,))
    fit(model, torch.randn(64, 1), steps=2, device="cpu", progress=False)
    assert model.sample(4).shape == (4, 1)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"latent": 0}, "latent=0"),
        ({"event_shape": ()}, r"event_shape=\(\)"),
        ({"event_shape": (1, 0)}, r"event_shape=\(1, 0\)"),
        ({"bounds": (1.0, -1.0)}, r"bounds=\(1.0, -1.0\)"),
        ({"bounds": (0.0, float("inf"))}, r"bounds=\(0.0, inf\), wanted .* finite"),
        ({"bounds": (float("nan"), 1.0)}, r"bounds=\(nan, 1.0\)"),
        ({"bounds": (False, True)}, r"bounds=\(False, True\)"),
        ({"bounds": (1.0,)}, r"bounds=\(1.0,\)"),
        ({"bounds": 1.0}, "bounds=1.0"),
        ({"latent": 2.5}, "latent=2.5"),
        ({"event_shape": (2.0,)}, r"event_shape=\(2.0,\)"),
        ({"generator_turn": {"rate": 0.1}}, "generator_turn: no setting 'rate'"),
        ({"discriminator_turn": {"update": 5}}, "did you mean 'updates'"),
        ({"discriminator_turn": {"loss": abs}}, "discriminator_turn: no setting 'loss'"),
        ({"hidden": (0,)}, "widths"),
    ],
)
def test_impossible_sizes_are_refused(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        small(**arguments)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (torch.rand(4, 1, 28, 28) + 1, r"\[-1.0, 1.0\]"),
        (torch.zeros(4, 28, 28), r"shape \(4, 28, 28\)"),
        (torch.zeros(4, 1, 28, 28, dtype=torch.uint8), "uint8"),
    ],
)
def test_wrong_events_are_refused(data, complaint):
    with pytest.raises(ValueError, match=complaint):
        fit(GAN(), data, steps=1, device="cpu", progress=False)


@pytest.mark.parametrize("n", [0, -1])
def test_fewer_than_one_sample_is_refused(n):
    with pytest.raises(ValueError, match=f"{n} samples asked for, wanted at least 1"):
        small().sample(n)


def test_double_precision():
    model = small().double()
    history = fit(model, torch.randn(16, 2).double(), steps=2, device="cpu", progress=False)
    assert len(history["generator/loss"]) == 2
    assert model.sample(3).dtype == torch.float64


def test_costs_in_bfloat16_have_more_digits_than_bfloat16():
    model = small()
    with torch.autocast("cpu", torch.bfloat16):
        cost, said = model.discriminator_loss(torch.randn(7, 2))
    assert cost.dtype == said["real"].dtype == torch.float32


def test_a_resumed_game_is_the_uninterrupted_game(tmp_path):
    def game() -> GAN:
        torch.manual_seed(0)
        return small(
            discriminator=nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)),
            generator=nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)),
            discriminator_turn={"updates": 2, "clip": 1.0, "schedule": lambda i, n: 1 / (1 + i)},
            generator_turn={"optimizer": partial(torch.optim.SGD, lr=0.1, momentum=0.9)},
        )

    def evaluate(model: GAN) -> dict:
        return {"mean": model.sample(5).mean()}

    def play(folder: str, *stops: int) -> tuple:
        options = {"evaluate": evaluate, "every": 5, "checkpoint": tmp_path / folder}
        for stop in stops:
            model, data = game(), torch.arange(100.0).view(50, 2) / 50
            options |= {"steps": stop, "batch_size": 16, "device": "cpu", "progress": False}
            history = fit(model, data, ema=0.9, **options)
        return model.state_dict(), history.ema.state_dict(), history.state()["columns"]

    torch.testing.assert_close(play("parts", 5, 15, 20), play("whole", 20), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [
        ({"loss": Minimax()}, {"loss": Hinge()}, "Minimax, here it is Hinge"),
        ({"penalties": [R1(1)]}, {"penalties": [R1(2)]}, "penalties.0.gamma was 1, here it is 2"),
        ({"schedule": "cosine"}, {}, "schedule"),
    ],
)
def test_a_game_of_other_rules_does_not_go_on_from_a_checkpoint(
    tmp_path, first, second, difference
):
    options = {"batch_size": 8, "device": "cpu", "progress": False, "checkpoint": tmp_path}
    fit(small(**first), torch.randn(8, 2), steps=1, **options)
    with pytest.raises(ValueError, match=difference):
        fit(small(**second), torch.randn(8, 2), steps=2, **options)


def test_no_penalty_takes_the_column_of_the_gradient() -> None:
    class Odd(R1):
        name = "gradient_norm"

    with pytest.raises(ValueError, match="wanted different names, none of"):
        GAN(penalties=[Odd(1)])
