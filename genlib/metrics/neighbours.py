"""Which examples of one set are nearest to those of another."""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.metrics.arguments import check_count, feature_sets

TOGETHER = 1000  # rows whose distances to all others are held at once
SPARE = 4  # references beyond the k nearest that are looked at closely


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
    return closest(queries, references, k)


def to_nearest(x: Tensor, y: Tensor) -> Tensor:
    """Return the distance of each row of x to the nearest row of y, (N,)."""
    return closest(x, y, 1).distances[:, 0]


def to_kth_other(x: Tensor, k: int = 1) -> Tensor:
    """Return the distance of each row to the k-th nearest other row, (N,)."""
    return closest(x, x, k + 1).distances[:, k]  # the nearest of all is the row itself


def closest(x: Tensor, y: Tensor, k: int) -> Neighbours:
    """Return the k rows of y that are nearest to each row of x, float64.

    Products of matrices, which are quick and inexact, leave few candidates; differences decide.
    Where rounding could have left out a nearer one, all are looked at.
    """
    parts = [_closest(rows, y, k) for rows in x.split(TOGETHER)]
    return Neighbours(*(torch.cat(each) for each in zip(*parts, strict=True)))


def _closest(x: Tensor, y: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return distances and places of the k nearest, each (N, k)."""
    if len(y) <= k + SPARE:
        return tuple(distances(x, y).topk(k, dim=1, largest=False))
    places, doubtful = candidates(x, y, k)
    apart, order = distances(x[:, None], y[places])[:, 0].topk(k, dim=1, largest=False)
    places = places.gather(1, order)
    if doubtful.any():
        again = distances(x[doubtful], y).topk(k, dim=1, largest=False)
        apart[doubtful], places[doubtful] = again
    return apart, places


def candidates(x: Tensor, y: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return k + SPARE rows of y for each of x, and for which of x a nearer one may be missing.

    Half the squared distance of two rows is |x|^2 / 2 + |y|^2 / 2 - xy, of which the first term is
    the same for all y. In D dimensions its rounding error is below D eps (|x| + |y|)^2.
    """
    centre = y.mean(0)
    x, y = x - centre, y - centre
    halves = y.square().sum(1) / 2 - x @ y.T
    found = halves.topk(k + SPARE, dim=1, largest=False)
    lengths = x.norm(dim=1) + y.norm(dim=1).max()
    error = 4 * (x.shape[1] + 4) * torch.finfo(x.dtype).eps * lengths.square()
    return found.indices, found.values[:, -1] - found.values[:, k - 1] <= 2 * error


def distances(x: Tensor, y: Tensor) -> Tensor:
    """Return the distances of all pairs, (N, M).

    By differences, not by products of matrices: those are quicker, but equal rows would be apart.
    """
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
