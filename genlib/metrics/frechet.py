"""The Fréchet distance between two sets of features."""

import math

import torch
from torch import Tensor

from genlib.metrics.arguments import check_count, feature_sets, shuffled


def frechet(x: Tensor, y: Tensor) -> float:
    r"""Return the squared Fréchet distance of the Gaussians with the sets' means and covariances.

    .. math::

        |m_x - m_y|^2 + \mathrm{tr}\, S_x + \mathrm{tr}\, S_y - 2\, \mathrm{tr}\,(S_x S_y)^{1/2},

    which for Gaussians is their squared 2-Wasserstein distance. With the features of an Inception
    network it is known as FID (Heusel et al., 2017, https://arxiv.org/abs/1706.08500); with
    others it is another number: name the network beside it. Two sets of the same mean and
    covariance have distance 0, whatever else tells them apart.

    The estimate is too large, by about :math:`c\,(1/n + 1/m)`; for Gaussians whose covariance has
    eigenvalues :math:`\lambda_i`,

    .. math:: c = \tfrac32 \sum_i \lambda_i + \sum_{i < j} \frac{\lambda_i \lambda_j}
        {\lambda_i + \lambda_j}.

    So only distances of equally many examples can be compared, and those of no more than D
    examples say little. ``frechet_limit`` takes this term away. Derived in the chapter on
    evaluating samples.

    The covariances (with n - 1) are never multiplied out: :math:`S_x = R_x^\top R_x` with the
    triangular factor of the centred features, and the last trace is the sum of the singular
    values of :math:`R_x R_y^\top`. That holds for singular covariances as well.

    Args:
        x: features, (n, D).
        y: features, (m, D).

    Returns:
        the distance, in the squared units of the features, computed in float64.

    Raises:
        ValueError: if a set is no (N, D) of finite numbers with at least 2 rows, or D differs.
    """
    x, y = feature_sets(2, x=x, y=y)
    shift = x.mean(0) - y.mean(0)
    root_x, root_y = _root(x), _root(y)
    spread = root_x.square().sum() + root_y.square().sum()
    overlap = torch.linalg.svdvals(root_x @ root_y.mT).sum()
    return max(0.0, (shift.square().sum() + spread - 2 * overlap).item())


def _root(features: Tensor) -> Tensor:
    """Return R, (min(n, D), D), with the covariance of the features as R^T R."""
    centred = features - features.mean(0)
    return torch.linalg.qr(centred / math.sqrt(len(features) - 1), mode="r").R


def frechet_limit(x: Tensor, y: Tensor, *, splits: int = 4) -> float:
    r"""Return ``frechet`` as it would be with infinitely many examples, nearly without bias.

    .. math:: 2 F(n, m) - \overline{F}(n/2, m/2)

    A bias in proportion to 1/n is twice as large on half the examples, so that the difference is
    free of it. The mean is over the halves of random splits. The result strays more than
    ``frechet`` itself and may lie below 0. After Chong and Forsyth (2020,
    https://arxiv.org/abs/1911.07023), who fit a line through more sizes.

    Args:
        x: features, (n, D).
        y: features, (m, D).
        splits: how often the sets are halved.

    Returns:
        the estimate, in the squared units of the features; the same for the same arguments.

    Raises:
        ValueError: as ``frechet``, or if half of a set has no more than D rows: so few follow
            another law.
    """
    check_count(1, splits=splits)
    x, y = feature_sets(4, x=x, y=y)
    if min(len(x), len(y)) // 2 <= x.shape[1]:
        raise ValueError(
            f"x is {tuple(x.shape)} and y {tuple(y.shape)}, wanted at least "
            f"2 (D + 1) = {2 * (x.shape[1] + 1)} rows each"
        )
    halves = [
        frechet(*pair)
        for seed in range(splits)
        for pair in zip(*(shuffled(each, seed).tensor_split(2) for each in (x, y)), strict=True)
    ]
    return 2 * frechet(x, y) - sum(halves) / len(halves)
