"""The kernel distance between two sets of features."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.metrics.arguments import check_count, feature_sets, shuffled


@dataclass(frozen=True)
class KernelDistance:
    """An unbiased estimate of a distance, and how far sampling lets it stray.

    Attributes:
        value: the squared maximum mean discrepancy; it may be below 0 where the sets are alike.
        error: its standard error, from the blocks.
    """

    value: float
    error: float


def kernel(x: Tensor, y: Tensor, *, blocks: int = 10) -> KernelDistance:
    r"""Estimate the squared maximum mean discrepancy of two sets, for a cubic kernel.

    .. math::

        \mathrm{MMD}^2 = E\,k(x, x') - 2 E\,k(x, y) + E\,k(y, y'), \qquad
        k(a, b) = \Big( \frac{a^\top b}{D} + 1 \Big)^3,

    which is 0 if and only if the distributions agree in all moments up to the third. With the
    features of an Inception network it is known as KID (Bińkowski et al., 2018,
    https://arxiv.org/abs/1801.01401).

    Both sets are shuffled and cut into equally many blocks; each pair of blocks gives the
    unbiased estimate, without the pairs of an example with itself. The value is their mean, the
    error their standard deviation over the root of their number. Unlike that of ``frechet``, its
    mean does not depend on how many examples there are. Derived in the chapter on evaluating
    samples.

    Args:
        x: features, (n, D).
        y: features, (m, D).
        blocks: how many; fewer make the value stray less and its error less certain, and take
            longer.

    Returns:
        value and error, the same for the same arguments, computed in float64.

    Raises:
        ValueError: if a set is no (N, D) of finite numbers with at least 2 rows a block, or D
            differs.
    """
    check_count(2, blocks=blocks)
    x, y = feature_sets(2 * blocks, x=x, y=y)
    # Different orders, or sets with common rows would meet them in the same block.
    parts = zip(
        shuffled(x, 0).tensor_split(blocks), shuffled(y, 1).tensor_split(blocks), strict=True
    )
    estimates = torch.stack([_unbiased(*pair) for pair in parts])
    return KernelDistance(estimates.mean().item(), estimates.std().item() / math.sqrt(blocks))


def _unbiased(x: Tensor, y: Tensor) -> Tensor:
    """Return the unbiased estimate of the squared discrepancy of two blocks, a scalar."""
    return _mean_of_pairs(x) - 2 * _cubic(x, y).mean() + _mean_of_pairs(y)


def _mean_of_pairs(x: Tensor) -> Tensor:
    """Return the mean kernel over all pairs of different rows."""
    values = _cubic(x, x)
    return (values.sum() - values.diagonal().sum()) / (len(x) * (len(x) - 1))


def _cubic(x: Tensor, y: Tensor) -> Tensor:
    return (x @ y.mT / x.shape[1] + 1) ** 3
