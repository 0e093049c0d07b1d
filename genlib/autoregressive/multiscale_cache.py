"""A multi-scale model that draws: the coarsest image by its own cache, then group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from genlib.autoregressive.multiscale import MultiScalePixelCNN


class MultiScaleCache:
    """The image so far: each group's network is asked once, when all before it are known.

    Args:
        model: whose conditionals.
        n: how many images are drawn at once.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, model: MultiScalePixelCNN, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known."""
        self.model, self.label = model, label
        self.base = model.base.cache(n, label)
        self.coarse = len(model.base.places())
        self.places = enumerate(model.places())
        self.x = torch.zeros(n, *model.event_shape, dtype=model.dtype, device=model.device)

    def next(self) -> Tensor:
        """Return the parameters of the next pixel or group, ``(n, P, *entry)``."""
        self.number, self.place = next(self.places)
        if self.number < self.coarse:
            return self.base.next()
        return self.model.of_group(self.number - self.coarse, self.x, self.label)

    def append(self, x: Tensor) -> None:
        """Take notice of the values there, ``(n, *entry)``."""
        self.x[(..., *self.place)] = x
        if self.number < self.coarse:
            self.base.append(x)
