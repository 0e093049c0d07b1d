"""Style-based games: styles, mixing, truncation, noise, paths and moves."""

import functools

import pytest
import torch
from torch import Tensor

from genlib import fit
from genlib.gans import (
    AliasFreeGenerator,
    DemodulatedGenerator,
    PathLength,
    StyleGAN,
    StyleGAN2,
    StyleGAN3,
    path_lengths,
)
from genlib.metrics import equivariance
from genlib.nn import inputs_of, translate

fit = functools.partial(fit, batch_size=8, device="cpu", progress=False)
SMALL = {"width": 4, "latent": 5, "most": 8, "style": 6, "depth": 2, "event_shape": (1, 16, 16)}
IMAGES = torch.rand(16, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
KINDS = [StyleGAN, StyleGAN2, StyleGAN3]


def small(kind: type = StyleGAN2, **options: object) -> StyleGAN:
    torch.manual_seed(0)
    return kind(**(SMALL | options))


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", KINDS)
def test_it_plays_and_draws(kind: type) -> None:
    model = small(kind)
    fit(model, IMAGES, steps=2)
    images = model.sample(3, generator=seeded())
    assert images.shape == (3, 1, 16, 16)
    assert torch.equal(images, model.sample(3, generator=seeded()))
    assert images.abs().max() <= 1
    styles = model.styles(model.codes(3, seeded()))
    assert styles.shape == (3, len(model.generator.layers), 6)
    without = model.sample(3, generator=seeded(), noise=0)
    torch.testing.assert_close(model.images(styles, noise=0), without)


@pytest.mark.parametrize("kind", KINDS)
def test_styles_of_a_code_are_the_same_in_all_layers_and_mixing_takes_some(kind: type) -> None:
    model = small(kind)
    first, second = model.codes(3), model.codes(3)
    layers = len(model.generator.layers)
    mixed = functools.partial(model.mix, first, second, noise=0)
    images = [model.images(model.styles(z), noise=0) for z in (first, second)]
    torch.testing.assert_close(mixed([]), images[0])
    torch.testing.assert_close(mixed(range(layers)), images[1])
    by_hand = torch.cat([model.styles(first)[:, :2], model.styles(second)[:, 2:]], dim=1)
    torch.testing.assert_close(mixed(range(2, layers)), model.images(by_hand, noise=0))
    assert not torch.allclose(mixed([0]), images[0])
    assert not torch.allclose(mixed([layers - 1]), images[0])


def test_training_mixes_the_styles_of_two_codes_at_one_place() -> None:
    model = small(mixing=0.75)
    torch.manual_seed(1)
    styles = model.mixed_styles(4000)
    layers = styles.shape[1]
    changes = (styles[:, 1:] != styles[:, :-1]).any(dim=2)  # where the code changes
    assert (changes.sum(dim=1) <= 1).all()
    share = changes.any(dim=1).float().mean().item()
    assert share == pytest.approx(0.75, abs=0.03)
    places = changes.float().mean(dim=0) / share
    torch.testing.assert_close(
        places, torch.full((layers - 1,), 1 / (layers - 1)), rtol=0.2, atol=0
    )
    single = small(mixing=0.0).mixed_styles(50)
    assert torch.equal(single, single[:, :1].expand_as(single))


def test_truncation_pulls_to_the_mean_style() -> None:
    model = small()
    z = model.codes(500)
    full, half, none = (model.styles(z, t) for t in (1.0, 0.5, 0.0))
    mean = model.mean_style()
    torch.testing.assert_close(none, mean.expand_as(none))
    torch.testing.assert_close(half - mean, 0.5 * (full - mean))
    torch.testing.assert_close(full, model.generator.styles(z).detach())
    drawn = model.generator.mapping(model.codes(4000)).mean(0)
    torch.testing.assert_close(mean, drawn, rtol=0, atol=0.1)
    assert torch.equal(mean, model.mean_style())
    still = model.sample(3, truncation=0.0, noise=0)
    torch.testing.assert_close(still, still[:1].expand_as(still))


def test_noise_is_learnt_from_nothing_and_can_be_switched_off() -> None:
    model = small()
    styles = model.styles(model.codes(2))
    quiet = model.images(styles, noise=0)
    torch.testing.assert_close(model.images(styles), quiet)  # at first its weight is 0
    for layer in model.generator.layers:
        torch.nn.init.constant_(layer.noise.weight, 0.3)
    assert not torch.allclose(model.images(styles), quiet)
    assert not torch.allclose(model.images(styles), model.images(styles))
    torch.testing.assert_close(model.images(styles, noise=0), quiet)
    same = [model.images(styles, generator=seeded()) for _ in range(2)]
    assert torch.equal(*same)
    assert all(layer.noise is None for layer in small(noise=False).generator.layers)


def test_noise_is_added_to_every_channel_by_its_own_factor() -> None:
    layer = small().generator.layers[0].noise
    torch.nn.init.normal_(layer.weight)
    x = torch.randn(3, 8, 5, 5)
    added = layer(x, 2.0, seeded()) - x
    drawn = torch.randn(3, 1, 5, 5, generator=seeded())
    torch.testing.assert_close(added, 2 * layer.weight * drawn, rtol=1e-4, atol=1e-5)


def test_demodulated_features_keep_their_size() -> None:
    torch.manual_seed(0)
    g = DemodulatedGenerator(16, 32, (1, 32, 32), most=64, style=16)
    styles = g.styles(3 * torch.randn(8, 16))
    x = g.constant.expand(8, -1, -1, -1)
    for layer, style in zip(g.layers, styles.unbind(1), strict=True):
        x = layer(x, style, 1.0, None)
        assert 0.4 < x.square().mean().sqrt() < 1.5


@pytest.mark.parametrize("layers", [1, 4])
def test_path_lengths_of_a_linear_generator(layers: int) -> None:
    torch.manual_seed(0)
    matrix = torch.randn(layers, 6, 3, 4, 4).double()
    linear = lambda styles: torch.einsum("bls,lschw->bchw", styles, matrix)  # noqa: E731
    styles = torch.randn(20_000, layers, 6).double()
    found = path_lengths(linear, styles).square().mean().item()
    wanted = matrix.square().sum().item() / (layers * 16)
    assert found == pytest.approx(wanted, rel=0.02)
    one = path_lengths(lambda w: 3 * linear(w) + 1, styles).square().mean().item()
    assert one == pytest.approx(9 * wanted, rel=0.02)


def test_a_length_by_hand() -> None:
    stretch = torch.tensor([2.0, 5.0])
    styles = torch.randn(50_000, 1, 2)
    lengths = path_lengths(lambda w: (w[:, 0] * stretch)[:, :, None, None], styles)
    # ||J^T y||^2 = 4 y_1^2 + 25 y_2^2
    assert lengths.square().mean().item() == pytest.approx(29, rel=0.03)
    assert lengths.square().var().item() == pytest.approx(2 * (16 + 625), rel=0.06)


def test_the_penalty_follows_a_running_mean() -> None:
    torch.manual_seed(0)
    penalty = PathLength(weight=3.0, decay=0.9, share=1.0)
    styles, mean = torch.randn(8, 2, 6), torch.zeros(())
    factor = torch.ones((), requires_grad=True)
    for seed in range(3):
        torch.manual_seed(seed)
        cost, length = penalty(lambda w: factor * bent(w), styles)
        torch.manual_seed(seed)
        lengths = path_lengths(bent, styles)
        mean = 0.9 * mean + 0.1 * lengths.mean()
        torch.testing.assert_close(penalty.mean, mean)
        torch.testing.assert_close(cost, 3 * (lengths - mean).square().mean())
        torch.testing.assert_close(length, lengths.mean())
    (slope,) = torch.autograd.grad(cost, factor)  # d/df (f l - a)^2 = 2 l (l - a), a fixed
    torch.testing.assert_close(slope, 6 * (lengths * (lengths - mean)).mean())
    assert [PathLength(share=s).examples(8) for s in (0.5, 0.01, 1.0)] == [4, 1, 8]


def bent(styles: Tensor) -> Tensor:
    """Return images that are no linear function of styles."""
    return styles.sum(dim=1).tanh()[:, :, None, None].expand(-1, -1, 3, 3)


def test_equal_paths_cost_nothing_and_uneven_ones_do() -> None:
    penalty = PathLength(decay=0.0, share=1.0)
    styles = torch.randn(16, 1, 4)
    line = lambda w: w[:, 0].sum(1)[:, None, None, None]  # noqa: E731
    torch.manual_seed(0)
    even = penalty(line, styles)[0]
    torch.manual_seed(0)
    uneven = penalty(lambda w: line(w.square()), styles)[0]
    assert even < uneven


def test_the_generator_pays_for_its_paths() -> None:
    model = small(path_length=PathLength(weight=0.0))
    history = fit(model, IMAGES, steps=3)
    assert min(history["generator/path_length"]) > 0
    assert model.path_length.mean > 0
    with_cost = small(path_length=PathLength(weight=100.0))
    assert fit(with_cost, IMAGES, steps=3)["generator/loss"] != history["generator/loss"]


SHIFTS = [(1, 0), (3, 2), (-2, 5)]


def decibels(seed: int = 0, shifts: list = SHIFTS, **options: object) -> float:
    """Return how well an untrained generator follows its input, 8 to 32 pixels."""
    torch.manual_seed(seed)
    g = AliasFreeGenerator(16, 16, (1, 32, 32), None, 32, 16, 2, first=8, **options)
    styles = g.styles(torch.randn(4, 16))

    @torch.no_grad()
    def draw(shift: tuple[float, float]) -> Tensor:
        return g.synthesis(styles, shift=(shift[0] / 32, shift[1] / 32), generator=seeded())

    return equivariance(draw, shifts, peak=draw((0, 0)).std().item() * 4)


def test_oversampling_the_bend_keeps_the_image_with_its_input() -> None:
    plain = decibels(oversample=False)
    assert decibels() > plain + 8
    assert decibels(filter="ideal") > plain + 8
    assert plain > decibels(filter="nearest", oversample=False) + 8
    assert decibels(shifts=[(0.5, 0.25)]) > decibels(oversample=False, shifts=[(0.5, 0.25)]) + 5


def test_what_stays_where_it_is_breaks_it() -> None:
    assert decibels(padding="zeros") < decibels() - 10
    trap = decibels(filter="nearest", oversample=False, shifts=[(4, 8)])
    assert trap > 60  # whole pixels of the input: even repeated pixels follow


def test_the_waves_move_exactly() -> None:
    waves = AliasFreeGenerator(4, 4, (1, 16, 16), most=4, first=8).waves.double()
    torch.testing.assert_close(waves((0.25, 0.0)), waves().roll(2, 2))
    torch.testing.assert_close(waves((0.0, -0.125)), waves().roll(-1, 3))
    torch.testing.assert_close(waves((0.05, 0.03)), translate(waves(), (0.4, 0.24)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"event_shape": (1, 27, 27)}, "doublings of at most 7"),
        ({"style": 0}, "style=0"),
        ({"depth": 0}, "depth=0"),
        ({"mixing": 1.5}, "mixing=1.5"),
        ({"width": 0}, "width=0"),
    ],
)
def test_what_cannot_be_built_is_refused(kind: type, options: dict, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        small(kind, **options)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: small().mix(torch.zeros(2, 5), torch.zeros(3, 5), [0]), "equal shapes"),
        (lambda: small().mix(torch.zeros(2, 5), torch.zeros(2, 5), [6]), "from 0 to 5"),
        (lambda: small().sample(0), "0 samples"),
        (lambda: small().sample(2, label=3), "unconditional"),
        (lambda: small().check(torch.zeros(2, 1, 8, 8)), "this has shape"),
        (lambda: small(StyleGAN3, first=32), "first=32"),
        (lambda: small(StyleGAN3, filter="kaisr"), "kaiser"),
        (lambda: small(StyleGAN3, padding="torus"), "padding='torus'"),
        (lambda: PathLength(share=0.0), "share=0"),
        (lambda: PathLength(decay=1.0), "decay=1"),
        (lambda: PathLength(weight=-1.0), "weight=-1"),
    ],
)
def test_what_does_not_fit_is_refused(call: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()


def test_waves_are_exact_also_in_autocast() -> None:
    waves = AliasFreeGenerator(width=4, event_shape=(1, 28, 28), first=14).waves
    with inputs_of(waves.mix) as given:
        waves((0.1, 0.3))
        exact = given[waves.mix]
        with torch.autocast("cpu", torch.bfloat16):
            assert waves((0.1, 0.3)).dtype == torch.bfloat16
    assert torch.equal(given[waves.mix], exact)
