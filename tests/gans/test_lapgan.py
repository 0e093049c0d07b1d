"""The chain of games: what each level sees, draws and learns."""

import functools

import pytest
import torch

from genlib import fit
from genlib.gans import LAPGAN, R1, Unrolled

fit = functools.partial(fit, batch_size=8, device="cpu", progress=False)
IMAGES = torch.rand(16, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def small(**options: object) -> LAPGAN:
    torch.manual_seed(0)
    return LAPGAN(**({"levels": 2, "width": 3, "latent": 4, "hidden": (8,),
                      "event_shape": (1, 16, 16)} | options))  # fmt: skip


def test_what_each_level_judges_adds_up_to_the_image() -> None:
    first, second, third = small().levels
    x = IMAGES
    at_eight = first.pyramid.down(x)
    torch.testing.assert_close(first.judged(x), first.pyramid.down(at_eight))
    blurred, detail = second.judged(x).chunk(2, dim=1)
    torch.testing.assert_close(blurred + detail, at_eight)
    torch.testing.assert_close(blurred, first.pyramid.up(first.judged(x)))
    blurred, detail = third.judged(x).chunk(2, dim=1)
    torch.testing.assert_close(blurred + detail, x)


def test_samples_have_the_blur_of_the_data_they_stand_beside() -> None:
    level = small().levels[1]
    shown = level.judged(IMAGES)
    fake = level.fakes_for(shown)
    assert torch.equal(fake[:, :1], shown[:, :1])
    assert not torch.allclose(fake[:, 1:], level.fakes_for(shown)[:, 1:])  # fresh noise


def test_the_chain_is_followed_from_the_smallest_image() -> None:
    model = small()
    generator = lambda: torch.Generator().manual_seed(2)  # noqa: E731
    source = generator()
    x = model.levels[0].sample(5, generator=source)
    for level in model.levels[1:]:
        blurred = level.pyramid.up(x)
        x = blurred + level.details(blurred, source)
    assert x.shape == (5, 1, 16, 16)
    torch.testing.assert_close(model.sample(5, generator=generator()), x.clamp(-1, 1))
    refined = model.refine(IMAGES[:, :, ::2, ::2])
    assert refined.shape == IMAGES.shape
    assert torch.equal(model.refine(IMAGES), IMAGES)


def test_without_details_a_level_only_doubles() -> None:
    model = small()
    for parameter in model.levels[2].generator[-1].parameters():
        torch.nn.init.zeros_(parameter)
    half = IMAGES[:, :, ::2, ::2]
    wanted = model.levels[2].pyramid.up(half)
    torch.testing.assert_close(model.levels[2].refine(half), wanted)


def test_every_level_can_be_trained_alone_or_all_at_once() -> None:
    model = small()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fit(model.levels[1], IMAGES, steps=2)
    changed = {name for name, value in model.state_dict().items() if (value != before[name]).any()}
    assert changed
    assert all(name.startswith("levels.1.") for name in changed)
    history = fit(small(), IMAGES, steps=2)
    names = {player.name for player in model.players()}
    assert names == {
        f"{who}{side}" for who in ("discriminator", "generator") for side in (4, 8, 16)
    }
    assert len(history["generator16/loss"]) == 2


def test_autocast_leaves_the_data_as_they_are() -> None:
    model = small(penalties=[R1(0.3, closed=True)])
    for level in model.levels:
        with torch.autocast("cpu", torch.bfloat16):
            shown = level.data_of(IMAGES)
        assert shown.dtype == torch.float32
        assert torch.equal(shown, level.judged(IMAGES))
    fit(model, IMAGES, steps=1, precision="bf16")


def test_the_default_is_for_digits() -> None:
    model = LAPGAN()
    assert model.sample(2).shape == (2, 1, 28, 28)
    assert model.sample(2).abs().max() <= 1


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: small(levels=0), "levels=0"),
        (lambda: small(levels=5), "levels=5"),
        (lambda: small(event_shape=(1, 16, 8)), r"event_shape=\(1, 16, 8\)"),
        (lambda: small(event_shape=(1, 18, 18), levels=1), "doublings of at most 7"),
        (lambda: small().check(torch.zeros(2, 1, 8, 8)), r"this has shape \(2, 1, 8, 8\)"),
        (lambda: small().check(torch.full((2, 1, 16, 16), -2.0)), "this ranges over"),
        (lambda: small().refine(torch.zeros(2, 1, 10, 10)), r"s in \[4, 8, 16\]"),
        (lambda: small().levels[1].sample(2), "wanted refine"),
        (lambda: small().sample(2, label=0), "unconditional"),
    ],
)
def test_what_does_not_fit_is_refused(call: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()


@pytest.mark.parametrize("given", [{"classes": 10}, {"stabilisers": [Unrolled(2)]}], ids=str)
def test_what_its_levels_cannot_take_is_refused(given: dict) -> None:
    (name,) = given
    with pytest.raises(ValueError, match=f"the levels of a LAPGAN take no {name}"):
        small(**given)
    small(classes=None, stabilisers=())


def test_the_bias_of_the_last_convolution_starts_at_noughts() -> None:
    last = small().levels[1].generator[-1]
    assert not last.bias.any()
    assert last.weight.any()
