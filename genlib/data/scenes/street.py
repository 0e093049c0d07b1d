"""The plan of a street seen from its middle: which pixel is what, and how far away it is."""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.data.scenes.draws import Draws
from genlib.data.scenes.fronts import Fronts
from genlib.data.scenes.palette import STREET
from genlib.data.scenes.perspective import ONE, Perspective

SKY, BUILDING, TREE, ROAD, PAVEMENT, CAR = range(len(STREET))
CARS, PARKED = 3, 0.6  # in a street, at most, and the probability of each


@dataclass
class Street:
    """The plans of n streets of S x S pixels.

    Attributes:
        labels: of each pixel, int64 (n, S, S).
        distance: in units of which the nearest ground has 1, (n, S, S); infinite in the sky.
        tone: what decides a front's or a car's colour, in [0, 1), (n, S, S), the same all over it.
        window: whether a pixel of a house or a car is a window, (n, S, S).
        roof: whether a pixel is of the upper edge of a front, (n, S, S).
        line: whether a pixel of the road is painted, (n, S, S).
        lamp: whether a pixel of a car is a rear light, (n, S, S).
    """

    labels: Tensor
    distance: Tensor
    tone: Tensor
    window: Tensor
    roof: Tensor
    line: Tensor
    lamp: Tensor

    @classmethod
    def drawn(cls, draws: Draws, size: int) -> "Street":
        """Draw the plans: the ground, fronts on both sides, cars from any distance."""
        seen = Perspective.drawn(draws, size)
        fronts = Fronts.drawn(draws, seen, size)
        labels = torch.full_like(fronts.house, SKY, dtype=torch.int64)
        layers = {
            PAVEMENT: seen.ground, ROAD: seen.road, BUILDING: fronts.house, TREE: fronts.tree
        }  # fmt: skip
        for label, where in layers.items():
            labels = torch.where(where, label, labels)
        upright = fronts.house | fronts.tree
        distance = torch.where(seen.ground, seen.ahead, torch.inf)
        distance = torch.where(upright, seen.far, distance)
        none = torch.zeros_like(fronts.house)
        street = cls(labels, distance, fronts.tone, fronts.window, fronts.roof, seen.line, none)
        for _ in range(CARS):
            street.park(draws, seen)
        return street

    def park(self, draws: Draws, seen: Perspective) -> None:
        """Put one car on the road of some of the streets, before what is further away."""
        ahead = draws.between(1.15, 4, *ONE)
        unit = seen.near / ahead  # pixels
        lane = seen.kerb * torch.where(draws.chance(0.5, *ONE), 0.5, -0.5)
        across, up = (seen.aside / unit - lane).abs(), 1 - seen.below / unit
        body = (across < 0.26) & (up > 0) & (up < 0.24)
        cabin = (across < 0.18) & (up >= 0.24) & (up < 0.42)
        car = (body | cabin) & draws.chance(PARKED, *ONE) & (ahead < self.distance)
        self.labels = torch.where(car, CAR, self.labels)
        self.distance = torch.where(car, ahead, self.distance)
        self.tone = torch.where(car, draws.uniform(*ONE), self.tone)
        self.window = torch.where(car, cabin, self.window)
        self.lamp = torch.where(car, body & (across > 0.14) & (up > 0.1) & (up < 0.22), self.lamp)
