"""The Vendi score: how many different examples there are, in effect."""

import math

import torch
from torch import Tensor

from genlib.metrics.arguments import feature_sets
from genlib.metrics.neighbours import distances


def vendi(x: Tensor, *, width: float | None = None) -> float:
    r"""Return the effective number of different examples in a set.

    .. math:: \exp\Big( -\sum_i \lambda_i \log \lambda_i \Big), \qquad
              \lambda = \text{the eigenvalues of } K/n, \quad K_{ij} = k(x_i, x_j),

    for a kernel with k(x, x) = 1. It is n if no two examples have anything in common, 1 if all are
    equal, and m for m groups of equal size whose members are equal and whose kernel across is 0.
    It compares examples with each other only: noise is diverse, and so are copies of the data.
    Friedman and Dieng (2023, https://arxiv.org/abs/2210.02410).

    The kernel decides what counts as different, so name it, and the features. Two are here:

    - cosine, by default: :math:`k(a, b) = a^\top b / |a| |b|`. Its score is at most D, the number
      of features, whatever n is;
    - Gaussian, with ``width`` w: :math:`k(a, b) = e^{-|a - b|^2 / 2 w^2}`. Its score is at most n,
      and is n for a width near 0.

    With the cosine kernel only the D x D matrix is decomposed, so a large n is cheap. Derived in
    the chapter on evaluating samples.

    Args:
        x: features, (n, D).
        width: of a Gaussian kernel, in the units of the features; None takes the cosine.

    Returns:
        the score, from 1 to n, computed in float64. It grows with n for samples of most
        distributions: compare sets of equal size.

    Raises:
        ValueError: if x is no (n, D) of finite numbers, the width is not positive, or there is a
            row of zeros, which has no cosine.
    """
    (x,) = feature_sets(1, x=x)
    values = _cosine(x) if width is None else _gaussian(x, width)
    values = values.clamp(min=0.0)  # rounding
    return math.exp(-torch.special.xlogy(values, values).sum().item())


def _cosine(x: Tensor) -> Tensor:
    """Return the eigenvalues of K/n that may differ from 0, as squared singular values."""
    lengths = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    if not (lengths > 0).all():
        raise ValueError("a row of x is all zeros, which has no cosine: give a width")
    unit = x / lengths
    gram = unit.mT @ unit if len(x) > x.shape[1] else unit @ unit.mT
    return torch.linalg.eigvalsh(gram / len(x))


def _gaussian(x: Tensor, width: float) -> Tensor:
    """Return the eigenvalues of K/n."""
    if not 0 < width < math.inf:
        raise ValueError(f"width={width}, wanted None or a positive number")
    kernel = torch.exp(-0.5 * (distances(x, x) / width).square())
    return torch.linalg.eigvalsh(kernel / len(x))
