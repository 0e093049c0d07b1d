"""pix2pix: costs by hand, what D sees, what is learned from pairs."""

import pytest
import torch

from genlib import fit
from genlib.data import scenes
from genlib.gans import LeastSquares, Relativistic
from genlib.translation import Pix2Pix
from tests.translation.stubs import Affine, Brightness, even

SMALL = {"event_shape": (3, 8, 8), "width": 4, "depth": 2}


def by_hand(**options: object) -> Pix2Pix:
    networks = {"generator": Affine(0.5), "discriminator": Brightness(2.0)}
    return Pix2Pix(loss=LeastSquares(), **(SMALL | networks | options))


def test_costs_by_hand() -> None:
    x, y = even(0.4, -0.2), even(0.6, 0.2)
    cost, terms = by_hand(l1=10.0).generator_loss((x, y))
    # G(x) is 0.2, -0.1; D sees the mean of x and G(x), times two: 0.6, -0.3
    adversarial = 0.5 * ((0.6 - 1) ** 2 + (-0.3 - 1) ** 2) / 2
    l1 = (0.4 + 0.3) / 2
    assert terms["adversarial"].item() == pytest.approx(adversarial)
    assert terms["l1"].item() == pytest.approx(l1)
    assert cost.item() == pytest.approx(adversarial + 10 * l1)
    cost, said = by_hand().discriminator_loss((x, y))
    # true pairs score 1.0, 0.0
    assert cost.item() == pytest.approx(0.5 * (0 + 1) / 2 + 0.5 * (0.6**2 + 0.3**2) / 2)
    assert said["real"].item() == pytest.approx(0.5)
    assert said["fake"].item() == pytest.approx(0.15)


def test_without_a_condition_the_discriminator_sees_the_partner_alone() -> None:
    model = by_hand(conditional=False)
    said = model.discriminator_loss((even(0.4), even(0.6)))[1]
    assert said["real"].item() == pytest.approx(1.2)
    assert said["fake"].item() == pytest.approx(0.4)


def test_a_weight_of_nought_takes_the_term_away() -> None:
    batch = even(0.4), even(0.6)
    cost, terms = by_hand(l1=3.0, adversarial=0.0).generator_loss(batch)
    assert set(terms) == {"l1"}
    assert cost.item() == pytest.approx(3 * 0.4)
    assert set(by_hand(l1=0.0).generator_loss(batch)[1]) == {"adversarial"}
    with pytest.raises(ValueError, match="no weight is above 0"):
        by_hand(l1=0.0, adversarial=0.0).generator_loss(batch)


def test_the_discriminator_plays_only_where_it_has_a_say() -> None:
    assert [p.name for p in by_hand().players()] == ["discriminator", "generator"]
    assert [p.name for p in by_hand(adversarial=0.0).players()] == ["generator"]
    assert by_hand(discriminator_turn={"lr": 0.1}).players()[0].lr == 0.1


def test_gradients_reach_each_player_through_its_own_cost() -> None:
    model, batch = by_hand(), (even(0.4), even(0.6))
    model.discriminator_loss(batch)[0].backward()
    assert model.generators.a.grad is None
    assert model.discriminators.a.grad is not None
    model.generator_loss(batch)[0].backward()
    assert model.generators.a.grad is not None


def test_a_relativistic_loss_compares_with_the_true_pair() -> None:
    model = Pix2Pix(loss=Relativistic(), l1=0.0, **SMALL, generator=Affine(0.5),
                    discriminator=Brightness(2.0))  # fmt: skip
    cost = model.generator_loss((even(0.4), even(0.6)))[0]  # scores .6 and 1.0
    assert cost.item() == pytest.approx(torch.nn.functional.softplus(torch.tensor(0.4)).item())


def test_it_learns_from_pairs() -> None:
    towns = scenes.aerial(256, 16)
    pairs = towns.pairs("photo", "map").symmetric()
    model = Pix2Pix(l1=1.0, adversarial=0.0, event_shape=(3, 16, 16), width=16, depth=2, lr=2e-3)
    history = fit(model, pairs, steps=80, batch_size=32, device="cpu", progress=False)
    assert history["loss"][-1] < 0.6 * history["loss"][0]
    held_out = scenes.aerial(64, 16, "test").pairs("photo", "map").symmetric()
    found = model.translate(held_out[0], to="map")
    mean = (held_out[1] - pairs[1].mean((0, 2, 3), keepdim=True)).abs().mean()
    assert (found - held_out[1]).abs().mean() < 0.7 * mean


def test_from_one_channel_to_three() -> None:
    model = Pix2Pix(("grey", "colour"), event_shape=(1, 8, 8), target_shape=(3, 8, 8), width=4,
                    depth=2)  # fmt: skip
    x = torch.zeros(2, 1, 8, 8)
    assert model.translate(x, to="colour").shape == (2, 3, 8, 8)
    model.check((x, torch.zeros(2, 3, 8, 8)))
    with pytest.raises(ValueError, match=r"of 'colour'.* wants floats of shape \(B, 3, 8, 8\)"):
        model.check((x, x))


def test_there_is_one_way_and_no_sample() -> None:
    model = Pix2Pix(**SMALL)
    with pytest.raises(ValueError, match="translates photo to map, and nothing to photo"):
        model.translate(torch.zeros(1, 3, 8, 8), to="photo")
    with pytest.raises(ValueError, match="no domain 'mapp'; did you mean 'map'"):
        model.translate(torch.zeros(1, 3, 8, 8), to="mapp")
    with pytest.raises(ValueError, match=r"of 'photo'.*this ranges over \[0, 2\]"):
        model.translate(torch.tensor([0.0, 2.0]).view(2, 1, 1, 1).expand(2, 3, 8, 8), to="map")
    with pytest.raises(ValueError, match="Pix2Pix draws nothing by itself"):
        model.sample(3)


def test_translate_leaves_the_model_as_it_was() -> None:
    model = Pix2Pix(**SMALL).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    many = torch.rand(300, 3, 8, 8) - 0.5
    found = model.translate(many, to="map")
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.allclose(found[280:], model.translate(many[280:], to="map"), atol=1e-6)
    assert not found.requires_grad


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"domains": ("a", "a")}, "wanted 2 different names"),
        ({"domains": ("a", "b", "c")}, "wanted 2 different names"),
        ({"l1": -1.0}, "l1=-1.0, wanted a finite weight from 0"),
        ({"adversarial": float("nan")}, "adversarial=nan"),
        ({"event_shape": (3, 10, 8)}, "wanted sides divisible by 4"),
        ({"target_shape": (3, 4, 4)}, "wanted one size"),
        ({"event_shape": (8, 8)}, "wanted that of an image"),
        ({"generator_turn": {"lrr": 1}}, "no setting 'lrr'"),
    ],
)
def test_what_makes_no_model_is_named(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Pix2Pix(**(SMALL | wrong))


def test_a_batch_is_a_pair() -> None:
    with pytest.raises(ValueError, match=r"trained on pictures of all of \(photo, map\)"):
        Pix2Pix(**SMALL).check(torch.zeros(2, 3, 8, 8))
