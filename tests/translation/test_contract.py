"""What every image-to-image model keeps to: a run, a resumed run, bfloat16, an average."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from genlib import Model, fit
from genlib.translation import UNIT, CycleGAN, Pix2Pix, Segmenter, StarGAN
from tests.translation.stubs import Affine

X, Y = torch.rand(2, 32, 3, 8, 8, generator=torch.Generator().manual_seed(0)) - 0.5
SMALL = {"event_shape": (3, 8, 8), "width": 4}
CASES: dict[str, tuple[Callable[[], Model], tuple]] = {
    "Pix2Pix": (lambda: Pix2Pix(depth=2, dropout=0.2, **SMALL), (X, Y)),
    "CycleGAN": (lambda: CycleGAN(blocks=1, pool=20, **SMALL), (X, Y)),
    "UNIT": (lambda: UNIT(blocks=1, **SMALL), (X, Y)),
    "StarGAN": (lambda: StarGAN(blocks=1, patches=1, **SMALL), (X, torch.arange(32) % 4)),
    "Segmenter": (lambda: Segmenter(depth=2, **SMALL), (X, (Y[:, 0] > 0).long())),
}


def trained(name: str, steps: int, **options: object) -> Model:
    build, data = CASES[name]
    torch.manual_seed(0)
    model = build()
    fit(model, data, steps=steps, batch_size=8, device="cpu", progress=False, **options)
    return model


@pytest.mark.parametrize("name", CASES)
def test_a_resumed_run_is_the_same_run(name: str, tmp_path: Path) -> None:
    trained(name, 3, checkpoint=tmp_path)
    resumed, whole = trained(name, 7, checkpoint=tmp_path), trained(name, 7)
    for key, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[key], value), key


@pytest.mark.parametrize("name", CASES)
def test_every_parameter_moves_and_bfloat16_is_enough(name: str) -> None:
    model = trained(name, 2, precision="bf16", ema=0.9)
    torch.manual_seed(0)
    start = dict(CASES[name][0]().named_parameters())
    for key, value in model.named_parameters():
        if key == "discriminators.patches.head.bias":
            continue  # a critic's constant counts for nothing
        assert value.dtype == torch.float32
        assert not torch.equal(value, start[key]), key


@pytest.mark.parametrize("name", CASES)
def test_every_model_builds_without_arguments_and_knows_wrong_data(name: str) -> None:
    model = type(CASES[name][0]())()
    with pytest.raises(ValueError, match=r"3, 32, 32|trained on"):
        model.check(CASES[name][1])
    with pytest.raises(ValueError, match="wants"):
        fit(CASES[name][0](), (3 * X, CASES[name][1][1]), steps=1, device="cpu", progress=False)


def test_what_is_translated_in_bfloat16_can_be_translated_back() -> None:
    model = CycleGAN(blocks=1, **SMALL)
    with torch.autocast("cpu", torch.bfloat16):
        back = model.round_trip(X, of="photo")
    assert back.dtype == X.dtype
    assert not torch.equal(back, model.round_trip(X, of="photo"))  # it was computed in bfloat16


@pytest.mark.parametrize(
    "build",
    [
        lambda **shape: Pix2Pix(generator=Affine(0.5), **shape),
        lambda **shape: CycleGAN(generators=[Affine(0.5), Affine(2.0)], **shape),
        lambda **shape: StarGAN(generator=Affine(0.5), **shape),
        lambda **shape: Segmenter(classes=3, network=Affine(0.5), **shape),
    ],
    ids=["pix2pix", "CycleGAN", "StarGAN", "segmenter"],
)
def test_networks_of_ones_own_take_pictures_of_any_side(build: Callable) -> None:
    model = build(event_shape=(3, 9, 7), width=4)
    x = torch.zeros(2, 3, 9, 7)
    if isinstance(model, Segmenter):
        assert model.segment(x).shape == (2, 9, 7)
    else:
        assert model.translate(x, to=model.domains[1]).shape == x.shape


@pytest.mark.parametrize("kind", [Pix2Pix, CycleGAN, UNIT, StarGAN, Segmenter])
def test_networks_that_are_built_want_sides_that_they_can_halve(kind: type) -> None:
    with pytest.raises(ValueError, match="wanted sides divisible by"):
        kind(event_shape=(3, 9, 7), width=4)
