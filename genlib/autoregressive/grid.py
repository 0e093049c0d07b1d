r"""Numbers on which float32 makes no error, so that a sum is the same in any order.

Whoever decodes a file must arrive at the very probabilities that it was encoded with, at another
batch size, with other threads, on another machine. Sums of floats depend on their order. They do
not where weights are multiples of 2^-8, activations of 2^-6 and biases of 2^-14, and no sum exceeds
2^10: all are then multiples of 2^-14 below 2^10, which 24 binary digits hold exactly.

Nothing is rounded in training mode: a model is rounded when its training is over. Rounding has the
gradient of the identity.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.estimators import straight_through
from genlib.likelihoods import Levels, Likelihood
from genlib.nn import MaskedConv2d

WEIGHT, ACTIVATION, BIAS = 2.0**8, 2.0**6, 2.0**14  # steps to a unit
TOP = 8.0  # the largest activation
LARGEST = 2.0**10  # the largest sum


def check_inputs(likelihood: Likelihood) -> None:
    """Raise ``ValueError`` unless a network is shown multiples of the activations' step."""
    if not isinstance(likelihood, Levels):
        raise ValueError(
            f"exact=True wants levels that can be counted, not a {type(likelihood).__name__}"
        )
    levels = likelihood.value(torch.arange(likelihood.levels).float())
    shown = likelihood.shown(levels.reshape(-1, *[1] * likelihood.event_dims)) * ACTIVATION
    if (shown != shown.round()).any():
        raise ValueError(
            f"exact=True wants zeros and ones, or symbols: the {likelihood.levels} levels of "
            f"{type(likelihood).__name__} are not multiples of 1/{ACTIVATION:.0f}"
        )


def on_grid(x: Tensor, steps: float) -> Tensor:
    """Return the nearest multiples of ``1 / steps``, with the gradient of x."""
    return straight_through((x * steps).round() / steps, x)


class GridReLU(nn.Module):
    """The non-linearity max(0, x), at most ``TOP``, rounded to the activations' grid."""

    def forward(self, x: Tensor) -> Tensor:
        """Return it for each entry."""
        x = F.hardtanh(x, 0.0, TOP)
        return x if self.training else on_grid(x, ACTIVATION)


class GridConv2d(MaskedConv2d):
    """A masked convolution whose weights and biases are rounded to the grid."""

    def kernel(self) -> Tensor:
        """Return weight * mask, rounded."""
        kernel = super().kernel()
        return kernel if self.training else on_grid(kernel, WEIGHT)

    def offset(self) -> Tensor:
        """Return the bias, rounded."""
        return self.bias if self.training else on_grid(self.bias, BIAS)


def largest_sum(layer: MaskedConv2d, largest: float = TOP) -> float:
    r"""Return the most that an output can be, :math:`\max_o \sum_i |w_{oi}| a + |b_o|`.

    Args:
        layer: a convolution.
        largest: bound a of its inputs' size.
    """
    with torch.no_grad():
        weights = layer.kernel().abs().sum((1, 2, 3)) * largest
        return (weights + layer.offset().abs()).max().item()
