"""The restricted Boltzmann machine."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.utils.checkpoint import checkpoint

from genlib.energy.arguments import check_counts
from genlib.energy.binary import BinaryModel, all_states, coins

STATES = 2**14  # of the hidden units, summed at once: 50 MB of logits for 28 x 28 pixels


class RBM(BinaryModel):
    r"""Pixels v and hidden units h, zeros and ones, coupled across but not among themselves.

    .. math:: p(v, h) \propto e^{b^T v + c^T h + h^T W v}, \qquad
              E(v) = -b^T v - \sum_j \log\left(1 + e^{c_j + (W v)_j}\right).

    The energy of v (its free energy) has the hidden units summed out. Given v all hidden units are
    independent, and the other way round, so a transition draws all of h, then all of v. Smolensky
    (1986); Hinton (2002, https://doi.org/10.1162/089976602760128018). Derived in the chapter on
    energies and scores.

    Args:
        hidden: m, how many hidden units.
        event_shape: shape of one v, n numbers in all.
        scale: standard deviation of the weights at the start.
        **options: ``steps``, ``chains``, ``burn_in``, ``lr`` and ``schedule`` of
            :py:class:`~genlib.energy.UnnormalisedModel`.

    Attributes:
        bias: b, (n,).
        hidden_bias: c, (m,).
        weight: W, (m, n).

    Raises:
        ValueError: if a size is not positive.
    """

    def __init__(
        self,
        hidden: int = 128,
        event_shape: Sequence[int] = (1, 28, 28),
        *,
        scale: float = 0.01,
        **options: object,
    ) -> None:
        """Draw small weights, so that hidden units differ."""
        check_counts(hidden=hidden)
        super().__init__(event_shape, **options)
        self.bias = nn.Parameter(torch.zeros(self.units))
        self.hidden_bias = nn.Parameter(torch.zeros(hidden))
        self.weight = nn.Parameter(scale * torch.randn(hidden, self.units))

    def hidden_logits(self, v: Tensor) -> Tensor:
        """Return the logits of p(h = 1 | v), ``(B, m)``, for ``(B, *event)``."""
        return v.flatten(1) @ self.weight.T + self.hidden_bias

    def visible_logits(self, h: Tensor) -> Tensor:
        """Return the logits of p(v = 1 | h), ``(B, n)``, for ``(B, m)``."""
        return h @ self.weight + self.bias

    def energy(self, x: Tensor) -> Tensor:
        """Return the free energy E(v), ``(B,)``; see ``UnnormalisedModel.energy``."""
        return -x.flatten(1) @ self.bias - softplus(self.hidden_logits(x)).sum(1)

    def log_partition(self) -> Tensor:
        """Return log Z, 0-d, by a sum over the states of the smaller layer.

        Raises:
            ValueError: if both layers have more than 20 units.
        """
        if self.units <= len(self.hidden_bias):
            return super().log_partition()
        h = all_states(len(self.hidden_bias), self.bias)
        if len(h) <= STATES:
            return self.log_sum(h)
        # a backward pass works the logits out again, so that none are kept but a chunk's
        sums = [checkpoint(self.log_sum, part, use_reentrant=False) for part in h.split(STATES)]
        return torch.logsumexp(torch.stack(sums), 0)

    def log_sum(self, h: Tensor) -> Tensor:
        r"""Return the logarithm of the sum of :math:`Z\, p(v, h)` over these h and all v, 0-d."""
        return torch.logsumexp(h @ self.hidden_bias + softplus(self.visible_logits(h)).sum(1), 0)

    @torch.no_grad()
    def transition(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return v after all of h is drawn given v, and all of v given h."""
        h = coins(self.hidden_logits(x), x, generator)
        return coins(self.visible_logits(h), x, generator).view_as(x)
