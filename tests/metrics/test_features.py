"""Images as the classifier sees them: ranges, stacks, and the same numbers each time."""

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest
import torch

from genlib.metrics import DigitClassifier, features, label_probabilities

IMAGES = torch.rand(7, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def judge(monkeypatch: pytest.MonkeyPatch) -> DigitClassifier:
    """Let an untrained classifier be the stored one."""
    torch.manual_seed(0)
    model = DigitClassifier(channels=(4, 8), features=6).eval()
    monkeypatch.setattr(module().zoo, "load", lambda *_, **__: model)
    return model


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Keep nothing from one test to the next."""
    for kept in (module()._judge, module()._of_split):
        kept.cache_clear()
    yield
    for kept in (module()._judge, module()._of_split):
        kept.cache_clear()


def module() -> ModuleType:
    """The module, whose name in the package is that of its function."""
    return importlib.import_module("genlib.metrics.features")


def test_features_are_the_penultimate_layer_in_float64(judge: DigitClassifier) -> None:
    found = features(IMAGES)
    assert found.shape == (7, 6)
    assert found.dtype == torch.float64
    assert not found.requires_grad
    assert torch.equal(found, judge.features(IMAGES).double())


def test_many_images_are_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = features(IMAGES)
    monkeypatch.setattr(module(), "TOGETHER", 3)
    assert torch.allclose(features(IMAGES), whole, atol=1e-6)
    assert torch.equal(features(IMAGES), features(IMAGES))


def test_images_in_minus_one_to_one_say_so() -> None:
    assert torch.allclose(features(2 * IMAGES - 1, low=-1.0), features(IMAGES), atol=1e-5)
    with pytest.raises(ValueError, match=r"digit-classifier wants .* in \[0.0, 1.0\]; this ranges"):
        features(2 * IMAGES - 1)
    with pytest.raises(ValueError, match=r"in \[-1.0, 1.0\]; this ranges"):
        features(2 * IMAGES, low=-1.0)


def test_a_lower_precision_around_it_changes_nothing() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        lower = features(IMAGES)
    assert torch.equal(lower, features(IMAGES))


def test_each_colour_of_a_stack_is_a_digit_of_its_own(judge: DigitClassifier) -> None:
    stacks = torch.rand(4, 3, 28, 28, generator=torch.Generator().manual_seed(1))
    found = label_probabilities(stacks)
    assert found.shape == (4, 3, 10)
    assert torch.allclose(found.sum(2), torch.ones(4, 3).double())
    alone = judge(stacks[:, 1:2]).double().softmax(1)
    assert torch.allclose(found[:, 1], alone, atol=1e-6)
    assert label_probabilities(2 * IMAGES - 1, low=-1.0).shape == (7, 1, 10)


def test_a_split_is_described_once(monkeypatch: pytest.MonkeyPatch, digits: dict) -> None:
    asked = []
    monkeypatch.setattr(module(), "load", lambda _, split: asked.append(split) or digits[split])
    first = module().digit_features()
    assert torch.equal(first, features(digits["test"].unit()))
    kept = first.clone()
    first.zero_()  # what a caller does to it is the caller's
    assert torch.equal(module().digit_features("test"), kept)
    assert module().digit_features("validation").shape == (64, 6)
    assert asked == ["test", "validation"]


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ((255 * IMAGES).byte(), "this is torch.uint8. Images of genlib.data have .unit"),
        (IMAGES[0], r"shape \(B, 1, 28, 28\).*this has shape \(1, 28, 28\)"),
        (IMAGES.expand(7, 3, 28, 28), r"this has shape \(7, 3, 28, 28\)"),
        (IMAGES[:0], r"this has shape \(0, 1, 28, 28\)"),
        (IMAGES * torch.nan, r"this ranges over \[nan, nan\]"),
        (IMAGES.double(), "this is torch.float64"),
        (IMAGES.numpy(), "this is ndarray"),
    ],
)
def test_what_is_no_image_is_refused(images: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        features(images)


def test_what_is_no_stack_is_refused() -> None:
    with pytest.raises(ValueError, match=r"images are \(1, 28, 28\), wanted \(N, S, 28, 28\)"):
        label_probabilities(IMAGES[0])
    with pytest.raises(ValueError, match=r"this has shape \(7, 1, 28, 20\)"):
        label_probabilities(IMAGES[..., :20])
    with pytest.raises(ValueError, match=r"low=1\.0, wanted what is black, below 1"):
        features(IMAGES, low=1.0)
