"""What the best discriminator of a GAN says, and what it is worth."""

import torch
from torch import Tensor

from genlib.divergences.tables import check_tables


def optimal_discriminator(log_p: Tensor, log_q: Tensor) -> Tensor:
    r"""Return :math:`D^*(x) = p(x) / (p(x) + q(x))` from the two log-densities at ``x``.

    It is the probability that ``x`` is data if data (``p``) and samples (``q``) are equally
    frequent, and its logit is :math:`\log p(x) - \log q(x)`.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661, proposition 1.
    Chapter: "The GAN game".
    """
    return torch.sigmoid(log_p - log_q)


def value_at_optimum(p: Tensor, q: Tensor, cell: float = 1.0) -> Tensor:
    r"""Return the value of the game for the best discriminator, by its definition.

    .. math::

        V^* = \max_D V = E_p \log D^* + E_q \log(1 - D^*), \qquad D^* = p/(p + q).

    It equals :math:`2\,\mathrm{JSD}(p, q) - \log 4`; the discriminator's cost there is
    :math:`J_D^* = -V^*`. Arguments, shape and errors as in :py:func:`kl`.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661, theorem 1.
    Chapter: "The GAN game".
    """
    check_tables(p, q, cell)
    total = p + q
    return (torch.xlogy(p, p) + torch.xlogy(q, q) - torch.xlogy(total, total)).sum(-1) * cell
