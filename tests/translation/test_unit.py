"""UNIT: what is shared, what codes cost, and samples."""

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from genlib.translation import UNIT, SharedAutoencoders, unit
from tests.translation.stubs import Brightness, even

SMALL = {"event_shape": (3, 8, 8), "width": 4, "blocks": 2}
A, B = even(0.4, -0.2), even(0.6, 0.3)


class Factors(nn.Module):
    """Codes are pictures times a number of the domain; so are pictures of codes."""

    def __init__(self, into: tuple[float, float], out: tuple[float, float]) -> None:
        super().__init__()
        self.into, self.out = nn.Parameter(torch.tensor(into)), nn.Parameter(torch.tensor(out))

    def encode(self, x: Tensor, domain: int) -> Tensor:
        return self.into[domain] * x

    def decode(self, z: Tensor, domain: int) -> Tensor:
        return self.out[domain] * z


def by_hand(monkeypatch: pytest.MonkeyPatch, **options: object) -> UNIT:
    monkeypatch.setattr(unit, "drawn", lambda mean: mean)
    discriminators = [Brightness(1.0), Brightness(2.0)]
    model = UNIT(discriminators=discriminators, **(SMALL | options))
    model.generators = Factors((2.0, 0.5), (0.25, 3.0))
    return model


def test_costs_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = {"reconstruction": 2.0, "kl": 3.0, "cycle": 5.0, "cycle_kl": 7.0, "adversarial": 11.0}
    cost, terms = by_hand(monkeypatch, **weights).generator_loss((A, B))
    # A: code 2a, again .5a, fake 6a, its code 3a, back .75a
    # B: code .5b, again 1.5b, fake .125b, its code .25b, back .75b
    a, b, aa, bb = 0.3, 0.45, (0.16 + 0.04) / 2, (0.36 + 0.09) / 2
    fake_b, fake_a = (2.4, -1.2), (0.075, 0.0375)
    expected = {
        "adversarial": 0.5 * sum((2 * s - 1) ** 2 for s in fake_b) / 2
        + 0.5 * sum((s - 1) ** 2 for s in fake_a) / 2,
        "reconstruction": 0.5 * a + 0.5 * b,
        "kl": 0.5 * (4 * aa + 0.25 * bb),
        "cycle": 0.25 * a + 0.25 * b,
        "cycle_kl": 0.5 * (9 * aa + 0.0625 * bb),
    }
    assert {name: term.item() for name, term in terms.items()} == pytest.approx(expected)
    assert cost.item() == pytest.approx(sum(weights[name] * one for name, one in expected.items()))


def test_discriminator_costs_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, said = by_hand(monkeypatch).discriminator_loss((A, B))
    assert {name: one.item() for name, one in said.items()} == pytest.approx(
        {"photo_real": 0.1, "photo_fake": 0.05625, "map_real": 0.9, "map_fake": 1.2}
    )
    of_a = 0.5 * (0.6**2 + 1.2**2) / 2 + 0.5 * (0.075**2 + 0.0375**2) / 2
    of_b = 0.5 * (0.2**2 + 0.4**2) / 2 + 0.5 * (4.8**2 + 2.4**2) / 2
    assert cost.item() == pytest.approx(of_a + of_b)


def test_gradients_stay_with_the_player(monkeypatch: pytest.MonkeyPatch) -> None:
    model = by_hand(monkeypatch)
    model.discriminator_loss((A, B))[0].backward()
    assert all(p.grad is None for p in model.generators.parameters())
    assert all(p.grad is not None for p in model.discriminators.parameters())


def test_a_code_costs_its_divergence_from_the_standard_normal() -> None:
    mean = torch.randn(5, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    expected = kl_divergence(Normal(mean, 1.0), Normal(0.0, 1.0)).mean()
    assert unit.code_rate(mean).item() == pytest.approx(expected.item())


def test_codes_are_drawn_about_their_mean_with_variance_one() -> None:
    torch.manual_seed(0)
    noise = unit.drawn(torch.full((20_000,), 3.0))
    assert noise.mean().item() == pytest.approx(3, abs=0.03)
    assert noise.var().item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("shared", [0, 1, 2])
def test_inner_blocks_are_the_same_weights(shared: int) -> None:
    net = SharedAutoencoders(3, 4, 2, 1, shared)
    block = sum(p.numel() for p in net.encoders[0][0][-1].parameters()) if shared < 2 else None
    own = [{id(p) for p in part.parameters()} for part in net.encoders]
    both = own[0] & own[1]
    assert len(both) == 8 * shared  # a block has two convolutions and two norms
    decoders = [{id(p) for p in part.parameters()} for part in net.decoders]
    assert len(decoders[0] & decoders[1]) == 8 * shared
    if block is not None:
        whole = sum(p.numel() for p in SharedAutoencoders(3, 4, 2, 1, 0).parameters())
        assert sum(p.numel() for p in net.parameters()) == whole - 2 * shared * block


def test_what_one_domain_learns_in_shared_blocks_moves_the_other() -> None:
    torch.manual_seed(0)
    x = torch.rand(2, 3, 8, 8) - 0.5
    for shared, moves in ((1, True), (0, False)):
        net = SharedAutoencoders(3, 4, 2, 1, shared)
        before = net.encode(x, 1)
        net.encode(x, 0).square().mean().backward()
        with torch.no_grad():
            for parameter in net.parameters():
                if parameter.grad is not None:
                    parameter -= parameter.grad + 0.1
        assert torch.equal(net.encode(x, 1), before) != moves


def test_the_shared_block_is_the_last_of_the_encoder_and_the_first_of_the_decoder() -> None:
    net = SharedAutoencoders(3, 4, 2, 1, 1)
    assert net.encoders[0][1] is net.encoders[1][1]
    assert net.decoders[0][0] is net.decoders[1][0]
    assert net.encoders[0][0] is not net.encoders[1][0]


def test_a_translation_is_the_other_decoder_at_the_code() -> None:
    torch.manual_seed(0)
    model = UNIT(**SMALL)
    x = torch.rand(3, 3, 8, 8) - 0.5
    z = model.encode(x, of="photo")
    assert z.shape == (3, *model.code_shape) == (3, 8, 4, 4)
    assert torch.allclose(model.translate(x, to="map"), model.decode(z, to="map"))
    assert not torch.allclose(model.decode(z, to="map"), model.decode(z, to="photo"))


def test_a_round_trip_goes_by_the_code_of_the_translation() -> None:
    torch.manual_seed(0)
    model = UNIT(**SMALL)
    x = torch.rand(3, 3, 8, 8) - 0.5
    there = model.decode(model.encode(x, of="photo"), to="map")
    back = model.decode(model.encode(there, of="map"), to="photo")
    assert torch.allclose(model.round_trip(x, of="photo"), back)
    assert not torch.allclose(model.round_trip(x, of="map"), back)
    with pytest.raises(ValueError, match="no domain 'sea'"):
        model.round_trip(x, of="sea")


def test_samples_have_the_domain_of_their_label() -> None:
    torch.manual_seed(0)
    model = UNIT(**SMALL)

    def draw(n: int, label: object) -> Tensor:
        return model.sample(n, label=label, generator=torch.Generator().manual_seed(1))

    photos, maps = draw(4, 0), draw(4, 1)
    assert photos.shape == (4, 3, 8, 8)
    z = torch.randn(4, *model.code_shape, generator=torch.Generator().manual_seed(1))
    assert torch.equal(photos, model.decode(z, to="photo"))
    mixed = draw(4, [0, 1, 1, 0])
    assert torch.equal(mixed[[0, 3]], photos[[0, 3]])
    assert torch.equal(mixed[[1, 2]], maps[[1, 2]])
    with pytest.raises(ValueError, match="labels from 0 to 1"):
        model.sample(2, label=2)
    with pytest.raises(ValueError, match="0 samples asked for"):
        model.sample(0)


@pytest.mark.parametrize("off", ["reconstruction", "kl", "cycle", "cycle_kl", "adversarial"])
def test_a_weight_of_nought_takes_the_term_away(off: str) -> None:
    terms = UNIT(**(SMALL | {off: 0.0})).generator_loss((A, B))[1]
    names = {"reconstruction", "kl", "cycle", "cycle_kl", "adversarial"}
    assert set(terms) == names - {off}


def test_what_makes_no_model_or_no_code_is_named() -> None:
    with pytest.raises(ValueError, match="shared=3, halvings=1: wanted 0 to 2"):
        UNIT(shared=3, **SMALL)
    with pytest.raises(ValueError, match=r"codes of shape \(2, 3\), wanted"):
        UNIT(**SMALL).decode(torch.zeros(2, 3), to="map")
    with pytest.raises(ValueError, match="no domain 'mpa'; did you mean 'map'"):
        UNIT(**SMALL).encode(even(0.1), of="mpa")
    with pytest.raises(ValueError, match="kl=-1"):
        UNIT(kl=-1)


@pytest.mark.parametrize(
    "dtypes", [(torch.float64, torch.float64), (torch.bfloat16, torch.float32)]
)
def test_the_rate_of_a_code_is_in_its_precision_but_float32_at_least(dtypes: tuple) -> None:
    rate = unit.code_rate(torch.full((2, 3), 2.0, dtype=dtypes[0]))
    assert rate.dtype == dtypes[1]
    assert rate == 2
