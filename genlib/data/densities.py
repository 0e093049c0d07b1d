"""Densities that can be evaluated and sampled exactly."""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor

REACH = 5.5  # standard deviations beyond which less than a ten-millionth of a Gaussian lies


class Density(ABC):
    """A distribution on R^D with an exact log-density and an exact sampler.

    Parameters are kept in float64 on the CPU. ``log_prob`` and ``score`` follow the dtype and the
    device of x; ``sample`` gives float32 on the CPU unless asked otherwise.

    Attributes:
        mean: (D,), float64.
        covariance: (D, D), float64.
        bounds: (2, D), float64: lowest and highest coordinates of a box that holds all but a
            millionth of the probability; the limits of a plot or of a quadrature.
    """

    mean: Tensor
    covariance: Tensor
    bounds: Tensor

    @property
    def dim(self) -> int:
        """The number D of coordinates."""
        return len(self.mean)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log-density in nats: (..., D) to (...), minus infinity off the support.

        Raises:
            ValueError: x holds no floats, or its last size is not D.
        """
        self._check(x)
        return self._log_prob(x)

    def score(self, x: Tensor) -> Tensor:
        r"""Return :math:`\nabla_x \log p(x)` by automatic differentiation: (..., D) to (..., D).

        Raises:
            ValueError: x holds no floats, or its last size is not D.
        """
        self._check(x)
        x = x.detach().requires_grad_()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(self.log_prob(x).sum(), x)
        return gradient

    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        *,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device | None = None,
    ) -> Tensor:
        """Return n independent draws, (n, D).

        They are drawn in float64 where the generator lives (on the CPU, from torch's default
        generator, for None) and then moved to ``device`` if one is given, so that a seed gives the
        same points on every device.

        Raises:
            ValueError: n is below 1.
        """
        if n < 1:
            raise ValueError(f"n={n}: the number of samples must be at least 1")
        x = self._sample(n, generator).to(dtype)
        return x if device is None else x.to(device)

    @abstractmethod
    def _log_prob(self, x: Tensor) -> Tensor: ...

    @abstractmethod
    def _sample(self, n: int, generator: torch.Generator | None) -> Tensor: ...

    def _check(self, x: Tensor) -> None:
        wanted = f"x is floats of shape (..., {self.dim})"
        if not isinstance(x, Tensor) or not x.is_floating_point():
            given = x.dtype if isinstance(x, Tensor) else type(x).__name__
            raise ValueError(f"{wanted}; this is {given}")
        if x.dim() == 0 or x.shape[-1] != self.dim:
            raise ValueError(f"{wanted}; this has shape {tuple(x.shape)}")


class Mixture(Density):
    r"""A mixture of K Gaussians in D dimensions.

    .. math:: p(x) = \sum_{k=1}^K w_k \, N(x; \mu_k, \Sigma_k)

    Derived in the chapter on Jensen's inequality, the ELBO and EM.

    Args:
        weights: (K,), positive; normalised to sum to 1.
        means: (K, D).
        covariances: (K, D, D), symmetric and positive definite.

    Raises:
        ValueError: a shape, a weight or a covariance is not so.
    """

    def __init__(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        weights, means, covariances = weights.double(), means.double(), covariances.double()
        _check_mixture(weights, means, covariances)
        self.weights, self.means, self.covariances = weights / weights.sum(), means, covariances
        self._factorise()
        self._measure()

    def _factorise(self) -> None:
        """Prepare what log_joint and sample need, once."""
        self._factors = torch.linalg.cholesky(self.covariances)
        self._whiteners = torch.linalg.inv(self._factors)
        self._white_means = torch.einsum("kij,kj->ki", self._whiteners, self.means)
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
        white = torch.einsum("kij,...j->...ki", _like(x, self._whiteners), x)
        white = white - _like(x, self._white_means)
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


def _check_mixture(weights: Tensor, means: Tensor, covariances: Tensor) -> None:
    shapes = [tuple(t.shape) for t in (weights, means, covariances)]
    k, d = means.shape if means.dim() == 2 else (0, 0)
    if k == 0 or shapes != [(k,), (k, d), (k, d, d)]:
        raise ValueError(f"a mixture wants shapes (K,), (K, D), (K, D, D); these are {shapes}")
    if not (weights > 0).all():
        raise ValueError(f"the weights of a mixture are positive; these are {weights.tolist()}")
    symmetric = torch.allclose(covariances, covariances.mT)
    if not symmetric or torch.linalg.cholesky_ex(covariances).info.any():
        raise ValueError("a covariance of the mixture is not symmetric and positive definite")
