"""Real-valued pixels."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.likelihoods.likelihood import Likelihood
from genlib.model import check_events
from genlib.nn import standard_normal

SMALLEST = -7.0  # of the logarithm of a pixel's own scale


class Gaussian(Likelihood):
    r"""Real-valued pixels: :math:`p(x) = \prod_i \mathcal N(x_i; \mu_i, s_i^2)`.

    :math:`\log p(x) = -\tfrac12 \sum_i \big[(x_i - \mu_i)^2/s_i^2 + \log 2\pi s_i^2\big]`

    The scale s is one learned number for all pixels, and the mean is a pixel's one parameter; or,
    with ``scale=None``, each pixel has two, its mean and the logarithm of its own scale. Then a
    pixel that never varies would have a density without bound, so scales below
    :math:`e^{-7} \approx 0.001` count as that. Derived in the chapter on variational autoencoders.

    Args:
        scale: the standard deviation to start from, in the units of x; None gives every pixel its
            own.
        event_dims: dimensions of an event, 3 for images.

    Raises:
        ValueError: if the scale is not positive.
    """

    def __init__(self, scale: float | None = 0.3, event_dims: int = 3) -> None:
        """Set the scale to start from."""
        super().__init__(event_dims)
        if scale is not None and not 0 < scale < math.inf:
            raise ValueError(f"scale={scale}, wanted None or a positive number")
        self.numbers = 2 if scale is None else 1
        start = None if scale is None else nn.Parameter(torch.tensor(math.log(scale)))
        self.register_parameter("log_scale", start)

    def mean_and_log_scale(
        self, parameters: Tensor, dtype: torch.dtype | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return mean ``(..., *event)`` and log-scale, of the same shape or one for all pixels."""
        mean, *own = self.widened(parameters, dtype).unbind(self.axis)
        return mean, own[0].clamp(min=SMALLEST) if own else self.log_scale

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Return log p(x) in nats, ``(...)``, for parameters ``(..., P, *event)``."""
        mean, log_scale = self.mean_and_log_scale(parameters, x.dtype)
        standardised = (x - mean) * torch.exp(-log_scale)
        squares = standardised.square() + math.log(2 * math.pi) + 2 * log_scale
        return -0.5 * self.total(squares)

    def mean(self, parameters: Tensor) -> Tensor:
        """Return the means."""
        return self.mean_and_log_scale(parameters)[0]

    @torch.no_grad()
    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw the mean plus independent noise."""
        mean, log_scale = self.mean_and_log_scale(parameters)
        noise = standard_normal(*mean.shape, like=mean, generator=generator)
        return mean + torch.exp(log_scale) * noise

    def check(self, x: Tensor, shape: Sequence[int], like: Tensor) -> None:
        """Raise ``ValueError`` unless ``x`` is a batch of finite real events."""
        check_events(x, shape, -math.inf, math.inf, who="a model of real-valued pixels", like=like)
