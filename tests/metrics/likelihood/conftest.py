"""A model whose likelihood is known exactly."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from genlib.likelihoods import Gaussian
from genlib.metrics import Decoder


class Linear:
    """A linear decoder with Gaussian pixels in float64, its exact log p(x) and posterior."""

    def __init__(self, size: int = 3, pixels: int = 8, scale: float = 0.3, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.weight = torch.randn(pixels, size, generator=generator, dtype=torch.float64)
        self.shift = torch.randn(pixels, generator=generator, dtype=torch.float64)
        self.scale = scale
        likelihood = Gaussian(scale, event_dims=1).double()
        torch.nn.init.constant_(likelihood.log_scale, math.log(scale))  # in all digits
        self.decoder = Decoder(
            lambda z: z @ self.weight.T + self.shift, likelihood, (pixels,), size, like=self.weight
        )

    def marginal(self, scale: float | None = None) -> MultivariateNormal:
        noise = (scale or self.scale) ** 2 * torch.eye(len(self.shift)).double()
        return MultivariateNormal(self.shift, self.weight @ self.weight.T + noise)

    def posterior(self, x: Tensor) -> MultivariateNormal:
        size = self.weight.shape[1]
        precision = torch.eye(size).double() + self.weight.T @ self.weight / self.scale**2
        pull = (x - self.shift) @ self.weight / self.scale**2
        mean = torch.linalg.solve(precision, pull.T).T
        return MultivariateNormal(mean, precision_matrix=precision.expand(len(x), size, size))


@pytest.fixture
def linear() -> type[Linear]:
    """Return what makes them."""
    return Linear
