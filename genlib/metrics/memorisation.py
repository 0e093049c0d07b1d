"""Are samples copies of the training set? Two numbers from nearest neighbours."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.metrics.arguments import feature_sets
from genlib.metrics.neighbours import nearest_neighbours, to_nearest


def authenticity(train: Tensor, fake: Tensor) -> float:
    r"""Return the share of samples that are no near copies of a training example.

    With the training example :math:`x_i` that is nearest to a sample y, the sample is authentic
    if it lies further from it than the next training example does:

    .. math:: |y - x_i| > \min_{j \ne i} |x_j - x_i|, \qquad i = \arg\min_j |y - x_j|.

    Alaa et al. (2022, https://arxiv.org/abs/2102.08921), with the nearest neighbour in place of
    their test. Copies score 0. New examples of the data's own distribution do not score 1, nor one
    half: take the score of held-out data as the ideal, not a constant. Blur and noise raise it, so
    it means nothing without a measure of quality. Some programs ask this of every training
    example and its nearest sample instead; that number is another one. Derived in the chapter on
    evaluating samples.

    Args:
        train: features of the training set, (N, D), at least 2: of all of it, as a copy of an
            example that is left out looks authentic.
        fake: features of samples, (M, D).

    Returns:
        a share from 0 to 1; a tie is no authentic sample. Computed in float64.

    Raises:
        ValueError: if a set is no (N, D) of finite numbers, too small, or D differs.
    """
    train, fake = feature_sets(1, train=train, fake=fake)
    if len(train) < 2:
        raise ValueError("train is 1 example, wanted at least 2: a radius needs another one")
    found = nearest_neighbours(fake, train)
    nearest = found.indices[:, 0]
    # Only the radii that are asked for: a training set may be far larger than a set of samples.
    asked, place = nearest.unique(return_inverse=True)
    radii = nearest_neighbours(train[asked], train, k=2).distances[:, 1]
    return (found.distances[:, 0] > radii[place]).double().mean().item()


@dataclass(frozen=True)
class Copying:
    """Whether samples lie nearer to the training set than held-out data do.

    Attributes:
        share: of pairs of a sample and a held-out example, in which the sample is the nearer one;
            1/2 if samples are like new data, above if they copy, below if they stay away.
        z: how many standard errors the share is above 1/2.
    """

    share: float
    z: float


def copying(train: Tensor, test: Tensor, fake: Tensor) -> Copying:
    r"""Compare distances to the training set: of samples, and of held-out data.

    With :math:`d(x) = \min_i |x - x_i|` over the training set,

    .. math:: P\big(d(y) < d(x')\big) + \tfrac12 P\big(d(y) = d(x')\big)

    for a sample y and a held-out example x', which is 1/2 where both have one distribution: the
    statistic of Mann and Whitney, with its normal error :math:`\sqrt{(n + m + 1) / 12 n m}`.
    Unlike ``authenticity`` it knows its ideal. Meehan, Chaudhuri and Dasgupta (2020,
    https://arxiv.org/abs/2004.05675), in one cell. Poor samples lie far from everything and may
    hide copies among them, which the mean over all does not show. Derived in the chapter on
    evaluating samples.

    Args:
        train: features of the training set, (N, D).
        test: features of held-out data, (n, D).
        fake: features of samples, (m, D).

    Returns:
        the share and its z, computed in float64.

    Raises:
        ValueError: if a set is no (N, D) of finite numbers, or D differs.
    """
    train, test, fake = feature_sets(1, train=train, test=test, fake=fake)
    near, usual = to_nearest(fake, train), to_nearest(test, train).sort().values
    # Of held-out examples: how many are nearer than a sample, and how many at most as far.
    nearer, within = (torch.searchsorted(usual, near, side=s).double() for s in ("left", "right"))
    share = (1 - (nearer + within) / (2 * len(usual))).mean().item()
    error = math.sqrt((len(usual) + len(near) + 1) / (12 * len(usual) * len(near)))
    return Copying(share, (share - 0.5) / error)
