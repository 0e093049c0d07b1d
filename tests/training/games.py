"""Small games whose right moves are known by hand, for the tests of the training loop."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib import Model, Player


class Point(Model):
    """One parameter vector that minimises its distance to the data: the optimum is the mean."""

    def __init__(self, size: int = 2) -> None:
        super().__init__()
        self.at = nn.Parameter(torch.zeros(size))

    def loss(self, batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        square = (batch - self.at).square().sum(-1).mean()
        return square, {"norm": self.at.norm()}


class Tug(Model):
    """Two players of min max xy: each has one number and minimises its own loss."""

    def __init__(self, updates: int = 1) -> None:
        super().__init__()
        self.x, self.y = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        self.updates = updates
        self.turns: list[str] = []

    def players(self) -> Sequence[Player]:
        sgd = lambda parameters: torch.optim.SGD(parameters, lr=0.1)  # noqa: E731
        first = Player("x", [self.x], self.loss_x, updates=self.updates, optimizer=sgd)
        return [first, Player("y", [self.y], self.loss_y, optimizer=sgd)]

    def product(self) -> Tensor:
        return (self.x.weight * self.y.weight).sum()

    def loss_x(self, batch: Tensor) -> Tensor:
        self.turns.append("x")
        assert not self.y.weight.requires_grad
        return self.product()

    def loss_y(self, batch: Tensor) -> Tensor:
        self.turns.append("y")
        assert not self.x.weight.requires_grad
        return -self.product()


class Cliff(Point):
    """A point whose loss is NaN from one call on."""

    def __init__(self, good: int) -> None:
        super().__init__()
        self.good, self.calls = good, 0

    def loss(self, batch: Tensor) -> Tensor:
        self.calls += 1
        value = super().loss(batch)[0]
        return value * float("nan") if self.calls > self.good else value
