"""The transformer: conditionals by attention to what came before."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.autoregressive.attention import TransformerBlock
from genlib.autoregressive.cache import Cache
from genlib.autoregressive.entries import EntryModel
from genlib.autoregressive.transformer_cache import TransformerCache


class Transformer(EntryModel):
    r"""Predicts each entry by attention to all entries before it.

    .. math:: h_i^0 = W x_{i-1} + p_i, \qquad h^l = \mathrm{block}^l(h^{l-1}), \qquad
              \theta_i = V\, \bar h_i^L + b

    where :math:`W x_0` is a learned start, one for each label, the positions :math:`p_i` are
    learned, and in every block (see :py:class:`~genlib.autoregressive.TransformerBlock`)
    an entry sees itself and those before it. It works on sequences and on small images: a pass over
    D entries costs :math:`D^2`. Vaswani et al. (2017, https://arxiv.org/abs/1706.03762). Derived in
    the chapter on sequences.

    Args:
        layers: L.
        width: numbers that an entry has.
        heads: into how many attention is cut.
        dropout: share of each branch's numbers that training leaves out.
        order: in which the entries are drawn, see
            :py:class:`~genlib.autoregressive.EntryModel`.
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
        self.blocks = nn.ModuleList(TransformerBlock(width, heads, dropout) for _ in range(layers))
        self.embedding = nn.Linear(self.inputs, width)
        self.start = nn.Embedding(self.classes or 1, width)
        self.position = nn.Parameter(0.02 * torch.randn(self.entries, width))
        self.norm, self.last = nn.LayerNorm(width), nn.Linear(width, self.outputs)
        nn.init.normal_(self.start.weight, std=0.02)

    def first(self, n: int, label: Tensor | None = None) -> Tensor:
        """Return what stands before the first entry, ``(n, width)``."""
        return self.start.weight.expand(n, -1) if label is None else self.start(label)

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of every entry given those before, ``(B, P, *event)``."""
        before = self.embedding(self.tokens(x)[:, :-1])
        h = torch.cat([self.first(len(x), label).unsqueeze(1), before], 1) + self.position
        for block in self.blocks:
            h = block(h)
        return self.arranged(self.last(self.norm(h)))

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` events entry by entry, each for the work of one entry."""
        return TransformerCache(self, n, label)
