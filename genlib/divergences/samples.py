"""Divergences estimated from events that were drawn from the distributions."""

import math
from collections.abc import Callable, Sequence

from torch import Tensor
from torch.nn.functional import logsigmoid

LogDensity = Callable[[Tensor], Tensor]


def jensen_shannon_samples(log_p: LogDensity, log_q: LogDensity, x: Tensor, y: Tensor) -> Tensor:
    r"""Estimate the Jensen-Shannon divergence from samples of two known densities.

    .. math::

        \log 2 + \tfrac12 E_{x \sim p} \log\frac{p(x)}{p(x) + q(x)}
        + \tfrac12 E_{y \sim q} \log\frac{q(y)}{p(y) + q(y)}.

    The estimate is unbiased; its error falls as one over the root of the number of samples.

    Args:
        log_p: log-density of p, ``(B, *event) -> (B,)``, in nats.
        log_q: log-density of q.
        x: samples of p.
        y: samples of q.

    Returns:
        nats, a scalar.
    """
    at_x = logsigmoid(log_p(x) - log_q(x)).mean()
    at_y = logsigmoid(log_q(y) - log_p(y)).mean()
    return math.log(2) + (at_x + at_y) / 2


def mmd(
    x: Tensor, y: Tensor, bandwidths: Sequence[float] = (1.0,), unbiased: bool = True
) -> Tensor:
    r"""Estimate the squared maximum mean discrepancy between two sets of samples.

    .. math::

        \mathrm{MMD}^2 = E\,k(x, x') - 2 E\,k(x, y) + E\,k(y, y'), \qquad
        k(a, b) = \frac1H \sum_h \exp\Big( -\frac{|a - b|^2}{2 h^2} \Big).

    The unbiased statistic leaves out the pairs of an event with itself and may be negative;
    the biased one keeps them and is never negative.

    Args:
        x: samples of one distribution, ``(m, *event)``.
        y: samples of the other, ``(n, *event)``.
        bandwidths: the ``h``, in the units of the events.
        unbiased: which of the two statistics.

    Returns:
        a scalar, differentiable in ``x`` and ``y``.

    Raises:
        ValueError: if events differ in shape or are not floating point, there are fewer than
            two, or a bandwidth is not positive.

    Source: Gretton et al. (2012), https://jmlr.org/papers/v13/gretton12a.html, lemma 6.
    Chapter: "The GAN game".
    """
    if x.shape[1:] != y.shape[1:] or min(len(x), len(y)) < 2:
        raise ValueError(
            f"x is {tuple(x.shape)} and y {tuple(y.shape)}; wanted two or more events of one shape"
        )
    if not (x.is_floating_point() and y.is_floating_point()):
        raise ValueError(f"x is {x.dtype} and y {y.dtype}, wanted floating point")
    if len(bandwidths) == 0 or min(bandwidths) <= 0:
        raise ValueError(f"bandwidths={tuple(bandwidths)}, wanted positive numbers")
    x, y = x.reshape(len(x), -1), y.reshape(len(y), -1)
    within = [_mean_kernel(a, a, bandwidths, skip_diagonal=unbiased) for a in (x, y)]
    return sum(within) - 2 * _mean_kernel(x, y, bandwidths)


def _mean_kernel(
    x: Tensor, y: Tensor, bandwidths: Sequence[float], skip_diagonal: bool = False
) -> Tensor:
    """Return the mean of k over all pairs, or over the pairs of different events."""
    products = x @ y.T
    squares = x.square().sum(1)[:, None] - 2 * products + y.square().sum(1)
    kernels = sum((squares / (-2 * h * h)).exp() for h in bandwidths) / len(bandwidths)
    if not skip_diagonal:
        return kernels.mean()
    return (kernels.sum() - kernels.diagonal().sum()) / (len(x) * (len(x) - 1))
