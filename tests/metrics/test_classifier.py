"""The digit classifier: its shapes, its loss, and what it refuses."""

import math

import pytest
import torch
from torch import Tensor

from genlib import fit
from genlib.metrics import DigitClassifier


def small(**options: object) -> DigitClassifier:
    torch.manual_seed(0)
    return DigitClassifier(
        **{"channels": (4, 6), "features": 5, "event_shape": (1, 8, 8), **options}
    )


def bars(n: int) -> tuple[Tensor, Tensor]:
    """Return images with a bright row, whose place is the label."""
    label = torch.arange(n) % 8
    x = 0.2 * torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    x[torch.arange(n), 0, label] += 0.8
    return x, label


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 7, 10)])
def test_any_size_of_image_gets_features_and_logits(shape: tuple[int, ...]) -> None:
    model = small(event_shape=shape, classes=4).eval()
    x = torch.rand(6, *shape)
    assert model.features(x).shape == (6, 5)
    assert model(x).shape == (6, 4)
    assert torch.equal(model(x), model.head(model.features(x)))


def test_the_default_is_small_enough_to_be_stored() -> None:
    model = DigitClassifier()
    assert model(torch.rand(2, 1, 28, 28)).shape == (2, 10)
    assert 2 * sum(weight.numel() for weight in model.state_dict().values()) < 1_000_000


def test_the_loss_is_the_cross_entropy_in_nats_and_accuracy_stands_beside_it() -> None:
    model, (x, label) = small(classes=8).eval(), bars(24)
    loss, numbers = model.loss((x, label))
    with torch.no_grad():
        logits = model(x)
    by_hand = (logits.logsumexp(1) - logits[torch.arange(24), label]).mean()
    assert torch.allclose(loss, by_hand)
    assert numbers["accuracy"] == (logits.argmax(1) == label).double().mean()
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.bias.zero_()
    assert model.loss((x, label))[0].item() == pytest.approx(math.log(8))


def test_every_feature_has_a_slope_everywhere() -> None:
    model = small().eval()
    x = torch.rand(64, 1, 8, 8, requires_grad=True)
    features = model.features(x)
    assert (features < 0).any()
    for feature in features.sum(0):
        (slope,) = torch.autograd.grad(feature, x, retain_graph=True)
        assert (slope.flatten(1).abs().sum(1) > 0).all()


def test_what_it_says_of_an_image_does_not_depend_on_the_others() -> None:
    model, (x, label) = small(classes=8, lr=1e-2), bars(64)
    fit(model, (x, label), steps=60, batch_size=32, device="cpu", progress=False)
    model.eval()
    assert (model(x).argmax(1) == label).all()
    assert model.loss((x, label))[1]["accuracy"] == 1
    assert model.loss((x, 7 - label))[1]["accuracy"] == 0
    assert torch.allclose(model(x)[:3], model(x[:3]), atol=1e-5)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (bars(4)[0], "pairs .x, label.; these are images alone"),
        ((bars(4)[0] * 2 - 1, torch.zeros(4).long()), r"in \[0.0, 1.0\]; this ranges over"),
        ((torch.zeros(4, 1, 8, 9), torch.zeros(4).long()), r"this has shape \(4, 1, 8, 9\)"),
        ((bars(4)[0], torch.tensor([0, 1, 2, 10])), "labels from 0 to 9"),
        ((bars(4)[0], torch.zeros(3).long()), r"these have shape \(3,\)"),
        ((bars(4)[0], torch.zeros(4)), "these are torch.float32"),
    ],
)
def test_a_batch_of_another_kind_is_refused(batch: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small().check(batch)


@pytest.mark.parametrize(
    "sizes",
    [{"channels": ()}, {"channels": (0,)}, {"features": 0}, {"event_shape": (1, 0, 8)}],
    ids=str,
)
def test_sizes_that_are_none_are_refused(sizes: dict) -> None:
    with pytest.raises(ValueError, match="wanted positive sizes"):
        small(**sizes)


def test_it_draws_nothing() -> None:
    with pytest.raises(ValueError, match="DigitClassifier names images, it draws none"):
        small().sample(3)
