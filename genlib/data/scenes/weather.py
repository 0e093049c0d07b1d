"""A street by day, by night, in fog and in snow."""

from collections.abc import Callable

import torch
from torch import Tensor

from genlib.data.scenes.camera import chosen, colour, mix, put
from genlib.data.scenes.draws import Draws
from genlib.data.scenes.street import BUILDING, CAR, PAVEMENT, ROAD, SKY, TREE, Street

FRONTS = torch.tensor([[0.72, 0.45, 0.36], [0.80, 0.70, 0.52], [0.62, 0.60, 0.58],
                       [0.55, 0.38, 0.33], [0.86, 0.82, 0.74], [0.52, 0.58, 0.62]])  # fmt: skip
CARS = torch.tensor([[0.80, 0.16, 0.14], [0.18, 0.30, 0.62], [0.88, 0.88, 0.90],
                     [0.16, 0.16, 0.18], [0.90, 0.74, 0.20]])  # fmt: skip
ZENITH, HAZE = colour(0.30, 0.52, 0.86), colour(0.74, 0.85, 0.94)
LEAF, SHADED = colour(0.36, 0.54, 0.22), colour(0.16, 0.34, 0.13)
ASPHALT, PAINT, STONE = colour(0.36, 0.36, 0.38), colour(0.85, 0.85, 0.82), colour(0.66, 0.62, 0.58)
GLASS, REAR = colour(0.22, 0.27, 0.34), colour(0.70, 0.08, 0.08)
DARK, LIT, REAR_LIT = colour(0.22, 0.26, 0.44), colour(1.00, 0.84, 0.42), colour(1.0, 0.15, 0.12)
NIGHT = colour(0.03, 0.04, 0.12), colour(0.12, 0.12, 0.26)  # above, and at the horizon
MIST = colour(0.78, 0.79, 0.80)
SNOW, CLOUD = colour(0.93, 0.95, 0.98), colour(0.70, 0.73, 0.78)
AWAKE = 0.5  # share of the windows' pixels that are lit at night
THICK = 0.45  # fog: what is 1 / THICK away is seen by 1 / e
FLAKES = 0.04  # share of pixels


def sunny(street: Street, draws: Draws) -> Tensor:
    """Return the colours of the street in [0, 1], float (n, 3, S, S), in sunshine."""
    size = street.labels.shape[-1]
    image = mix(ZENITH, HAZE, height(size))
    front = put(chosen(FRONTS, street.tone), street.window, GLASS)
    ground = ASPHALT + draws.between(-0.02, 0.02, size, size)[:, None]
    car = put(chosen(CARS, street.tone), street.window, GLASS)
    for label, colours in (
        (BUILDING, front), (TREE, mix(SHADED, LEAF, draws.smooth(size, 2))),
        (ROAD, put(ground, street.line, PAINT)), (PAVEMENT, STONE),
        (CAR, put(car, street.lamp, REAR)),
    ):  # fmt: skip
        image = put(image, street.labels == label, colours)
    return image


def day(image: Tensor, street: Street, draws: Draws) -> Tensor:
    """Return the street in sunshine, as it is given."""
    return image


def night(image: Tensor, street: Street, draws: Draws) -> Tensor:
    """Return the sunny street at night: dark, but for windows and the lights of cars."""
    size = street.labels.shape[-1]
    image = put(image * DARK, street.labels == SKY, mix(*NIGHT, height(size)))
    awake = draws.chance(AWAKE, size, size)
    image = put(image, (street.labels == BUILDING) & street.window & awake, LIT)
    return put(image, street.lamp, REAR_LIT)


def fog(image: Tensor, street: Street, draws: Draws) -> Tensor:
    """Return the sunny street in fog, which swallows what is far."""
    return mix(image, MIST, 1 - (-THICK * (street.distance - 1)).exp())


def snow(image: Tensor, street: Street, draws: Draws) -> Tensor:
    """Return the sunny street under snow, and in it."""
    size = street.labels.shape[-1]
    cover = torch.zeros_like(street.distance)
    for label, share in ((TREE, 0.55), (ROAD, 0.6), (PAVEMENT, 0.95)):
        cover = torch.where(street.labels == label, share, cover)
    image = mix(image, SNOW, torch.where(street.roof, 1.0, cover))
    image = put(image, street.labels == SKY, CLOUD)
    return put(image, draws.chance(FLAKES, size, size), SNOW)


def height(size: int) -> Tensor:
    """Return 0 in the upper row and 1 from the middle down, (1, S, S)."""
    rows = torch.arange(size) / (size / 2)
    return rows.clamp(max=1)[:, None].expand(1, size, size)


WEATHERS: dict[str, Callable[[Tensor, Street, Draws], Tensor]] = {
    draw.__name__: draw for draw in (day, night, fog, snow)
}
