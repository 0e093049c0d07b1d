"""A town as it looks from above."""

import torch
from torch import Tensor

from genlib.data.scenes.camera import chosen, colour, mix, put
from genlib.data.scenes.draws import Draws
from genlib.data.scenes.town import BUILDING, GROUND, PARK, ROAD, WATER, Town

SAND, STUBBLE = colour(0.66, 0.60, 0.50), colour(0.50, 0.54, 0.36)
ASPHALT, DASH = colour(0.34, 0.34, 0.36), colour(0.78, 0.78, 0.74)
GRASS, MEADOW = colour(0.33, 0.50, 0.24), colour(0.44, 0.56, 0.28)
CROWN, LIT = colour(0.13, 0.28, 0.12), colour(0.22, 0.40, 0.17)
SHALLOW, DEEP = colour(0.32, 0.46, 0.46), colour(0.10, 0.22, 0.35)
ROOFS = torch.tensor([[0.68, 0.36, 0.27], [0.55, 0.26, 0.22], [0.52, 0.40, 0.33],
                      [0.60, 0.60, 0.62], [0.82, 0.79, 0.74], [0.42, 0.48, 0.58]])  # fmt: skip
CARS = torch.tensor([[0.85, 0.85, 0.87], [0.75, 0.15, 0.12], [0.12, 0.25, 0.55],
                     [0.08, 0.08, 0.10]])  # fmt: skip
CAR = 0.03  # share of the road's pixels
TREES = {PARK: 0.10, GROUND: 0.04}  # share of pixels at which a crown begins
SUN, SHADE, SHADOW = 1.12, 0.84, 0.55  # factors on the colours
LONGEST = 4  # pixels of a shadow


def aerial(town: Town, draws: Draws) -> Tensor:
    """Return the colours of the town in [0, 1], float (n, 3, S, S), as the air is clear."""
    size = town.labels.shape[-1]
    crown = crowns(town.labels, draws)
    image = mix(SAND, STUBBLE, draws.smooth(size, 4))
    image = put(image, town.labels == PARK, mix(MEADOW, GRASS, draws.smooth(size, 4)))
    image = put(image, town.labels == WATER, mix(SHALLOW, DEEP, (town.depth / 3).clamp(0, 1)))
    image = put(image, town.labels == ROAD, asphalt(town, draws))
    image = put(image, town.labels == BUILDING, roofs(town))
    height = torch.maximum(town.houses.height, crown.long())
    image = image * torch.where(shadows(height), SHADOW, 1.0)[:, None]
    upper = torch.nn.functional.pad(crown, (0, 1, 0, 1))[:, 1:, 1:]  # is the tree's middle below?
    return put(image, crown, torch.where((crown & upper)[:, None], LIT, CROWN))


def asphalt(town: Town, draws: Draws) -> Tensor:
    """Return the colours of a road: grain, dashes along wide ones, cars."""
    size = town.labels.shape[-1]
    image = ASPHALT + draws.between(-0.03, 0.03, size, size)[:, None]
    along = torch.arange(size)
    lanes = []
    for road, other, place in (
        (town.down, town.across, along[:, None]), (town.across, town.down, along),
    ):  # fmt: skip
        lanes.append((road.width == 3) & (road.into == -2) & ~other.paved & (place % 4 < 2))
    image = put(image, lanes[0] | lanes[1], DASH)
    return put(image, draws.chance(CAR, size, size), chosen(CARS, draws.uniform(size, size)))


def roofs(town: Town) -> Tensor:
    """Return the colours of roofs, whose halves look to the sun or away from it."""
    light = torch.where(town.houses.sunny, SUN, SHADE)
    return (chosen(ROOFS, town.houses.roof) * light[:, None]).clamp(0, 1)


def crowns(labels: Tensor, draws: Draws) -> Tensor:
    """Return where crowns of trees hide the grass, (n, S, S): squares of two pixels, or more."""
    size = labels.shape[-1]
    share = torch.zeros_like(labels, dtype=torch.float32)
    for label, often in TREES.items():
        share = torch.where(labels == label, often, share)
    begins = (draws.uniform(size, size) < share).float()
    grown = torch.nn.functional.max_pool2d(torch.nn.functional.pad(begins, (1, 0, 1, 0)), 2, 1)
    return (grown > 0) & (share > 0)


def shadows(height: Tensor) -> Tensor:
    """Return which pixels lie in the shadow of what stands to their upper left, (n, S, S)."""
    dark = torch.zeros_like(height, dtype=torch.bool)
    for step in range(1, LONGEST + 1):
        source = torch.nn.functional.pad(height, (step, 0, step, 0))[:, :-step, :-step]
        dark |= source >= height + step
    return dark
