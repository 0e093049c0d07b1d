"""The smallest autoregressive models: columns, chains and n-grams, trained by counting."""

import torch
from torch import Tensor

from genlib.autoregressive.counted import CountedModel


class MarkovChain(CountedModel):
    r"""Predicts each entry from the k before it, by counts and as many as a more that are made up.

    .. math:: p_t(w|c) = \frac{n_t(c, w) + a\, p_t(w|c')}{\sum_v n_t(c, v) + a}

    where c' is the context c without its oldest entry: the less a context was seen, the more the
    shorter one is believed. At the first positions contexts are as long as there are entries. The
    rule is the mean under a Dirichlet distribution of strength a around :math:`p_t(\cdot|c')`:
    MacKay and Peto (1995, https://doi.org/10.1017/S1351324900000218). Derived in the chapter on
    sequences.

    Args:
        context: k, the order of the chain.
        per_position: whether each position t has counts of its own; False for a homogeneous chain,
            whose ``count`` and ``log_prob`` take sequences of any length.
        pseudo: a, in entries.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes. Each
            label has counts of its own.

    Raises:
        ValueError: if a number is out of its range, or levels of the likelihood cannot be counted.
    """

    def __init__(
        self,
        context: int = 1,
        per_position: bool = True,
        pseudo: float = 1.0,
        **options: object,
    ) -> None:
        """Begin without counts: all is even."""
        super().__init__(context, per_position, **options)
        if not pseudo > 0:
            raise ValueError(f"pseudo={pseudo}, wanted a positive number")
        self.pseudo = pseudo

    def strength(self, counts: Tensor) -> float:
        """Return a."""
        return self.pseudo


class PositionWeights(MarkovChain):
    r"""Independent entries, each position with its own frequencies: a position weight matrix.

    .. math:: p(x) = \prod_t p_t(x_t), \qquad p_t(w) = \frac{n_t(w) + a / K}{N + a}

    for N events and K levels. Stormo et al. (1982, https://doi.org/10.1093/nar/10.9.2997). Derived
    in the chapter on sequences.

    Args:
        pseudo: a, the entries that are made up at each position, evenly.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes. Each
            label has a matrix of its own.

    Raises:
        ValueError: if a is not positive, or levels of the likelihood cannot be counted.
    """

    def __init__(self, pseudo: float = 1.0, **options: object) -> None:
        """Begin without counts: all is even."""
        super().__init__(0, True, pseudo, **options)

    def matrix(self, label: int | None = None) -> Tensor:
        """Return the probability of each level at each position, ``(D, K)``, in the events' order.

        Raises:
            ValueError: if a label is wanted and not given.
        """
        nothing = torch.zeros(1, *self.event_shape, dtype=self.dtype, device=self.device)
        p = self.likelihood.probabilities(self.conditionals(nothing, self.known(label, 1)))
        return p[0].flatten(1).T


class NGram(CountedModel):
    r"""Predicts each symbol from the n - 1 before it, by counts that all positions share.

    .. math:: p(w|c) = \frac{n(c, w) + t(c)\, p(w|c')}{\sum_v n(c, v) + t(c)}

    where t(c) is the number of different symbols that were seen after c: a context that is followed
    by ever new ones leaves more to the shorter context c'. Interpolated, after Witten and Bell
    (1991, https://doi.org/10.1109/18.87000). Nothing is left to choose but the length. Sequences
    may have any length in ``count`` and ``log_prob``; those that ``sample`` draws have
    ``event_shape``. Derived in the chapter on sequences.

    Args:
        context: n - 1, the symbols that it looks back at.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes. Each
            label has counts of its own.

    Raises:
        ValueError: if the context is too long, or levels of the likelihood cannot be counted.
    """

    def __init__(self, context: int = 4, **options: object) -> None:
        """Begin without counts: all is even."""
        super().__init__(context, False, **options)

    def strength(self, counts: Tensor) -> Tensor:
        """Return t."""
        return (counts > 0).sum(1, keepdim=True)
