"""Log-likelihood by importance sampling, from any proposal."""

import torch
from torch import Tensor
from torch.distributions import Distribution

from genlib.metrics.arguments import check_count
from genlib.metrics.likelihood.decoder import LogDensity
from genlib.metrics.likelihood.weights import LogWeights

TOGETHER = 2_000  # codes decoded at once


@torch.no_grad()
def importance(log_joint: LogDensity, proposal: Distribution, draws: int = 1000) -> LogWeights:
    r"""Estimate :math:`\log p(x) = \log \int p(x, z)\, dz` from draws of a proposal.

    .. math:: \log \frac1K \sum_k \frac{p(x, z_k)}{q(z_k|x)}, \qquad z_k \sim q,

    which grows with K towards log p(x) in the mean: the bound of importance-weighted
    autoencoders. Burda, Grosse and Salakhutdinov (2016, https://arxiv.org/abs/1509.00519). With
    the prior as q it needs about :math:`e^{\mathrm{KL}(p(z|x) \| p(z))}` draws, which no computer
    has for images; with an encoder about :math:`e^{\mathrm{KL}(p(z|x) \| q)}`. Draws come from
    torch's global generator. Derived in the chapter on likelihoods of decoders.

    Args:
        log_joint: from codes (K, B, D) to log p(x, z), (K, B), such as ``decoder.log_joint(x)``.
            It need not be normalised: then log Z is what is estimated.
        proposal: q, of batch (B,) and event (D,): ``decoder.prior(len(x))``, or
            ``gaussian_codes(*vae.encode(x))``. It must reach wherever p does.
        draws: K.

    Returns:
        the weights, whose ``estimate`` is the bound.

    Raises:
        ValueError: if there are no draws, or a shape is another.
    """
    check_count(1, draws=draws)
    rows = max(1, TOGETHER // max(1, proposal.batch_shape.numel()))
    sizes = [min(rows, draws - done) for done in range(0, draws, rows)]
    return LogWeights(torch.cat([_weights(log_joint, proposal, size) for size in sizes]))


def _weights(log_joint: LogDensity, proposal: Distribution, draws: int) -> Tensor:
    z = proposal.sample((draws,))
    target = checked(log_joint(z), z)
    return target.double() - proposal.log_prob(z).double()


def checked(values: Tensor, z: Tensor) -> Tensor:
    """Return what a log-density says of codes (K, B, D), if it is one number for each."""
    if values.shape != z.shape[:-1]:
        raise ValueError(
            f"log_joint returned {tuple(values.shape)} for codes {tuple(z.shape)}, "
            f"wanted {tuple(z.shape[:-1])}"
        )
    return values
