"""What models share that count: contexts, what followed them, and how short ones help long ones."""

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn

from genlib.autoregressive.cache import Cache
from genlib.autoregressive.contexts import ContextNumbers
from genlib.autoregressive.counted_cache import CountedCache
from genlib.autoregressive.entries import EntryModel
from genlib.likelihoods import Bernoulli, Categorical
from genlib.model import Label, Player


class CountedModel(EntryModel):
    r"""Predicts each entry from the few before it, by how often what followed them.

    With :math:`n(c, w)` the number of times that w followed the context c, and c' the context
    without its oldest entry,

    .. math:: p(w|c) = \frac{n(c, w) + s(c)\, p(w|c')}{\sum_v n(c, v) + s(c)}

    down to the empty context, below which p is even. A context that was never seen is no evidence,
    and p(w|c) is p(w|c'). A subclass says how much the shorter context counts, s. Nothing is
    trained by gradients: :py:meth:`count` is all.

    Args:
        context: how many entries it looks back at: the order of the chain.
        per_position: whether each position has counts of its own, or all share them.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes. Each
            label has counts of its own.

    Raises:
        ValueError: if the likelihood is not one of levels that have a probability each, or the
            contexts are too long.
    """

    contexts: Tensor
    """Numbers of the contexts that were seen, (R,), sorted; the first, -1, is any other."""
    logits: Tensor
    """log p(w|c), (R, K)."""
    free_rows = ("contexts", "logits")
    """What has as many rows, R, as contexts were seen, when it is stored and loaded."""

    def __init__(self, context: int, per_position: bool, **options: object) -> None:
        """Begin without counts: all is even."""
        super().__init__(**options)
        if not isinstance(self.likelihood, Bernoulli | Categorical):
            raise ValueError(
                f"likelihood={type(self.likelihood).__name__}, wanted one whose levels can be "
                "counted: Bernoulli, Categorical or Symbols"
            )
        self.context, self.positions = context, self.entries if per_position else 1
        groups = self.positions * (self.classes or 1)
        self.number = ContextNumbers(self.likelihood.levels, context, groups)
        self.any_length = not per_position and len(self.event_shape) == 1 and self.order is None
        self.register_buffer("contexts", torch.tensor([-1]))
        self.logits = nn.Parameter(torch.zeros(1, self.likelihood.levels), requires_grad=False)

    def strength(self, counts: Tensor) -> Tensor | float:
        """Return s of contexts that were followed so often, ``(C, K)``: ``(C, 1)``, or one s."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of its smoothing")

    def players(self) -> list[Player]:
        """Refuse: nothing here is trained by gradients."""
        raise NotImplementedError(f"a {type(self).__name__} is fitted by .count(x), not by fit")

    @torch.no_grad()
    def count(self, x: Tensor, label: Label | None = None) -> Self:
        """Count in events ``(N, *event)`` and forget what was counted before; return the model.

        Raises:
            ValueError: as ``log_prob`` says.
        """
        levels, group = self.checked(x, label)
        numbers, k = self.number.before_each(levels, group), self.likelihood.levels
        contexts = torch.full_like(self.contexts[:1], -1)
        p = torch.full((1, k), 1 / k, dtype=torch.double, device=self.device)
        found = [(contexts, p)]
        for length in range(self.context + 1):
            seen, which = numbers[:, length:, length].unique(return_inverse=True)
            pairs = (which * k + levels[:, length:]).flatten()
            counts = pairs.bincount(minlength=len(seen) * k).view(len(seen), k).double()
            below = p[torch.searchsorted(contexts, self.number.shortened(seen, length))]
            contexts, p = seen, self.smoothed(counts, below)
            found.append((contexts, p))
        return self.keep(*(torch.cat(parts) for parts in zip(*found, strict=True)))

    def smoothed(self, counts: Tensor, below: Tensor) -> Tensor:
        """Return p(w|c) for the counts n(c, w) and p(w|c'), each ``(C, K)``."""
        strength = self.strength(counts)
        return (counts + strength * below) / (counts.sum(1, keepdim=True) + strength)

    def keep(self, contexts: Tensor, p: Tensor) -> Self:
        """Keep the probabilities (R, K) of contexts (R,)."""
        self.contexts, order = contexts.sort()
        logits = p[order].log().to(self.logits.dtype)
        self.logits = nn.Parameter(logits, requires_grad=False)
        return self

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Tensor], prefix: str, *others: object
    ) -> None:
        """Make room for the contexts that were counted, however many, before they are copied."""
        contexts = state_dict.get(f"{prefix}contexts")
        if contexts is not None and contexts.dim() == 1:
            rows = len(contexts)
            self.contexts = self.contexts.new_empty(rows)
            logits = self.logits.new_empty(rows, self.likelihood.levels)
            self.logits = nn.Parameter(logits, requires_grad=False)
        super()._load_from_state_dict(state_dict, prefix, *others)

    def checked(self, x: Tensor, label: Label | None) -> tuple[Tensor, Tensor]:
        """Return levels and groups of events, each ``(B, D)``, if they are events."""
        free = self.any_length and isinstance(x, Tensor) and x.dim() == 2
        self.likelihood.check(x, x.shape[1:] if free else self.event_shape, self.logits)
        return self.levels(x), self.groups(x, self.known(label, len(x)))

    def levels(self, x: Tensor) -> Tensor:
        """Return the numbers of the entries' levels, ``(B, D)``."""
        return self.likelihood.level(x if self.any_length else self.by_entry(x)[..., 0]).long()

    def groups(self, x: Tensor, label: Tensor | None) -> Tensor:
        """Return whose counts each entry of events adds to, by label and position, ``(B, D)``."""
        length = x.shape[1] if self.any_length else self.entries
        label = torch.zeros(len(x), dtype=torch.long, device=x.device) if label is None else label
        positions = torch.arange(length, device=x.device) % self.positions
        return label[:, None] * self.positions + positions

    def outputs_at(self, numbers: Tensor) -> Tensor:
        """Return the parameters of entries ``(..., P)``, given their contexts ``(..., k + 1)``."""
        at = torch.searchsorted(self.contexts, numbers).clamp(max=len(self.contexts) - 1)
        seen = self.contexts[at] == numbers  # if a context was seen, all shorter ones were
        longest = (seen.sum(-1, keepdim=True) - 1).clamp(min=0)
        logits = self.logits[(at * seen).gather(-1, longest).squeeze(-1)]
        return logits if self.outputs > 1 else logits[..., 1:] - logits[..., :1]

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of every entry given those before, ``(B, P, *event)``."""
        numbers = self.number.before_each(self.levels(x), self.groups(x, label))
        return self.arranged(self.outputs_at(numbers))

    def log_prob(self, x: Tensor, label: Label | None = None) -> Tensor:
        """Return log p(x), or log p(x | label), in nats, ``(B,)``: exact.

        Sequences that share counts may have any length.

        Raises:
            ValueError: as ``AutoregressiveModel.log_prob`` says.
        """
        self.checked(x, label)
        return self.likelihood.log_prob(x, self.conditionals(x, self.known(label, len(x))))

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` events entry by entry, each for one look-up."""
        return CountedCache(self, n, label)
