"""The public door: scenes that are the same for a seed, and whose views fit pixel by pixel."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from genlib.data import scenes
from genlib.data.scenes import Scenes, worlds

KINDS = [scenes.aerial, scenes.streets]
Kind = Callable[..., Scenes]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__)
def drawn(request: pytest.FixtureRequest) -> Scenes:
    return request.param(160)


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_follows_from_its_number_and_seed_however_many_are_drawn(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = kind(20, 16)
    monkeypatch.setattr(worlds, "TOGETHER", 7)
    few = kind(12, 16)
    assert torch.equal(many.labels[:12], few.labels)
    for name, view in many.views.items():
        assert torch.equal(view[:12], few.view(name)), name
        assert torch.equal(view[[3, 5]], many[[3, 5]].view(name))


@pytest.mark.parametrize("kind", KINDS)
def test_other_seeds_and_splits_have_other_scenes(kind: Kind) -> None:
    sets = [kind(60, 32, split, seed).labels for split in worlds.SPLITS for seed in (0, 1)]
    rows = torch.cat(sets).flatten(1)
    assert len(rows.unique(dim=0)) == len(rows)


def test_every_stream_has_its_own_number() -> None:
    every = [
        worlds.stream(kind, split, seed)
        for kind in worlds.KINDS
        for split in worlds.SPLITS
        for seed in range(20)
    ]
    assert len(set(every)) == len(every)


def test_the_map_is_the_palette_at_the_labels(drawn: Scenes) -> None:
    assert drawn.labels.dtype == torch.uint8
    assert drawn.labels.max() == len(drawn.classes) - 1
    map_, labels = drawn.view("map"), drawn.labels
    for k, colour in enumerate(drawn.palette.values()):
        assert (map_.permute(0, 2, 3, 1)[labels == k] == torch.tensor(colour)).all()
    back = (map_[:, None] == drawn.colours[None, :, :, None, None]).all(2).int().argmax(1)
    assert torch.equal(back, labels.long())


def test_colours_of_the_map_are_far_apart(drawn: Scenes) -> None:
    colours = drawn.colours.double() / 255
    distances = torch.cdist(colours, colours) + 9 * torch.eye(len(colours))
    assert distances.min() > 0.36


def by_mean_colour(picture: Tensor, labels: Tensor) -> float:
    """Return how often the nearest mean colour of a class is that of the pixel's class."""
    x, y = picture.permute(0, 2, 3, 1).flatten(0, 2).double(), labels.flatten().long()
    means = torch.stack([x[y == k].mean(0) for k in range(int(y.max()) + 1)])
    return (torch.cdist(x, means).argmin(1) == y).double().mean().item()


def test_every_view_fits_the_labels_pixel_by_pixel(drawn: Scenes) -> None:
    inner = drawn.labels[:, 1:-1, 1:-1]
    for name in drawn.views:
        fits = {
            (dy, dx): by_mean_colour(drawn.view(name)[:, :, dy : dy + 30, dx : dx + 30], inner)
            for dy in range(3)
            for dx in range(3)
        }
        best = fits.pop((1, 1))
        assert best > max(fits.values()) + 0.002, (name, best, fits)


def test_a_photograph_does_not_give_its_labels_away_by_colour() -> None:
    towns = scenes.aerial(300)
    assert 0.45 < by_mean_colour(towns.view("photo"), towns.labels) < 0.7


def test_weathers_are_light_and_dark_and_pale() -> None:
    street = scenes.streets(100)
    x = {name: street.view(name).double() / 255 for name in street.views}
    brightness = {name: view.mean().item() for name, view in x.items()}
    assert brightness["night"] < 0.2 < brightness["day"] < brightness["fog"] < brightness["snow"]
    far = {name: view[:, :, 12:16, 12:20].std((2, 3)).mean().item() for name, view in x.items()}
    assert far["fog"] < 0.4 * far["day"]


def test_domains_show_no_scene_twice() -> None:
    street = scenes.streets(10, 16)
    found = street.domains("day", "night", "snow")
    assert found.labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
    for i, name in enumerate(("day", "night", "snow", "day")):
        assert torch.equal(found.images[i], street.view(name)[i])


def test_pairs_and_images_are_the_views() -> None:
    towns = scenes.aerial(6, 16)
    pair = towns.pairs("photo", "map")
    assert torch.equal(pair.first, towns.view("photo"))
    assert torch.equal(pair.second, towns.view("map"))
    assert torch.equal(towns.images("photo").images, towns.view("photo"))
    assert repr(towns) == "Scenes(6 of 16 x 16 pixels: photo, map)"
    assert len(towns[2:5]) == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n": 0}, "n=0: wanted a whole number, at least 1"),
        ({"size": 8}, "size=8: wanted a whole number, at least 16"),
        ({"seed": -1}, "seed=-1: wanted a whole number"),
        ({"split": "tset"}, "no split 'tset'; did you mean 'test'?"),
    ],
)
def test_what_cannot_be_drawn_is_named(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scenes.aerial(**({"n": 2, "size": 16} | wrong))


def test_views_that_there_are_not_are_named() -> None:
    street = scenes.streets(2, 16)
    with pytest.raises(ValueError, match="no view 'nihgt'; did you mean 'night'"):
        street.pairs("day", "nihgt")
    with pytest.raises(ValueError, match="two or more different views"):
        street.domains("day", "day")
    with pytest.raises(TypeError, match="one scene"):
        street[0]
