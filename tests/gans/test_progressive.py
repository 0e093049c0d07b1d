"""Growing: what a stage fades in from and to, who trains, and what data become."""

import functools

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib import fit
from genlib.gans import (
    ProgressiveDiscriminator,
    ProgressiveGAN,
    ProgressiveGenerator,
    StyleDiscriminator,
)
from genlib.nn import EqualisedConv2d, MinibatchStd, PixelNorm

fit = functools.partial(fit, batch_size=8, device="cpu", progress=False)
SMALL = {"width": 2, "latent": 3, "most": 8, "event_shape": (1, 16, 16)}
IMAGES = torch.rand(16, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def small(**options: object) -> ProgressiveGAN:
    torch.manual_seed(0)
    return ProgressiveGAN(**(SMALL | options))


def repeated(x: Tensor) -> Tensor:
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


@pytest.mark.parametrize("stage", [1, 2])
def test_a_generator_fades_from_the_old_to_the_new(stage: int) -> None:
    model = small()
    z = model.codes(4)
    old, new = (model.grow(s).generator for s in (stage - 1, stage))  # one network
    old.grow(stage - 1, fading=False)
    lower = old(z)
    new.grow(stage, fading=False)
    upper = new(z)
    assert upper.shape[-1] == 2 * lower.shape[-1]
    new.grow(stage, fading=True)
    assert torch.equal(new(z), repeated(lower))
    new.alpha.fill_(1.0)
    assert torch.equal(new(z), upper)
    new.alpha.fill_(0.25)
    mixed = (0.75 * repeated(lower).atanh() + 0.25 * upper.atanh()).tanh()
    torch.testing.assert_close(new(z), mixed)


@pytest.mark.parametrize("stage", [1, 2])
def test_a_discriminator_fades_from_the_old_to_the_new(stage: int) -> None:
    d = small().discriminator
    x = torch.rand(5, 1, d.sides[stage], d.sides[stage])
    d.grow(stage - 1, fading=False)
    lower = d(F.avg_pool2d(x, 2))
    d.grow(stage, fading=False)
    upper = d(x)
    d.grow(stage, fading=True)
    assert torch.equal(d(x), lower)
    d.alpha.fill_(1.0)
    assert torch.equal(d(x), upper)
    assert not torch.allclose(lower, upper)


def test_data_fade_as_images_do() -> None:
    model = small()
    means = IMAGES.view(16, 1, 4, 4, 4, 4).mean(dim=(3, 5))
    torch.testing.assert_close(model.grow(0).reduced(IMAGES), means)
    at_eight = IMAGES.view(16, 1, 8, 2, 8, 2).mean(dim=(3, 5))
    torch.testing.assert_close(model.grow(1).reduced(IMAGES), repeated(means))
    model.generator.alpha.fill_(1.0)
    torch.testing.assert_close(model.reduced(IMAGES), at_eight)
    assert torch.equal(small().reduced(IMAGES), IMAGES)


def test_alpha_follows_the_round() -> None:
    model = small(fade=0.5).grow(1)
    found = []
    for step in range(8):
        model.on_step(step, 8)
        assert model.generator.alpha == model.discriminator.alpha
        found.append(model.generator.alpha.item())
    assert found == [0, 0.25, 0.5, 0.75, 1, 1, 1, 1]
    stills = (small().grow(0), small(fade=0).grow(2), small().grow(2, fading=False), small())
    for still in stills:
        still.on_step(0, 8)
        assert still.generator.alpha == 1
        assert not still.generator.fading


def moved(model: ProgressiveGAN, **options: object) -> set[str]:
    """Return the names of the weights that a training changes."""
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    fit(model, IMAGES, **({"steps": 4} | options))
    return {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}


def test_only_the_stages_in_use_are_trained() -> None:
    model = small().grow(1)
    found = moved(model)
    parts = {".".join(name.split(".")[:3]) for name in found}
    assert parts == {
        "generator.blocks.0", "generator.blocks.1", "generator.colours.0", "generator.colours.1",
        "discriminator.blocks.0", "discriminator.colours.0", "discriminator.colours.1",
        *(f"discriminator.head.{i}" for i in (1, 4, 6)),
    }  # fmt: skip
    used = {id(p) for player in model.players() for p in player.parameters()}
    assert used == {id(p) for name, p in model.named_parameters() if name in found}
    assert len(moved(small())) > len(found)


def test_phases_grow_one_network() -> None:
    model = small()
    for stage in range(model.stages):
        assert model.grow(stage) is model
        fit(model, IMAGES, steps=3)
        assert model.stage == stage
        assert model.generator.alpha == 1
        assert model.generator(model.codes(2)).shape == (2, 1, 4 * 2**stage, 4 * 2**stage)
        assert model.sample(3).shape == (3, 1, 16, 16)
    loaded = small()
    loaded.load_state_dict(model.state_dict())
    z = model.codes(4)
    torch.testing.assert_close(loaded.generator(z), model.generator(z))


def test_an_early_stage_is_shown_at_full_size() -> None:
    model = small().grow(0)
    images = model.sample(2, generator=torch.Generator().manual_seed(1))
    codes = model.codes(2, torch.Generator().manual_seed(1))
    assert torch.equal(images, repeated(repeated(model.generator(codes))))


def test_a_resumed_stage_is_the_same(tmp_path: object) -> None:
    whole = small().grow(1)
    fit(whole, IMAGES, steps=6)
    half = small().grow(1)

    class Halt(Exception):  # noqa: N818
        """Ends a run."""

    def halt(model: nn.Module, step: int) -> None:
        if step == 4:
            raise Halt

    with pytest.raises(Halt):
        fit(half, IMAGES, steps=6, checkpoint=tmp_path, every=2, callbacks=[halt])
    again = small().grow(1)
    fit(again, IMAGES, steps=6, checkpoint=tmp_path, every=2, callbacks=[lambda *_: None])
    for name, value in again.state_dict().items():
        torch.testing.assert_close(value, whole.state_dict()[name], msg=name)
    with pytest.raises(ValueError, match="the checkpoint is of another run"):
        fit(small().grow(2), IMAGES, steps=6, checkpoint=tmp_path, callbacks=[lambda *_: None])


def test_the_parts_can_be_left_out() -> None:
    kinds = lambda model: {type(part) for part in model.modules()}  # noqa: E731
    assert {PixelNorm, MinibatchStd} <= kinds(small())
    assert PixelNorm not in kinds(small(pixel_norm=False))
    assert MinibatchStd not in kinds(small(minibatch_std=False))
    plain, equalised = small(equalised=False), small()
    assert all(p.numel() for p in plain.parameters())
    z = equalised.codes(3)
    torch.testing.assert_close(plain.generator(z), equalised.generator(z))  # the same start
    layers = [part for part in equalised.modules() if isinstance(part, EqualisedConv2d)]
    assert all(hasattr(layer, "parametrizations") for layer in layers)
    assert not any(hasattr(part, "parametrizations") for part in plain.modules())


def test_features_of_the_generator_have_mean_square_one() -> None:
    torch.manual_seed(0)
    g = ProgressiveGenerator(16, 16, (1, 16, 16))
    features = torch.randn(8, 16)
    for block in g.blocks:
        features = block(features)
        torch.testing.assert_close(features.square().mean(1), torch.ones_like(features[:, 0]))


def test_sizes() -> None:
    model = ProgressiveGAN()
    assert model.generator.sides == [7, 14, 28]
    assert ProgressiveGAN(event_shape=(3, 64, 64)).generator.sides == [4, 8, 16, 32, 64]
    images = model.sample(2)
    assert images.shape == (2, 1, 28, 28)
    assert images.abs().max() <= 1
    assert ProgressiveDiscriminator()(images).shape == (2,)
    assert StyleDiscriminator(event_shape=(3, 32, 32))(torch.rand(2, 3, 32, 32)).shape == (2,)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: small(event_shape=(1, 27, 27)), "doublings of at most 7"),
        (lambda: small(event_shape=(16, 16)), r"event_shape=\(16, 16\)"),
        (lambda: small(width=0), "width=0"),
        (lambda: small(most=1), "most=1"),
        (lambda: small(fade=1.0), "fade=1.0"),
        (lambda: small().grow(3), "stage 3 of 3"),
        (lambda: small().grow(), "stage 3 of 3"),
        (lambda: small().grow(-1), "stage -1 of 3"),
        (lambda: small().check(torch.zeros(2, 1, 8, 8)), r"this has shape \(2, 1, 8, 8\)"),
        (lambda: small().check(torch.full((2, 1, 16, 16), 1.5)), "this ranges over"),
        (lambda: small().sample(2, label=1), "unconditional"),
    ],
)
def test_what_does_not_fit_is_refused(call: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()


def test_it_has_no_labels() -> None:
    with pytest.raises(TypeError, match="classes"):
        small(classes=10)
