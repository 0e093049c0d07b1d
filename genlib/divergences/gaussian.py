"""Kullback-Leibler divergences of Gaussians, in closed form."""

import torch
from torch import Tensor

from genlib.divergences.arguments import check_floats, check_together

_ROUNDING = 1e-4  # how far a covariance may be from symmetric, relative to its largest entry


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
        ValueError: if ``mean`` and ``log_variance`` are no floats of one shape, or the others do
            not fit them. Values are not looked at, so that a GPU need not wait.
    """
    check_floats(mean=mean, log_variance=log_variance)
    if mean.shape != log_variance.shape or mean.ndim == 0:
        raise ValueError(
            f"mean is {tuple(mean.shape)} and log_variance {tuple(log_variance.shape)}; "
            "wanted floats of one shape (..., d)"
        )
    _check_other("other_mean", other_mean, mean)
    _check_other("other_log_variance", other_log_variance, mean)
    log_ratio = log_variance - other_log_variance
    other_variance = torch.as_tensor(other_log_variance, dtype=mean.dtype, device=mean.device).exp()
    distance = (mean - other_mean).square() / other_variance
    # expm1 keeps the digits of exp(r) - 1 where the Gaussians are nearly equal.
    return (torch.expm1(log_ratio) - log_ratio + distance).sum(-1) / 2


def _check_other(name: str, other: Tensor | float, mean: Tensor) -> None:
    """Refuse what cannot be broadcast against ``mean``, or would change how many coordinates."""
    if not isinstance(other, Tensor | int | float):
        raise ValueError(f"{name} is {type(other).__name__}, wanted a tensor or a number")
    shape = other.shape if isinstance(other, Tensor) else torch.Size()
    if shape[-1:] not in ((), (1,), mean.shape[-1:]):
        raise ValueError(f"{name} is {tuple(shape)}, wanted (..., {mean.shape[-1]})")
    check_together(mean=mean.shape, **{name: shape})


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
        ValueError: if an argument is no tensor of floats, the shapes do not fit together, or a
            matrix is not finite, symmetric (up to rounding) and positive definite.
    """
    _check_full(mean, covariance, other_mean, other_covariance)
    factor = _cholesky("covariance", covariance)
    other_factor = _cholesky("other_covariance", other_covariance)
    whitened = torch.linalg.solve_triangular(other_factor, factor, upper=False)
    shift = torch.linalg.solve_triangular(
        other_factor, (mean - other_mean).unsqueeze(-1), upper=False
    )
    log_det = 2 * (_log_diagonal(other_factor) - _log_diagonal(factor))
    distance = whitened.square().sum((-2, -1)) + shift.square().sum((-2, -1))
    return (log_det + distance - mean.shape[-1]) / 2


def _check_full(
    mean: Tensor, covariance: Tensor, other_mean: Tensor, other_covariance: Tensor
) -> None:
    """Refuse other kinds and shapes than those of two Gaussians in d dimensions."""
    means = {"mean": mean, "other_mean": other_mean}
    matrices = {"covariance": covariance, "other_covariance": other_covariance}
    check_floats(**means, **matrices)
    if mean.ndim == 0:
        raise ValueError("mean is (), wanted (..., d)")
    d = mean.shape[-1]
    for name, tensor in means.items():
        if tensor.shape[-1:] != (d,):
            raise ValueError(f"{name} is {tuple(tensor.shape)}, wanted (..., {d})")
    for name, matrix in matrices.items():
        if matrix.shape[-2:] != (d, d):
            raise ValueError(f"{name} is {tuple(matrix.shape)}, wanted (..., {d}, {d})")
    batches = {name: m.shape[:-2] for name, m in matrices.items()}
    check_together(**{name: m.shape[:-1] for name, m in means.items()}, **batches)


def _cholesky(name: str, covariance: Tensor) -> Tensor:
    """Return the lower factor of a covariance, or say what is wrong with it."""
    if not covariance.isfinite().all():
        raise ValueError(f"{name} is not finite")
    gap = (covariance - covariance.mT).abs().amax((-2, -1))
    largest = covariance.abs().amax((-2, -1))
    if (gap > _ROUNDING * largest).any():  # cholesky would look at the lower half alone
        raise ValueError(f"{name} is not symmetric: entries across the diagonal differ")
    factor, info = torch.linalg.cholesky_ex(covariance)
    if info.any():
        raise ValueError(f"{name} is not positive definite")
    return factor


def _log_diagonal(factor: Tensor) -> Tensor:
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
