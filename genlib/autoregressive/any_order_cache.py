"""What an any-order model has seen while it draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from genlib.autoregressive.any_order import AnyOrderTransformer


class SeenEntries:
    """The entries that are known, wherever they are; each new one takes a pass over all.

    Nothing of a pass can be kept: what is new is seen by everything that was known before.

    Args:
        model: whose conditionals.
        n: how many events are drawn at once.
        label: of a conditional model, ``(n,)``.
        given: events to complete, ``(n, *event)``, or None.
        known: which of their values are seen from the beginning; a colour that is drawn at once is
            seen when it is known as a whole.
    """

    def __init__(
        self,
        model: AnyOrderTransformer,
        n: int,
        label: Tensor | None = None,
        given: Tensor | None = None,
        known: Tensor | None = None,
    ) -> None:
        """See what is known."""
        self.model, self.label, self.at = model, label, 0
        if given is None or known is None:
            self.tokens = model.position.new_zeros(n, model.entries, model.inputs)
            self.seen = torch.zeros(n, model.entries, dtype=torch.bool, device=model.device)
        else:
            # a copy: what is drawn is written into it
            self.tokens, self.seen = model.tokens(given).clone(), model.by_entry(known).all(-1)

    def next(self) -> Tensor:
        """Return the parameters of the next entry, ``(n, P, *entry)``."""
        outputs = self.model.network(self.tokens, self.seen, self.label)[:, self.at]
        return self.model.parameters_of_entry(outputs)

    def append(self, x: Tensor) -> None:
        """Take notice of the values of that entry, ``(n, *entry)``."""
        self.tokens[:, self.at], self.seen[:, self.at] = self.model.token(x), True
        self.at += 1
