"""Binary pixels."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.likelihoods.levels import Levels
from genlib.model import check_events
from genlib.nn import uniform


class Bernoulli(Levels):
    r"""Binary pixels: :math:`p(x) = \prod_i \pi_i^{x_i} (1 - \pi_i)^{1 - x_i}`.

    The one parameter of a pixel is its logit :math:`l_i = \log \pi_i/(1 - \pi_i)`, in which
    :math:`\log p(x) = \sum_i x_i l_i - \log(1 + e^{l_i})` has no overflow. Derived in the chapter
    on variational autoencoders.

    Args:
        event_dims: dimensions of an event, 3 for images.
    """

    def __init__(self, event_dims: int = 3) -> None:
        """Keep the two levels, nought and one."""
        super().__init__(2, event_dims)

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Return log p(x) in nats, ``(...)``, for logits ``(..., 1, *event)``."""
        (logits,) = self.widened(parameters, x.dtype).unbind(self.axis)
        x, logits = torch.broadcast_tensors(x, logits)
        return -self.total(F.binary_cross_entropy_with_logits(logits, x, reduction="none"))

    def mean(self, parameters: Tensor) -> Tensor:
        """Return the probability that each pixel is 1."""
        (logits,) = self.widened(parameters).unbind(self.axis)
        return torch.sigmoid(logits)

    def probabilities(self, parameters: Tensor) -> Tensor:
        r"""Return the probabilities of 0 and of 1, ``(..., 2, *event)``."""
        logits = self.widened(parameters)
        return torch.cat([torch.sigmoid(-logits), torch.sigmoid(logits)], self.axis)

    @torch.no_grad()
    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw independent zeros and ones."""
        pi = self.mean(parameters)
        return (uniform(*pi.shape, like=pi, generator=generator) < pi).to(pi.dtype)

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
