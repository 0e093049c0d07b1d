"""What a flow's codes are distributed by: one number like the others, and apart from them."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.nn import standard_normal, uniform
from genlib.suggest import suggestion


class Gaussian:
    r"""The standard normal distribution: :math:`\log p(z) = -\tfrac12 (z^2 + \log 2\pi)`."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p of each number, of the shape of z."""
        return -0.5 * (z.square() + math.log(2 * math.pi))

    def sample(self, *shape: int, like: Tensor, generator: torch.Generator | None) -> Tensor:
        """Draw numbers with the device and dtype of ``like``."""
        return standard_normal(*shape, like=like, generator=generator)


class Logistic:
    r"""The standard logistic distribution: :math:`\log p(z) = \log \sigma(z) + \log \sigma(-z)`.

    Its tails are heavier than a Gaussian's. Its mode is 0 as well, its variance :math:`\pi^2 / 3`.
    """

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p of each number, of the shape of z."""
        return F.logsigmoid(z) + F.logsigmoid(-z)

    def sample(self, *shape: int, like: Tensor, generator: torch.Generator | None) -> Tensor:
        """Draw numbers with the device and dtype of ``like``."""
        u = uniform(*shape, like=like, generator=generator)
        return torch.logit(u, eps=torch.finfo(u.dtype).eps)


Prior = Gaussian | Logistic
PRIORS = {"gaussian": Gaussian, "logistic": Logistic}


def prior_named(name: str) -> Prior:
    """Return the prior of that name.

    Raises:
        ValueError: if there is none; the nearest name is given.
    """
    if name not in PRIORS:
        raise ValueError(f"prior={name!r}{suggestion(name, PRIORS)}")
    return PRIORS[name]()
