"""A transformer that knows all orders: it fills in what is masked."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.autoregressive.any_order_cache import SeenEntries
from genlib.autoregressive.attention import TransformerBlock
from genlib.autoregressive.cache import Cache
from genlib.autoregressive.entries import EntryModel, permutation
from genlib.model import Batch, Label, events_and_labels, positive


class AnyOrderTransformer(EntryModel):
    r"""Predicts each unknown entry from any set of known ones, by attention in all directions.

    For an order :math:`\sigma` of the entries, :math:`p(x|\sigma) = \prod_t p(x_{\sigma(t)} |
    x_{\sigma(<t)})`, and one network gives all factors of all orders: it sees the known entries,
    the others are masked. Where the order is drawn at random it is a latent variable, and

    .. math:: \log p(x) \ge E_\sigma \log p(x|\sigma) = D\, E_{t, \sigma} \Big[ \frac{1}{D - t}
              \sum_{k \notin \sigma(\le t)} \log p(x_k | x_{\sigma(\le t)}) \Big]

    with t uniform on 0 ... D - 1: one set of known entries, drawn at random, trains all that is
    unknown (``loss``, ``elbo``). ``log_prob`` is exact for the one order that ``set_order`` sets,
    and costs D passes; so does a draw. A completion sees all known entries, wherever they are.
    Uria, Murray and Larochelle (2014, https://arxiv.org/abs/1310.1757); Hoogeboom et al. (2022,
    https://arxiv.org/abs/2110.02037). Derived in the chapter on sequences.

    Args:
        layers: blocks.
        width: numbers that an entry has.
        heads: into how many attention is cut.
        dropout: share of each branch's numbers that training leaves out.
        order: of ``log_prob`` and ``sample``, see :py:meth:`set_order`.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes.

    Raises:
        ValueError: if a size is not positive, or the width no multiple of the heads.
    """

    def __init__(
        self,
        layers: int = 2,
        width: int = 64,
        heads: int = 4,
        dropout: float = 0.0,
        *,
        order: Sequence[int] | Tensor | None = None,
        **options: object,
    ) -> None:
        """Build the blocks."""
        super().__init__(order=order, **options)
        if layers < 1:
            raise ValueError(f"layers={layers}, wanted at least 1")
        block = {"dropout": dropout, "causal": False}
        self.blocks = nn.ModuleList(TransformerBlock(width, heads, **block) for _ in range(layers))
        self.embedding = nn.Linear(self.inputs + 1, width)
        self.of_label = nn.Embedding(self.classes, width) if self.classes else None
        self.position = nn.Parameter(0.02 * torch.randn(self.entries, width))
        self.norm, self.last = nn.LayerNorm(width), nn.Linear(width, self.outputs)

    def set_order(self, order: Sequence[int] | Tensor | None) -> None:
        """From now on score and draw in this order: the numbers of the entries, or None.

        Raises:
            ValueError: if it is no permutation of the entries.
        """
        found = permutation(order, self.entries)
        self.order = None if found is None else found.to(self.device)

    def network(self, tokens: Tensor, known: Tensor, label: Tensor | None = None) -> Tensor:
        """Return the parameters of all entries given the known ones, ``(B, D, outputs)``.

        Args:
            tokens: ``(B, D, inputs)``, in order.
            known: true where an entry is seen, ``(B, D)`` or ``(D,)``.
            label: of a conditional model, ``(B,)``.
        """
        seen = known.to(tokens.dtype).expand(tokens.shape[:2]).unsqueeze(-1)
        position = self.position if self.order is None else self.position[self.order]
        h = self.embedding(torch.cat([tokens * seen, seen], -1)) + position
        if label is not None:
            h = h + self.of_label(label).unsqueeze(1)
        for block in self.blocks:
            h = block(h)
        return self.last(self.norm(h))

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of each entry given those before, ``(B, P, *event)``; D passes."""
        tokens, number = self.tokens(x), torch.arange(self.entries, device=x.device)
        outputs = [self.network(tokens, number < t, label)[:, t] for t in range(self.entries)]
        return self.arranged(torch.stack(outputs, 1))

    def terms(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return one draw of the bound :math:`E_\sigma \log p(x|\sigma)` in nats, ``(B,)``."""
        n, d = len(x), self.entries
        count = torch.randint(d, (n, 1), device=x.device)
        known = torch.rand(n, d, device=x.device).argsort(1) < count  # so many, at random places
        outputs = self.network(self.tokens(x), known, label)
        unknown = self.log_prob_of_entries(x, outputs).masked_fill(known, 0).sum(1)
        return unknown * d / (d - count[:, 0])

    def loss(self, batch: Batch) -> Tensor:
        """Return minus one draw of the bound, the mean over the batch, in nats."""
        x, label = events_and_labels(batch, self.classes, type(self).__name__)
        return -self.terms(x, label).mean()

    def elbo(self, x: Tensor, label: Label | None = None, *, samples: int = 1) -> Tensor:
        """Return the mean of ``samples`` draws of the bound on log p(x), in nats, ``(B,)``.

        Raises:
            ValueError: as ``log_prob`` says, or if ``samples`` is not positive.
        """
        self.likelihood.check(x, self.event_shape, next(self.parameters()))
        known = self.known(label, len(x))
        return torch.stack([self.terms(x, known) for _ in range(positive(samples))]).mean(0)

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` events entry by entry, each in one pass."""
        return SeenEntries(self, n, label)

    def begun(
        self,
        n: int,
        label: Tensor | None,
        given: Tensor | None = None,
        known: Tensor | None = None,
        cached: bool = True,
    ) -> Cache:
        """Return what ``sample`` draws from; in a completion it sees all that is known."""
        if given is None:
            return super().begun(n, label, cached=cached)
        return SeenEntries(self, n, label, given, known)
