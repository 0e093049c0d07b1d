"""Which examples of one set are nearest to those of another."""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.metrics.arguments import check_count, feature_sets

TOGETHER = 1000  # rows whose distances to all others are held at once


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The k nearest of some references to each query, the nearest first.

    Attributes:
        distances: Euclidean, (N, k), float64.
        indices: which references they are, (N, k), int64.
    """

    distances: Tensor
    indices: Tensor


def nearest_neighbours(queries: Tensor, references: Tensor, *, k: int = 1) -> Neighbours:
    r"""Find the k references that are nearest to each query.

    .. math:: i_1(x) = \arg\min_i |x - r_i|, \dots

    Samples beside their nearest training examples are the first look for memorisation. It is only
    a look: in pixels a copy that is moved by two pixels is far from its original (Theis, van den
    Oord and Bethge, 2016, https://arxiv.org/abs/1511.01844), and ``authenticity`` and ``copying``
    say how near is too near. Derived in the chapter on evaluating samples.

    Args:
        queries: features, or flat pixels, (N, D).
        references: of the same kind, (M, D). A query that is among them is its own neighbour, at
            distance 0.
        k: how many, at most M.

    Returns:
        distances in the units of the features, computed in float64, and indices.

    Raises:
        ValueError: if a set is no (N, D) of finite numbers, D differs, or ``k`` is no whole
            number from 1 to M.
    """
    check_count(1, k=k)
    queries, references = feature_sets(1, queries=queries, references=references)
    if k > len(references):
        raise ValueError(f"k={k} of {len(references)} references, wanted at most all of them")
    parts = [
        distances(rows, references).topk(k, dim=1, largest=False)
        for rows in queries.split(TOGETHER)
    ]
    return Neighbours(*(torch.cat(each) for each in zip(*parts, strict=True)))


def to_nearest(x: Tensor, y: Tensor) -> Tensor:
    """Return the distance of each row of x to the nearest row of y, (N,)."""
    return torch.cat([distances(rows, y).amin(1) for rows in x.split(TOGETHER)])


def to_kth_other(x: Tensor, k: int = 1) -> Tensor:
    """Return the distance of each row to the k-th nearest other row, (N,)."""
    nearest = [distances(rows, x).kthvalue(k + 1, dim=1).values for rows in x.split(TOGETHER)]
    return torch.cat(nearest)  # the nearest of all is the row itself


def distances(x: Tensor, y: Tensor) -> Tensor:
    """Return the distances of all pairs, (N, M).

    By differences, not by products of matrices: those are quicker, but equal rows would be apart.
    """
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
