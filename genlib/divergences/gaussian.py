"""Kullback-Leibler divergences of Gaussians, in closed form."""

import torch
from torch import Tensor


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


def _cholesky(covariance: Tensor) -> Tensor:
    factor, info = torch.linalg.cholesky_ex(covariance)
    if info.any():
        raise ValueError("a covariance matrix is not positive definite")
    return factor


def _log_diagonal(factor: Tensor) -> Tensor:
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
