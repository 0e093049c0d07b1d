"""Mixtures of Gaussians, evaluated and sampled exactly."""

import math

import torch
from torch import Tensor

from genlib.data.densities import Density

REACH = 5.5  # standard deviations beyond which less than a ten-millionth of a Gaussian lies
_ROUNDING = 1e-4  # how far a covariance may be from symmetric, relative to its largest entry


class Mixture(Density):
    r"""A mixture of K Gaussians in D dimensions.

    .. math:: p(x) = \sum_{k=1}^K w_k \, N(x; \mu_k, \Sigma_k)

    Derived in the chapter on Jensen's inequality, the ELBO and EM.

    Args:
        weights: (K,), positive; normalised to sum to 1.
        means: (K, D).
        covariances: (K, D, D), symmetric and positive definite.

    Raises:
        ValueError: an argument is no tensor of finite numbers, or a shape, a weight or a
            covariance is not so.
    """

    def __init__(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        """Check the parameters and prepare what drawing and evaluating need."""
        given = {"weights": weights, "means": means, "covariances": covariances}
        weights, means, covariances = (_doubles(name, t) for name, t in given.items())
        _check_shapes(weights, means, covariances)
        _check_values(weights, covariances)
        self.weights, self.means, self.covariances = weights / weights.sum(), means, covariances
        self._factorise()
        self._measure()

    def _factorise(self) -> None:
        """Prepare what log_joint and sample need, once."""
        self._factors = torch.linalg.cholesky(self.covariances)
        self._whiteners = torch.linalg.inv(self._factors)
        volumes = self._factors.diagonal(dim1=1, dim2=2).log().sum(1)
        unit_volume = self.means.shape[1] / 2 * math.log(2 * math.pi)
        self._constants = self.weights.log() - volumes - unit_volume

    def _measure(self) -> None:
        """Find the moments (the covariance is that within plus that between) and the box."""
        self.mean = self.weights @ self.means
        centred = self.means - self.mean
        within = torch.einsum("k,kij->ij", self.weights, self.covariances)
        self.covariance = within + torch.einsum("k,ki,kj->ij", self.weights, centred, centred)
        reach = REACH * self.covariances.diagonal(dim1=1, dim2=2).sqrt()
        self.bounds = torch.stack([(self.means - reach).amin(0), (self.means + reach).amax(0)])

    @property
    def modes(self) -> Tensor:
        """The component means, (K, D): the modes, as long as the components stand well apart."""
        return self.means

    def log_joint(self, x: Tensor) -> Tensor:
        """Return the log of w_k N(x; mu_k, Sigma_k) in nats: (..., D) to (..., K)."""
        self._check(x)
        centred = x.unsqueeze(-2) - _like(x, self.means)  # first: far from 0 digits would be lost
        white = torch.einsum("kij,...kj->...ki", _like(x, self._whiteners), centred)
        return _like(x, self._constants) - 0.5 * white.square().sum(-1)

    def _log_prob(self, x: Tensor) -> Tensor:
        return self.log_joint(x).logsumexp(-1)

    def _sample(self, n: int, generator: torch.Generator | None) -> Tensor:
        where = generator.device if generator else "cpu"
        options = {"dtype": torch.float64, "device": where, "generator": generator}
        k = torch.multinomial(self.weights.to(where), n, replacement=True, generator=generator)
        noise = torch.randn(n, self.dim, **options)
        scaled = torch.einsum("nij,nj->ni", self._factors.to(where)[k], noise)
        return self.means.to(where)[k] + scaled


def _like(x: Tensor, parameter: Tensor) -> Tensor:
    # The dtype first: some devices know no float64.
    return parameter.to(x.dtype).to(x.device)


def _doubles(name: str, given: object) -> Tensor:
    """Return an argument in float64 on the CPU, or say why it is none."""
    if not isinstance(given, Tensor) or given.is_complex():
        kind = given.dtype if isinstance(given, Tensor) else type(given).__name__
        raise ValueError(f"the {name} of a mixture are {kind}, wanted a tensor of real numbers")
    if not given.isfinite().all():
        raise ValueError(f"the {name} of a mixture are not all finite")
    return given.detach().cpu().double()


def _check_shapes(weights: Tensor, means: Tensor, covariances: Tensor) -> None:
    shapes = [tuple(t.shape) for t in (weights, means, covariances)]
    k, d = means.shape if means.dim() == 2 else (0, 0)
    if 0 in (k, d) or shapes != [(k,), (k, d), (k, d, d)]:
        raise ValueError(f"a mixture wants shapes (K,), (K, D), (K, D, D); these are {shapes}")


def _check_values(weights: Tensor, covariances: Tensor) -> None:
    if not (weights > 0).all():
        raise ValueError(f"the weights of a mixture are positive; these are {weights.tolist()}")
    gap = (covariances - covariances.mT).abs().amax((-2, -1))
    symmetric = (gap <= _ROUNDING * covariances.abs().amax((-2, -1))).all()
    if not symmetric or torch.linalg.cholesky_ex(covariances).info.any():
        raise ValueError("a covariance of the mixture is not symmetric and positive definite")
