"""What a decoder's output means: the conditional distribution p(x|z), pixel by pixel."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.model import check_events
from genlib.nn import standard_normal, uniform
from genlib.suggest import suggestion


class BernoulliPixels(nn.Module):
    r"""Binary pixels: :math:`p(x|z) = \prod_i \pi_i^{x_i} (1 - \pi_i)^{1 - x_i}`.

    The decoder's output is the logit :math:`l_i = \log \pi_i/(1 - \pi_i)`, in which
    :math:`\log p(x|z) = \sum_i x_i l_i - \log(1 + e^{l_i})` has no overflow. Derived in the
    chapter on variational autoencoders.
    """

    def log_prob(self, x: Tensor, logits: Tensor) -> Tensor:
        """Return log p(x|z) in nats, summed over the pixels in the last dimension."""
        x = x.expand_as(logits)
        loss = F.binary_cross_entropy_with_logits(logits.to(x.dtype), x, reduction="none")
        return -loss.sum(-1)

    def mean(self, logits: Tensor) -> Tensor:
        """Return E[x|z], the probability that each pixel is 1."""
        return torch.sigmoid(logits)

    def sample(self, logits: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw x given z: independent zeros and ones."""
        draws = uniform(*logits.shape, like=logits, generator=generator)
        return (draws < torch.sigmoid(logits)).to(logits.dtype)

    def check(self, x: Tensor, shape: Sequence[int], like: Tensor) -> None:
        """Raise ``ValueError`` unless every value is 0 or 1.

        Grey values would go through the formula too, but what comes out is no likelihood.
        """
        check_events(x, shape, 0, 1, who="a model of binary pixels", like=like)
        if not ((x == 0) | (x == 1)).all():
            raise ValueError(
                "a model of binary pixels wants only zeros and ones; this holds values between. "
                "Images of genlib.data have .binary(), which draws them"
            )


class GaussianPixels(nn.Module):
    r"""Real-valued pixels: :math:`p(x|z) = \mathcal N(x; \mu(z), s^2 I)` with one learned s.

    :math:`\log p(x|z) = -\tfrac12 \sum_i \big[(x_i - \mu_i)^2/s^2 + \log 2\pi s^2\big]`

    Derived in the chapter on variational autoencoders.

    Args:
        scale: the standard deviation s to start from, in the units of x.

    Raises:
        ValueError: if the scale is not positive.
    """

    def __init__(self, scale: float = 0.3) -> None:
        """Set the scale to start from."""
        super().__init__()
        if not 0 < scale < math.inf:
            raise ValueError(f"scale={scale}, wanted a positive number")
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))

    def log_prob(self, x: Tensor, mean: Tensor) -> Tensor:
        """Return log p(x|z) in nats, summed over the pixels in the last dimension."""
        standardised = (x - mean.to(x.dtype)) * torch.exp(-self.log_scale)
        squares = standardised.square() + math.log(2 * math.pi) + 2 * self.log_scale
        return -0.5 * squares.sum(-1)

    def mean(self, mean: Tensor) -> Tensor:
        """Return E[x|z]."""
        return mean

    def sample(self, mean: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw x given z: the mean plus independent noise."""
        noise = standard_normal(*mean.shape, like=mean, generator=generator)
        return mean + torch.exp(self.log_scale) * noise

    def check(self, x: Tensor, shape: Sequence[int], like: Tensor) -> None:
        """Raise ``ValueError`` unless ``x`` is a batch of finite real events."""
        check_events(x, shape, -math.inf, math.inf, who="a model of real-valued pixels", like=like)


LIKELIHOODS = {"bernoulli": BernoulliPixels, "gaussian": GaussianPixels}


def likelihood(name: str) -> BernoulliPixels | GaussianPixels:
    """Return the conditional distribution of that name.

    Raises:
        ValueError: if there is none of that name.
    """
    if name not in LIKELIHOODS:
        raise ValueError(f"likelihood={name!r}{suggestion(name, LIKELIHOODS)}")
    return LIKELIHOODS[name]()
