"""Random numbers that belong to a place, not to an order: those of a scene never depend on others.

A generator that is drawn from in turn gives the hundredth scene other numbers if the ninety-nine
before were drawn in two parts. Here a number is a hash of who it is for: the scene's key and the
number of the draw, mixed by the finaliser of SplitMix64 (Steele, Lea and Flood, 2014,
https://doi.org/10.1145/2660193.2660195).
"""

import math

import torch
from torch import Tensor

GOLDEN = -7046029254386353131  # 2**64 divided by the golden ratio, as a signed number
FACTORS = (-4658895280553007687, -7723592293110705685)
BITS = 21  # of a number in [0, 1): a hash of 64 bits makes three


def mixed(x: Tensor) -> Tensor:
    """Return 64 bits of each number that look random; no two numbers get the same ones."""
    for shift, factor in zip((30, 27), FACTORS, strict=True):
        x = (x ^ shifted(x, shift)) * factor
    return x ^ shifted(x, 31)


def shifted(x: Tensor, by: int) -> Tensor:
    """Return the bits of whole numbers moved to the right, noughts following."""
    return (x >> by) & ((1 << (64 - by)) - 1)


def keys(stream: int, n: int) -> Tensor:
    """Return a key for each of the first ``n`` scenes of a stream, int64 (n,)."""
    start = mixed(torch.tensor(stream)).item()
    return mixed(torch.arange(n) * GOLDEN + start)


class Draws:
    """Draws for many scenes at once: each call gives all of them new numbers.

    Args:
        key: of each scene, int64 (n,).
    """

    def __init__(self, key: Tensor) -> None:
        """Begin with the first number."""
        self.key, self.used = key, 0

    def uniform(self, *shape: int) -> Tensor:
        """Return numbers from U[0, 1), float32 (n, *shape)."""
        size = math.prod(shape)
        hashes = -(-size // 3)  # rounded up
        place = torch.arange(self.used, self.used + hashes) * GOLDEN
        self.used += hashes
        bits = mixed(self.key[:, None] + place)
        thirds = [(bits >> by) & (2**BITS - 1) for by in (0, BITS, 2 * BITS)]
        return (torch.cat(thirds, 1)[:, :size].float() / 2**BITS).reshape(-1, *shape)

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        """Return numbers from U[low, high), float32 (n, *shape)."""
        return low + (high - low) * self.uniform(*shape)

    def whole(self, low: int, high: int, *shape: int) -> Tensor:
        """Return whole numbers from ``low`` to ``high``, both included, int64 (n, *shape)."""
        return low + (self.uniform(*shape) * (high - low + 1)).long()

    def chance(self, p: float, *shape: int) -> Tensor:
        """Return what is true with probability p, (n, *shape)."""
        return self.uniform(*shape) < p

    def smooth(self, size: int, cell: int) -> Tensor:
        """Return value noise, (n, size, size): numbers from U[0, 1) on a grid, and between them.

        Perlin's cheaper cousin: its bumps are about ``cell`` pixels wide.
        """
        knots = self.uniform(1, size // cell + 2, size // cell + 2)
        wide = torch.nn.functional.interpolate(knots, scale_factor=cell, mode="bilinear")
        return wide[:, 0, :size, :size]
