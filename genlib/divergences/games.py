"""What the best discriminator of a GAN says, and what it is worth."""

import torch
from torch import Tensor

from genlib.divergences.arguments import check_floats
from genlib.divergences.tables import check_tables


def optimal_discriminator(log_p: Tensor, log_q: Tensor) -> Tensor:
    r"""Return :math:`D^*(x) = p(x) / (p(x) + q(x))` from the two log-densities at ``x``.

    It is the probability that ``x`` is data if data (``p``) and samples (``q``) are equally
    frequent, and its logit is :math:`\log p(x) - \log q(x)`. Where both densities are 0 it is not
    defined, and NaN.

    Args:
        log_p: log-densities in nats, of any shape.
        log_q: the same for the other distribution.

    Returns:
        probabilities of the same shape.

    Raises:
        ValueError: if they are no floats, or differ in shape or device.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661, proposition 1.
    Chapter: "The GAN game".
    """
    check_floats(log_p=log_p, log_q=log_q)
    if log_p.shape != log_q.shape:
        raise ValueError(
            f"log_p is {tuple(log_p.shape)} and log_q {tuple(log_q.shape)}, wanted one shape"
        )
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
