"""The kernel density of samples, as a log-likelihood that misleads."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.metrics.arguments import feature_sets

TOGETHER = 1000  # examples whose distances to all samples are held at once


def parzen(samples: Tensor, x: Tensor, bandwidth: float) -> Tensor:
    r"""Return the log-density that Gaussian windows around samples give to x.

    .. math:: \log \frac1M \sum_{j=1}^M \mathcal N(x;\, y_j, h^2 I)

    It belongs to the samples and the bandwidth h rather than to the model: in hundreds of
    dimensions no practical M comes near the model's own density, and the order of models may be
    the wrong one (Theis, van den Oord and Bethge, 2016, https://arxiv.org/abs/1511.01844). It is
    here because papers print it. Derived in the chapter on likelihoods of decoders.

    Args:
        samples: y, (M, D), flat.
        x: (N, D), flat.
        bandwidth: h, in the units of x; ``parzen_bandwidth`` chooses it.

    Returns:
        nats, (N,), computed in float64.

    Raises:
        ValueError: if the bandwidth is not positive, a set is no (N, D) of finite numbers, or D
            differs.
    """
    samples, x = feature_sets(1, samples=samples, x=x)
    return _log_densities(samples, x, [bandwidth])[0]


def parzen_bandwidth(samples: Tensor, validation: Tensor, bandwidths: Sequence[float]) -> float:
    """Return which bandwidth gives held-out data the highest mean log-density.

    Not the data that are to be judged: that would flatter. If it is the first or the last of the
    list, look further.

    Args:
        samples: (M, D), flat.
        validation: (N, D), flat.
        bandwidths: what there is to choose from, in the units of the data.

    Raises:
        ValueError: as ``parzen``, or if there is nothing to choose from.
    """
    if not bandwidths:
        raise ValueError("bandwidths is empty, wanted positive numbers to choose from")
    samples, validation = feature_sets(1, samples=samples, validation=validation)
    means = _log_densities(samples, validation, bandwidths).mean(1)
    return bandwidths[int(means.argmax())]


def _log_densities(samples: Tensor, x: Tensor, bandwidths: Sequence[float]) -> Tensor:
    """Return the log-densities for each bandwidth, (H, N): distances are taken once."""
    if not all(0 < width < math.inf for width in bandwidths):
        raise ValueError(f"bandwidth {bandwidths}, wanted positive numbers")
    parts = []
    for rows in x.split(TOGETHER):
        squares = torch.cdist(rows, samples).square()
        found = [torch.logsumexp(-0.5 * squares / width**2, 1) for width in bandwidths]
        parts.append(torch.stack(found))
    scale = torch.tensor([math.log(2 * math.pi * width**2) for width in bandwidths])
    constant = 0.5 * x.shape[1] * scale.double() + math.log(len(samples))
    return torch.cat(parts, 1) - constant[:, None]
