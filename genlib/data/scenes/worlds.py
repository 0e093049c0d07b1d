"""Scenes of any number, the same ones for a seed: towns from above, and streets."""

from collections.abc import Callable

import torch
from torch import Tensor

from genlib.data.arguments import check_whole
from genlib.data.scenes.aerial import aerial as photograph
from genlib.data.scenes.camera import photographed
from genlib.data.scenes.draws import Draws, keys
from genlib.data.scenes.palette import AERIAL, STREET, painted, table
from genlib.data.scenes.street import Street
from genlib.data.scenes.town import Town
from genlib.data.scenes.views import Scenes
from genlib.data.scenes.weather import WEATHERS, sunny
from genlib.suggest import suggestion

SPLITS = ("train", "validation", "test")
KINDS = ("aerial", "streets")
TOGETHER = 64  # scenes drawn at once: their numbers stay in the cache of a CPU
LEAST = 16  # pixels of a side


def aerial(n: int = 1000, size: int = 32, split: str = "train", seed: int = 0) -> Scenes:
    """Return towns from above: ``"photo"``, and ``"map"`` in the colours of their labels.

    Roads cross at gaps of 9 to 15 pixels; a river or a lake lies in two thirds of the towns;
    blocks between roads are parks, halls or lots with houses. The photograph has roofs with two
    slopes, trees, cars, shadows, an exposure and a tint of its own, and noise, so that it does not
    follow from the map. Classes: ground, road, park, water, building.

    A scene depends on its number, ``size``, ``split`` and ``seed`` alone, not on ``n``; scenes of
    two splits or seeds are never the same. Chapter: image to image.

    Args:
        n: how many.
        size: S, height and width in pixels; a pixel is as large in a larger town.
        split: ``"train"``, ``"validation"`` or ``"test"``.
        seed: a whole number from 0.

    Returns:
        the scenes, labels uint8 (N, S, S), views uint8 (N, 3, S, S).

    Raises:
        ValueError: n is not positive, the size is below 16, or split or seed are unknown.
    """
    return drawn(town_views, AERIAL, "aerial", n, size, split, seed)


def streets(n: int = 1000, size: int = 32, split: str = "train", seed: int = 0) -> Scenes:
    """Return streets: ``"day"``, ``"night"``, ``"fog"``, ``"snow"``, and ``"map"`` of the labels.

    House fronts and trees stand along a road with cars; a larger picture shows it in more pixels.
    The weather decides light and colours: lit windows at night, distance in the fog, white ground
    in the snow. Every picture has its own exposure, tint and noise. Classes: sky, building, tree,
    road, pavement, car. Arguments, errors and chapter are those of ``aerial``.
    """
    return drawn(street_views, STREET, "streets", n, size, split, seed)


Views = tuple[Tensor, dict[str, Tensor]]


def drawn(
    views: Callable[[Draws, int], Views], palette: dict, kind: str,
    n: int, size: int, split: str, seed: int,
) -> Scenes:  # fmt: skip
    """Return scenes that a function draws from random numbers, some at a time."""
    check_whole(1, n=n)
    check_whole(LEAST, size=size)
    key = keys(stream(kind, split, seed), n)
    parts = [views(Draws(some), size) for some in key.split(TOGETHER)]
    labels = torch.cat([one for one, _ in parts]).to(torch.uint8)
    pictures = {name: torch.cat([some[name] for _, some in parts]) for name in parts[0][1]}
    return Scenes(labels, pictures | {"map": painted(labels, table(palette))}, palette)


def stream(kind: str, split: str, seed: int) -> int:
    """Return the number of a stream of scenes, another one for each kind, split and seed.

    Raises:
        ValueError: there is no such split, or the seed is no whole number from 0.
    """
    check_whole(0, seed=seed)
    if split not in SPLITS:
        raise ValueError(f"there is no split {split!r}{suggestion(split, SPLITS)}")
    return (int(seed) * len(KINDS) + KINDS.index(kind)) * len(SPLITS) + SPLITS.index(split)


def town_views(draws: Draws, size: int) -> Views:
    """Return the labels and the photographs of towns."""
    town = Town.drawn(draws, size)
    return town.labels, {"photo": photographed(photograph(town, draws), draws)}


def street_views(draws: Draws, size: int) -> Views:
    """Return the labels and the pictures of streets in every weather."""
    street = Street.drawn(draws, size)
    image = sunny(street, draws)
    pictures = {
        name: photographed(weather(image, street, draws), draws)
        for name, weather in WEATHERS.items()
    }
    return street.labels, pictures
