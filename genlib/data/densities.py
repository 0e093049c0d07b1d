"""Densities that can be evaluated and sampled exactly."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from genlib.data.arguments import check_generator, check_whole


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
            ValueError: n is not a whole number of at least 1, the generator is none, or the dtype
                holds no floats.
        """
        check_whole(1, n=n)
        check_generator(generator)
        if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
            raise ValueError(f"dtype={dtype!r}: wanted a floating-point dtype of torch")
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
