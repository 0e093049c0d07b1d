"""The door to the sets: names, splits and options."""

import pytest
import torch

from genlib import data
from genlib.data import splits


def test_names_are_the_promised_ones() -> None:
    assert data.names() == [
        "mnist",
        "fashion_mnist",
        "kmnist",
        "emnist",
        "usps",
        "svhn",
        "cifar10",
        "celeba",
        "folder",
    ]


@pytest.mark.parametrize(
    ("given", "nearest"),
    [
        ("MNIST", "mnist"),
        ("minst", "mnist"),
        ("fashion-mnist", "fashion_mnist"),
        ("cifar", "cifar10"),
        ("CelebA", "celeba"),
    ],
)
def test_an_unknown_name_gets_the_nearest_one(given: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"no set of images '{given}'; did you mean '{nearest}'"):
        data.load(given)


def test_a_name_like_none_of_them_gets_them_all() -> None:
    with pytest.raises(ValueError, match=r"'xyz'\. Known: mnist, fashion_mnist, .*, folder"):
        data.load("xyz")


@pytest.mark.parametrize(
    ("given", "nearest"), [("training", "train"), ("valid", "validation"), ("tets", "test")]
)
def test_an_unknown_split_gets_the_nearest_one(given: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"no split '{given}'; did you mean '{nearest}'"):
        data.load("mnist", given)


def test_options_that_a_set_does_not_take_are_refused() -> None:
    with pytest.raises(ValueError, match="mnist takes no size"):
        data.load("mnist", size=32)
    with pytest.raises(ValueError, match="celeba takes no path"):
        data.load("celeba", path="/somewhere")


@pytest.mark.parametrize(("n", "validation"), [(60_000, 5_000), (50_000, 4_166), (7_291, 607)])
def test_validation_is_the_last_twelfth(n: int, validation: int) -> None:
    x = torch.arange(n)
    train, _ = splits.cut(x, x, "train")
    held_out, _ = splits.cut(x, x, "validation")
    assert len(held_out) == validation
    assert torch.equal(torch.cat([train, held_out]), x)
    assert torch.equal(splits.cut(x, x, "test")[0], x)
