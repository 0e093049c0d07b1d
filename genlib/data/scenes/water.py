"""A river or a lake, or both, or neither."""

import math

import torch
from torch import Tensor

from genlib.data.scenes.draws import Draws

RIVER, LAKE = 0.55, 0.2  # shares of towns
DRY = -99.0  # a depth far from any water


def water(draws: Draws, size: int) -> Tensor:
    """Return the depth of water, in pixels from the bank, (n, S, S); negative on land."""
    return torch.maximum(river(draws, size), lake(draws, size))


def river(draws: Draws, size: int) -> Tensor:
    """Return the depth of a river: a sine on a slope, from one edge to the other."""
    t = torch.arange(size) - (size - 1) / 2
    swing, length = draws.between(1, 5, 1), draws.between(24, 48, 1)
    phase, slope = draws.uniform(1), draws.between(-0.4, 0.4, 1)
    middle = draws.between(-0.3, 0.3, 1) * size
    middle = middle + slope * t + swing * (2 * math.pi * (t / length + phase)).sin()
    half = draws.between(1.8, 3.6, 1, 1)
    depth = half - (t[:, None] - middle[:, None, :]).abs()
    turned = torch.where(draws.chance(0.5, 1, 1), depth, depth.mT)
    return torch.where(draws.chance(RIVER, 1, 1), turned, DRY)


def lake(draws: Draws, size: int) -> Tensor:
    """Return the depth of a lake, an ellipse."""
    x = torch.arange(size)
    wide, high = draws.between(4, 8, 1, 1), draws.between(4, 8, 1, 1)
    left, top = draws.uniform(1, 1) * size, draws.uniform(1, 1) * size
    radius = (((x - left) / wide).square() + ((x[:, None] - top) / high).square()).sqrt()
    depth = (1 - radius) * torch.minimum(wide, high)
    return torch.where(draws.chance(LAKE, 1, 1), depth, DRY)
