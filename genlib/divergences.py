r"""Distances between distributions, in nats.

Two kinds of argument occur. *Tables*: probabilities along the last axis, or densities at the
points of an even grid whose cells have volume ``cell``; leading axes are a batch. *Samples*: events
drawn from the distributions, with log-densities where they are known.
Derived in the chapters "Divergences" and "The GAN game".
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

LogDensity = Callable[[Tensor], Tensor]


def kl_gaussian(
    mean: Tensor,
    log_variance: Tensor,
    other_mean: Tensor | float = 0.0,
    other_log_variance: Tensor | float = 0.0,
) -> Tensor:
    r"""Return KL(p || q) of two Gaussians with independent coordinates, by default to N(0, I).

    .. math::

        \tfrac12 \sum_i \Big( \log\tfrac{v_i}{s_i} + \tfrac{s_i + (m_i - n_i)^2}{v_i} - 1 \Big),
        \qquad p = N(m, \mathrm{diag}\,s),\; q = N(n, \mathrm{diag}\,v).

    Args:
        mean: ``m``, of shape ``(..., d)``.
        log_variance: ``log s``, of the same shape.
        other_mean: ``n``, broadcast against ``mean``.
        other_log_variance: ``log v``, broadcast likewise.

    Returns:
        nats, of shape ``(...)``.

    Raises:
        ValueError: if ``mean`` and ``log_variance`` differ in shape or are not floating point.
    """
    if mean.shape != log_variance.shape or not mean.is_floating_point():
        raise ValueError(
            f"mean is {tuple(mean.shape)} ({mean.dtype}) and log_variance "
            f"{tuple(log_variance.shape)}; wanted floats of one shape (..., d)"
        )
    log_ratio = log_variance - other_log_variance
    other_variance = torch.as_tensor(other_log_variance, dtype=mean.dtype, device=mean.device).exp()
    distance = (mean - other_mean).square() / other_variance
    return (log_ratio.exp() + distance - 1 - log_ratio).sum(-1) / 2


def kl_gaussian_full(
    mean: Tensor, covariance: Tensor, other_mean: Tensor, other_covariance: Tensor
) -> Tensor:
    r"""Return KL(p || q) of two Gaussians with full covariance matrices.

    .. math::

        \tfrac12 \Big( \log\tfrac{\det V}{\det S} + \mathrm{tr}(V^{-1} S)
        + (m - n)^\top V^{-1} (m - n) - d \Big), \qquad p = N(m, S),\; q = N(n, V).

    Args:
        mean: ``m``, of shape ``(..., d)``.
        covariance: ``S``, symmetric and positive definite, of shape ``(..., d, d)``.
        other_mean: ``n``, of shape ``(..., d)``.
        other_covariance: ``V``, of shape ``(..., d, d)``.

    Returns:
        nats, of shape ``(...)``.

    Raises:
        ValueError: if the shapes do not fit together or a matrix is not positive definite.
    """
    d = mean.shape[-1]
    for name, matrix in {"covariance": covariance, "other_covariance": other_covariance}.items():
        if matrix.shape[-2:] != (d, d):
            raise ValueError(f"{name} is {tuple(matrix.shape)}, wanted (..., {d}, {d})")
    factor, other_factor = _cholesky(covariance), _cholesky(other_covariance)
    whitened = torch.linalg.solve_triangular(other_factor, factor, upper=False)
    shift = torch.linalg.solve_triangular(
        other_factor, (mean - other_mean).unsqueeze(-1), upper=False
    )
    log_det = 2 * (_log_diagonal(other_factor) - _log_diagonal(factor))
    return (log_det + whitened.square().sum((-2, -1)) + shift.square().sum((-2, -1)) - d) / 2


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
    _check_tables(p, q, cell)
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1) * cell


def jensen_shannon(p: Tensor, q: Tensor, cell: float = 1.0) -> Tensor:
    r"""Return the Jensen-Shannon divergence of two tables, between 0 and log 2.

    .. math::

        \mathrm{JSD}(p, q) = \tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m),
        \qquad m = \tfrac12 (p + q).

    Arguments and errors as in :py:func:`kl`. Source: Lin (1991),
    https://doi.org/10.1109/18.61115. Chapter: "The GAN game".
    """
    _check_tables(p, q, cell)
    m = (p + q) / 2
    return (kl(p, m, cell) + kl(q, m, cell)) / 2


def total_variation(p: Tensor, q: Tensor, cell: float = 1.0) -> Tensor:
    r"""Return :math:`\mathrm{TV}(p, q) = \tfrac12 \sum_i |p_i - q_i|`, between 0 and 1.

    Arguments and errors as in :py:func:`kl`.
    """
    _check_tables(p, q, cell)
    return (p - q).abs().sum(-1) * cell / 2


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


def optimal_discriminator(log_p: Tensor, log_q: Tensor) -> Tensor:
    r"""Return :math:`D^*(x) = p(x) / (p(x) + q(x))` from the two log-densities at ``x``.

    It is the probability that ``x`` is data if data (``p``) and samples (``q``) are equally
    frequent, and its logit is :math:`\log p(x) - \log q(x)`.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661, proposition 1.
    Chapter: "The GAN game".
    """
    return torch.sigmoid(log_p - log_q)


def value_at_optimum(p: Tensor, q: Tensor, cell: float = 1.0) -> Tensor:
    r"""Return the value of the game for the best discriminator, by its definition.

    .. math::

        V^* = \max_D V = E_p \log D^* + E_q \log(1 - D^*), \qquad D^* = p/(p + q).

    It equals :math:`2\,\mathrm{JSD}(p, q) - \log 4`; the discriminator's cost there is
    :math:`J_D^* = -V^*`. Arguments, shape and errors as in :py:func:`kl`.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661, theorem 1.
    Chapter: "The GAN game".
    """
    _check_tables(p, q, cell)
    total = p + q
    return (torch.xlogy(p, p) + torch.xlogy(q, q) - torch.xlogy(total, total)).sum(-1) * cell


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


def _cholesky(covariance: Tensor) -> Tensor:
    factor, info = torch.linalg.cholesky_ex(covariance)
    if info.any():
        raise ValueError("a covariance matrix is not positive definite")
    return factor


def _log_diagonal(factor: Tensor) -> Tensor:
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _check_tables(p: Tensor, q: Tensor, cell: float) -> None:
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
