"""The door to the sets: names, splits and options."""

from pathlib import Path

import pytest
import torch

from genlib import data
from genlib.data import splits

IMAGES, LABELS = torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64)


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


@pytest.mark.parametrize("name", [3, ["mnist"], {}, b"mnist", torch.tensor(0)], ids=repr)
def test_a_name_that_is_no_string_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match=r"there is no set of images .*Known: mnist"):
        data.load(name)


@pytest.mark.parametrize("split", [None, 0, ["train"], "Train", "", "validation "], ids=repr)
def test_a_split_that_is_none_is_refused(split: object) -> None:
    with pytest.raises(ValueError, match=r"there is no split .*Known: train, validation"):
        data.load("mnist", split)


def test_splits_are_checked_where_they_are_cut() -> None:
    x = torch.arange(24)
    for door in (splits.part, lambda split: splits.cut(x, x, split)):
        with pytest.raises(ValueError, match="no split 'valid'; did you mean 'validation'"):
            door("valid")


@pytest.mark.parametrize("size", [0, -1, 2.5, 64.0, "64", True, float("nan")], ids=repr)
def test_a_size_is_a_whole_number_before_anything_is_fetched(size: object, tmp_path: Path) -> None:
    for name, options in {"celeba": {}, "folder": {"path": tmp_path}}.items():
        with pytest.raises(ValueError, match=r"size=.*: wanted a whole number, at least 1"):
            data.load(name, size=size, **options)


@pytest.mark.parametrize("path", [3, True, ["a"], "", b"x"], ids=repr)
def test_a_path_that_is_none_is_refused(path: object) -> None:
    with pytest.raises(ValueError, match=r"path=.*wanted the folder"):
        data.load("folder", path=path)


def test_the_books_set_is_mnist_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert torch.equal(data.load(split="test").images, data.load("mnist", "test").images)
    monkeypatch.setenv("GENLIB_DATA", "kmnist")
    monkeypatch.setitem(data.sets._READERS, "kmnist", lambda split: (IMAGES, LABELS))
    assert data.load().images is IMAGES
    assert len(data.load("mnist", "test")) == 10_000
    monkeypatch.setenv("GENLIB_DATA", "kmnits")
    with pytest.raises(ValueError, match="no set of images 'kmnits'; did you mean 'kmnist'"):
        data.load()
