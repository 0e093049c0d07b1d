"""What the covariance of a mixture's component may be: a matrix, or variances alone.

The densities are those of ``torch.distributions``, and tested against it. EM asks for them in its
innermost loop, one component after the other, so that (N, D) numbers are held at once and not
(N, K, D).
"""

import math
from typing import Protocol

import torch
from torch import Tensor


class Covariance(Protocol):
    """What a mixture asks of a kind of covariance; ``value`` is that of one component."""

    def unit(self, d: int) -> Tensor:
        """Return that of a standard Gaussian."""

    def of(self, centred: Tensor, shares: Tensor) -> Tensor:
        """Return that of the rows of ``centred`` (N, D), which count by ``shares`` (N,)."""

    def whiten(self, centred: Tensor, value: Tensor) -> Tensor:
        """Return the rows with independent coordinates of variance 1."""

    def colour(self, white: Tensor, value: Tensor) -> Tensor:
        """Return white rows with this covariance: the inverse of ``whiten``."""

    def log_det(self, value: Tensor) -> Tensor:
        """Return the logarithm of the determinant."""

    def trace_of_inverse(self, value: Tensor) -> Tensor:
        """Return the sum of the precisions."""

    def narrowest(self, value: Tensor) -> Tensor:
        """Return the smallest variance in any direction."""


class Full:
    """A matrix (D, D)."""

    def unit(self, d: int) -> Tensor:
        """Return the unit matrix."""
        return torch.eye(d)

    def of(self, centred: Tensor, shares: Tensor) -> Tensor:
        """Return the weighted mean of the outer products."""
        return (shares[:, None] * centred).T @ centred

    def whiten(self, centred: Tensor, value: Tensor) -> Tensor:
        """Solve with the Cholesky factor."""
        return torch.linalg.solve_triangular(torch.linalg.cholesky(value), centred.T, upper=False).T

    def colour(self, white: Tensor, value: Tensor) -> Tensor:
        """Multiply by the Cholesky factor."""
        return white @ torch.linalg.cholesky(value).T

    def log_det(self, value: Tensor) -> Tensor:
        """Return twice the sum of the logarithms on the factor's diagonal."""
        return 2 * torch.linalg.cholesky(value).diagonal().log().sum()

    def trace_of_inverse(self, value: Tensor) -> Tensor:
        """Return the trace of the inverse."""
        return torch.linalg.inv(value).trace()

    def narrowest(self, value: Tensor) -> Tensor:
        """Return the smallest eigenvalue."""
        return torch.linalg.eigvalsh(value)[0]


class Diagonal:
    """The variances (D,) of independent coordinates."""

    def unit(self, d: int) -> Tensor:
        """Return ones."""
        return torch.ones(d)

    def of(self, centred: Tensor, shares: Tensor) -> Tensor:
        """Return the weighted mean of the squares."""
        return shares @ centred.square()

    def whiten(self, centred: Tensor, value: Tensor) -> Tensor:
        """Divide by the standard deviations."""
        return centred / value.sqrt()

    def colour(self, white: Tensor, value: Tensor) -> Tensor:
        """Multiply by the standard deviations."""
        return white * value.sqrt()

    def log_det(self, value: Tensor) -> Tensor:
        """Return the sum of the logarithms."""
        return value.log().sum()

    def trace_of_inverse(self, value: Tensor) -> Tensor:
        """Return the sum of the inverses."""
        return (1 / value).sum()

    def narrowest(self, value: Tensor) -> Tensor:
        """Return the smallest variance."""
        return value.min()


def log_gaussian(centred: Tensor, value: Tensor, kind: Covariance) -> Tensor:
    """Return log N(x; mu, Sigma) in nats for rows ``centred`` = x - mu, (N, D) to (N,)."""
    squares = kind.whiten(centred, value).square().sum(1)
    return -(squares + kind.log_det(value) + centred.shape[1] * math.log(2 * math.pi)) / 2
