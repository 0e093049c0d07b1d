"""Divergences of two tables: probabilities, or densities at the points of an even grid."""

from collections.abc import Callable

import torch
from torch import Tensor

from genlib.divergences.arguments import check_floats, check_together, positive


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
        ValueError: if a table is no tensor of floats, is negative, does not sum to 1 (within
            0.1 %), the shapes or devices differ, or ``cell`` is no positive number.
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
    total = p + q
    # Half of the smallest number that a float holds is 0, and KL(p || 0) infinite.
    m = (total / 2).where(total / 2 > 0, total)
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
    KL(q || p), ``|t - 1| / 2`` the total variation. Where ``p`` is 0 the ratio is 0 too: write
    ``torch.xlogy(t, t)``, which is 0 there, for ``t * t.log()``, which is NaN.

    Arguments and errors as in :py:func:`kl`; besides, ``ValueError`` if ``q`` is 0 where ``p``
    is not, since the ratio says nothing there, or ``f`` gives another shape or NaN.

    Source: Csiszar (1967), "Information-type measures of difference of probability
    distributions and indirect observations". Chapter: "Divergences".
    """
    check_tables(p, q, cell)
    if ((q == 0) & (p > 0)).any():
        raise ValueError("q is 0 where p is not: the ratio p/q is not finite there")
    somewhere = q > 0
    ratio = (p / q.where(somewhere, 1)).where(somewhere, 1)  # f(1) is finite, and counts for 0
    return (q * _values(f, ratio)).sum(-1) * cell


def _values(f: Callable[[Tensor], Tensor], ratio: Tensor) -> Tensor:
    """Return f at the ratios, or say what is wrong with it."""
    if not callable(f):
        raise ValueError(f"f is {type(f).__name__}, wanted a function of the ratios p/q")
    values = f(ratio)
    if not isinstance(values, Tensor) or values.shape != ratio.shape:
        given = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
        raise ValueError(f"f gives {given}, wanted {tuple(ratio.shape)}, a value for each ratio")
    if (unknown := values.isnan()).any():
        raise ValueError(
            f"f is NaN at the ratio {ratio[unknown][0].item():.4g}; "
            "at 0 it must have its limit: torch.xlogy(t, t) for t * t.log()"
        )
    return values


def check_tables(p: Tensor, q: Tensor, cell: float) -> None:
    """Raise ``ValueError`` unless ``p`` and ``q`` are distributions over the same points."""
    check_floats(p=p, q=q)
    if p.shape[-1:] != q.shape[-1:] or p.ndim == 0:
        raise ValueError(f"p is {tuple(p.shape)} and q {tuple(q.shape)}, wanted the same points")
    check_together(p=p.shape, q=q.shape)
    if not positive(cell):
        raise ValueError(f"cell={cell!r}, wanted a positive number")
    _check_masses("p", p, cell)
    _check_masses("q", q, cell)


def _check_masses(name: str, table: Tensor, cell: float) -> None:
    if (table < 0).any():
        raise ValueError(f"{name} has negative entries, the smallest {table.min().item():.4g}")
    totals = table.sum(-1) * cell
    if not ((totals - 1).abs() <= 1e-3).all():  # so that NaN is refused too
        worst = totals.flatten()[(totals.flatten() - 1).abs().argmax()].item()
        raise ValueError(f"{name} sums to {worst:.4g}, wanted 1: is cell={cell} right?")
