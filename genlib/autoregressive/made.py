"""The masked autoencoder: all conditionals from one multilayer perceptron."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.autoregressive.cache import Cache
from genlib.autoregressive.entries import EntryModel
from genlib.autoregressive.made_cache import MADECache
from genlib.nn import MaskedLinear, MaskedMLP


class MADE(EntryModel):
    r"""A multilayer perceptron whose masks let output i see the entries before i alone.

    .. math:: h^l = \max(0, (M^l \odot W^l)\, h^{l-1} + b^l), \qquad
              \theta = (M \odot W)\, h^L + b \; [\, + (A \odot V)\, x \,]

    Each unit has a degree, the last entry that it may see: :math:`M^l` is 1 where the degree does
    not fall, M and A where it rises (see :py:class:`~genlib.nn.MaskedMLP`). Training sees all D
    factors in one pass; drawing takes D steps that together cost about one pass, since a unit is
    worked out once, when the last entry that it sees is known. With ``hidden=None`` no entry sees
    another: p is a product of frequencies. Here the masks are fixed, where the paper also averages
    over several. Germain, Gregor, Murray and Larochelle (2015, https://arxiv.org/abs/1502.03509).
    Derived in the chapter on sequences.

    Args:
        hidden: widths of the hidden layers, None for independent entries. A layer narrower than D
            hides from some entries what comes just before them.
        direct: whether outputs also see the entries before them linearly, :math:`A \odot V`.
        order: in which the entries are drawn, see
            :py:class:`~genlib.autoregressive.EntryModel`.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes. Every
            unit sees the label.

    Raises:
        ValueError: if a size is not positive, or the order is no permutation of the entries.
    """

    def __init__(
        self,
        hidden: Sequence[int] | None = (1024,),
        direct: bool = False,
        *,
        order: Sequence[int] | Tensor | None = None,
        **options: object,
    ) -> None:
        """Build the masked network."""
        super().__init__(order=order, **options)
        widths, labels = (1,) if hidden is None else hidden, self.classes or 0
        self.network = MaskedMLP(self.entries, self.inputs, self.outputs, widths, labels)
        sources = self.network.degrees[0]
        seen = sources < torch.arange(1, self.entries + 1).repeat_interleave(self.outputs)[:, None]
        if hidden is None:
            for layer in (self.network.network[0], self.network.network[-1]):
                layer.mask.zero_()
            direct, seen = labels > 0, seen & (sources == 0)  # the label
        self.direct = MaskedLinear(seen, bias=False) if direct else None

    def sources(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Return what the network sees: the entries in order and the label, ``(B, numbers)``."""
        seen = self.tokens(x).flatten(1)
        return seen if label is None else torch.cat([seen, self.indicators(label)], 1)

    def indicators(self, label: Tensor) -> Tensor:
        """Return one indicator for each class, ``(B, classes)``."""
        numbers = torch.arange(self.classes, device=label.device)
        return (label[:, None] == numbers).to(next(self.parameters()).dtype)

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of every entry given those before, ``(B, P, *event)``."""
        seen = self.sources(x, label)
        outputs = self.network(seen)
        if self.direct is not None:
            outputs = outputs + self.direct(seen).view_as(outputs)
        return self.arranged(outputs)

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` events entry by entry, for about one pass in all."""
        return MADECache(self, n, label)
