"""Divergences of two tables: probabilities, or densities at the points of an even grid."""

from collections.abc import Callable

import torch
from torch import Tensor


def kl(p: Tensor, q: Tensor, cell: float = 1.0) -> Tensor:
    r"""Return :math:`\mathrm{KL}(p \,\|\, q) = \sum_i p_i \log(p_i / q_i)` of two tables.

    Infinite where ``q`` is 0 and ``p`` is not; :math:`0 \log 0 = 0`.

    Args:
        p: probabilities (or densities on a grid), of shape ``(..., n)``.
        q: the same for the other distribution.
        cell: volume of a grid cell; 1 for probabilities.

    Returns:
        nats, of shape ``(...)``.

    Raises:
        ValueError: if a table is negative, does not sum to 1 (within 0.1 %), or the shapes differ.
    """
    check_tables(p, q, cell)
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1) * cell


def jensen_shannon(p: Tensor, q: Tensor, cell: float = 1.0) -> Tensor:
    r"""Return the Jensen-Shannon divergence of two tables, between 0 and log 2.

    .. math::

        \mathrm{JSD}(p, q) = \tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m),
        \qquad m = \tfrac12 (p + q).

    Arguments and errors as in :py:func:`kl`. Source: Lin (1991),
    https://doi.org/10.1109/18.61115. Chapters: "Divergences" and "The GAN game".
    """
    check_tables(p, q, cell)
    m = (p + q) / 2
    return (kl(p, m, cell) + kl(q, m, cell)) / 2


def total_variation(p: Tensor, q: Tensor, cell: float = 1.0) -> Tensor:
    r"""Return :math:`\mathrm{TV}(p, q) = \tfrac12 \sum_i |p_i - q_i|`, between 0 and 1.

    Arguments and errors as in :py:func:`kl`.
    """
    check_tables(p, q, cell)
    return (p - q).abs().sum(-1) * cell / 2


def f_divergence(p: Tensor, q: Tensor, f: Callable[[Tensor], Tensor], cell: float = 1.0) -> Tensor:
    r"""Return :math:`D_f(p, q) = \sum_i q_i \, f(p_i / q_i)` of two tables.

    ``f`` takes the ratios, a tensor, and returns one of the same shape. If it is convex with
    ``f(1) = 0``, the sum is never negative. ``t log t`` gives KL(p || q), ``-log t`` gives
    KL(q || p), ``|t - 1| / 2`` the total variation.

    Arguments and errors as in :py:func:`kl`; besides, ``ValueError`` if ``q`` is 0 where ``p``
    is not, since the ratio says nothing there.

    Source: Csiszar (1967), "Information-type measures of difference of probability
    distributions and indirect observations". Chapter: "Divergences".
    """
    check_tables(p, q, cell)
    if ((q == 0) & (p > 0)).any():
        raise ValueError("q is 0 where p is not: the ratio p/q is not finite there")
    ratio = p / q.where(q > 0, 1)
    return (q * f(ratio)).where(q > 0, 0).sum(-1) * cell


def check_tables(p: Tensor, q: Tensor, cell: float) -> None:
    """Raise ``ValueError`` unless ``p`` and ``q`` are two distributions over the same points."""
    if p.shape[-1:] != q.shape[-1:] or p.ndim == 0:
        raise ValueError(f"p is {tuple(p.shape)} and q {tuple(q.shape)}, wanted the same points")
    for name, table in {"p": p, "q": q}.items():
        if not table.is_floating_point():
            raise ValueError(f"{name} is {table.dtype}, wanted floating point")
        if (table < 0).any():
            raise ValueError(f"{name} has negative entries, the smallest {table.min().item():.4g}")
        totals = table.sum(-1) * cell
        if not ((totals - 1).abs() <= 1e-3).all():  # so that NaN is refused too
            worst = totals.flatten()[(totals.flatten() - 1).abs().argmax()].item()
            raise ValueError(f"{name} sums to {worst:.4g}, wanted 1: is cell={cell} right?")
