"""How events are drawn entry by entry: the sampler's view of a model, and the slow way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from genlib.autoregressive.base import AutoregressiveModel

Place = tuple[slice, ...]  # the entries of an event that are drawn together


class Cache(Protocol):
    """What a model keeps of the entries that are known, while events are drawn.

    ``next`` and ``append`` take turns, one pair for each of the model's ``places()``.
    """

    def next(self) -> Tensor:
        """Return the parameters of the next entry, ``(n, P, *entry)``, given those before it."""
        ...

    def append(self, x: Tensor) -> None:
        """Take notice of the values of that entry, ``(n, *entry)``."""
        ...


class Recomputed:
    """Keeps nothing but the entries, and works out all conditionals for each: the slow way.

    One entry costs what a whole event costs in training, so that an event of D entries costs D
    times as much.
    """

    def __init__(self, model: AutoregressiveModel, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known."""
        self.model, self.label = model, label
        self.x = torch.zeros(n, *model.event_shape, dtype=model.dtype, device=model.device)
        self.places = iter(model.places())

    def next(self) -> Tensor:
        """Return the parameters of the next entry, ``(n, P, *entry)``."""
        self.place = next(self.places)
        where = self.place[-(len(self.model.parameter_shape) - 1) :]
        return self.model.conditionals(self.x, self.label)[(..., *where)]

    def append(self, x: Tensor) -> None:
        """Write the values of that entry, ``(n, *entry)``, among the known ones."""
        self.x[(..., *self.place)] = x
