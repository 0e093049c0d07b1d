"""CycleGAN: costs by hand, the pools, and what the cycle does not see."""

import pytest
import torch

from genlib import fit
from genlib.translation import CycleGAN
from tests.translation.stubs import Affine, Brightness, even

SMALL = {"event_shape": (3, 8, 8), "width": 4, "blocks": 1}
A, B = even(0.4, -0.2), even(0.6, 0.3)


def by_hand(to_a: Affine, to_b: Affine, **options: object) -> CycleGAN:
    networks = {"generators": [to_a, to_b], "discriminators": [Brightness(1.0), Brightness(2.0)]}
    return CycleGAN(**(SMALL | networks | options))


def test_generator_costs_by_hand() -> None:
    model = by_hand(Affine(0.5), Affine(1.5), cycle=4.0, identity=3.0, adversarial=2.0)
    cost, terms = model.generator_loss((A, B))
    # fakes: to A .3, .15; to B .6, -.3; D of A scores them once, D of B twice
    adversarial = 0.5 * (0.7**2 + 0.85**2) / 2 + 0.5 * (0.2**2 + 1.6**2) / 2
    # there and back is a factor of .75
    cycle = 0.25 * (0.4 + 0.2) / 2 + 0.25 * (0.6 + 0.3) / 2
    identity = 0.5 * (0.4 + 0.2) / 2 + 0.5 * (0.6 + 0.3) / 2
    found = {name: term.item() for name, term in terms.items()}
    expected = {"adversarial": adversarial, "cycle": cycle, "identity": identity}
    assert found == pytest.approx(expected)
    assert cost.item() == pytest.approx(2 * adversarial + 4 * cycle + 3 * identity)


def test_discriminator_costs_by_hand() -> None:
    cost, said = by_hand(Affine(0.5), Affine(1.5)).discriminator_loss((A, B))
    of_a = 0.5 * (0.6**2 + 1.2**2) / 2 + 0.5 * (0.3**2 + 0.15**2) / 2
    of_b = 0.5 * (0.2**2 + 0.4**2) / 2 + 0.5 * (1.2**2 + 0.6**2) / 2
    assert cost.item() == pytest.approx(of_a + of_b)
    assert {name: one.item() for name, one in said.items()} == pytest.approx(
        {"photo_real": 0.1, "photo_fake": 0.225, "map_real": 0.9, "map_fake": 0.3}
    )


def test_each_way_is_the_generator_of_its_target() -> None:
    model = by_hand(Affine(1.0, -0.1), Affine(1.0, 0.3))
    assert model.translate(even(0.2), to="map").mean().item() == pytest.approx(0.5)
    assert model.translate(even(0.2), to="photo").mean().item() == pytest.approx(0.1)
    assert model.round_trip(even(0.2), of="photo").mean().item() == pytest.approx(0.4)


def test_the_cycle_sees_no_shift_and_no_permutation_that_is_undone() -> None:
    class Rolled(Affine):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.roll(int(self.b), -1).flip(1) * self.a

    model = by_hand(Rolled(1.0, 1.0), Rolled(1.0, -1.0), identity=1.0)
    x = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)) - 0.5
    terms = model.generator_loss((x, x))[1]
    assert terms["cycle"] == 0
    assert terms["identity"] > 0.1


def test_discriminators_see_fakes_of_the_pools() -> None:
    torch.manual_seed(0)
    model = by_hand(Affine(0.0, 0.1), Affine(0.0, 0.2), pool=2)
    model.discriminator_loss((A, B))
    assert model.pools[0].images.mean().item() == pytest.approx(0.1)
    assert model.pools[1].images.mean().item() == pytest.approx(0.2)
    model.generators[0].b.data.fill_(0.9)
    fakes = {round(model.discriminator_loss((A, B))[1]["photo_fake"].item(), 4) for _ in range(30)}
    assert min(fakes) < 0.6 < 0.8 < max(fakes)  # means of two, each .1 or .9, and later .9
    keys = model.state_dict().keys()
    assert {"pools.0.images", "pools.0.count", "pools.1.images"} <= keys


def test_without_a_pool_they_see_todays_fakes() -> None:
    model = by_hand(Affine(0.0, 0.1), Affine(0.0, 0.2), pool=0)
    model.discriminator_loss((A, B))
    model.generators[0].b.data.fill_(0.9)
    said = model.discriminator_loss((A, B))[1]
    assert said["photo_fake"].item() == pytest.approx(0.9)


@pytest.mark.parametrize("off", ["cycle", "identity", "adversarial"])
def test_a_weight_of_nought_takes_the_term_away(off: str) -> None:
    model = by_hand(Affine(0.5), Affine(1.5), **{off: 0.0})
    assert set(model.generator_loss((A, B))[1]) == {"cycle", "identity", "adversarial"} - {off}
    names = [player.name for player in model.players()]
    assert names == (["generator"] if off == "adversarial" else ["discriminator", "generator"])


@pytest.mark.parametrize("pool", [0, 10])
def test_gradients_stay_with_the_player(pool: int) -> None:
    model = by_hand(Affine(0.5), Affine(1.5), pool=pool)
    model.discriminator_loss((A, B))[0].backward()
    assert all(p.grad is None for p in model.generators.parameters())
    assert all(p.grad is not None for p in model.discriminators.parameters())


def test_it_learns_to_undo_itself() -> None:
    x = torch.rand(64, 3, 8, 8, generator=torch.Generator().manual_seed(0)) - 0.5
    sizes = SMALL | {"width": 8, "halvings": 0, "norm": "none"}
    model = CycleGAN(adversarial=0.0, identity=0.0, lr=5e-3, **sizes)
    history = fit(model, (x, -x), steps=60, batch_size=16, device="cpu", progress=False)
    assert history["cycle"][-1] < 0.7 * history["cycle"][0]


def test_what_makes_no_model_is_named() -> None:
    with pytest.raises(ValueError, match=r"identity=5.0, but pictures of \[1, 3\] channels"):
        CycleGAN(event_shape=(1, 8, 8), target_shape=(3, 8, 8))
    CycleGAN(event_shape=(1, 8, 8), target_shape=(3, 8, 8), identity=0.0)
    with pytest.raises(ValueError, match="cycle=-1"):
        CycleGAN(cycle=-1)
    with pytest.raises(ValueError, match="1 networks, wanted 2: one for each domain"):
        CycleGAN(generators=[Affine(1.0)], **SMALL)
    with pytest.raises(ValueError, match="no domain 'sea'"):
        CycleGAN(**SMALL).round_trip(even(0.1), of="sea")
    with pytest.raises(ValueError, match="CycleGAN draws nothing by itself"):
        CycleGAN(**SMALL).sample(1)
