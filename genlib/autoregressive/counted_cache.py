"""A model of counts that draws: the last few entries are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from genlib.autoregressive.counted import CountedModel


class CountedCache:
    """The last few entries, which are all that the next one depends on.

    Args:
        model: whose conditionals.
        n: how many events are drawn at once.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, model: CountedModel, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known."""
        nothing = torch.zeros(n, *model.event_shape, device=model.device)
        self.model, self.groups = model, iter(model.groups(nothing, label).unbind(1))
        self.before = torch.zeros(n, 0, dtype=torch.long, device=model.device)

    def next(self) -> Tensor:
        """Return the parameters of the next entry, ``(n, P, *entry)``."""
        before = F.pad(self.before, (0, self.model.context - self.before.shape[1]))
        numbers = self.model.number(before, next(self.groups))
        return self.model.parameters_of_entry(self.model.outputs_at(numbers))

    def append(self, x: Tensor) -> None:
        """Take notice of the values of that entry, ``(n, *entry)``."""
        new = self.model.likelihood.level(x).long().flatten(1) + 1
        self.before = torch.cat([new, self.before], 1)[:, : self.model.context]
