r"""A logistic distribution cut into levels.

Everything here is in units of :math:`y = 2 x - 1`, in which levels run from -1 to 1 and a network's
first outputs, near zero, mean the middle of the range and a scale of half of it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

# Logarithms of scales are kept in this range: from a ninth of the width of one of 256 levels, at
# which a bin holds everything, to a thousand ranges, at which the two ends hold everything.
SMALLEST, LARGEST = -7.0, 7.0


def log_bin(y: Tensor, mean: Tensor, log_scale: Tensor, levels: int) -> Tensor:
    r"""Return the logarithm of what a logistic distribution leaves to the bin around ``y``.

    .. math:: P(y) = \sigma(a) - \sigma(b), \qquad a = \frac{y + h - m}{s}, \quad
              b = \frac{y - h - m}{s}, \qquad h = \frac{1}{L - 1}

    with :math:`\sigma(a) = 1` for the highest level and :math:`\sigma(b) = 0` for the lowest, whose
    bins are open. The difference is :math:`\sigma(a)\, \sigma(-b)\, (1 - e^{b - a})`, in which
    nothing cancels, so that no bin is too far away for float32. Salimans et al. (2017,
    https://arxiv.org/abs/1701.05517), equation 2.
    """
    half, precision = 1 / (levels - 1), torch.exp(-log_scale)
    a, b = (y + half - mean) * precision, (y - half - mean) * precision
    lowest, highest = y < -1 + half, y > 1 - half
    below_upper = torch.where(highest, 0, F.logsigmoid(a))
    above_lower = torch.where(lowest, 0, F.logsigmoid(-b))
    within = torch.where(lowest | highest, 0, torch.log(-torch.expm1(-2 * half * precision)))
    return below_upper + above_lower + within


def mean_level(mean: Tensor, log_scale: Tensor, levels: int) -> Tensor:
    r"""Return E[y] of the levels, which the open bins at both ends pull inwards.

    A whole number from 0 has the mean :math:`\sum_{k \ge 1} P(\text{at least } k)`, and here these
    are sigmoids of the distance to the edge below level k.
    """
    half, precision = 1 / (levels - 1), torch.exp(-log_scale)
    total = torch.zeros_like(mean)
    for k in range(1, levels):
        total = total + torch.sigmoid((mean - (2 * k - 1) * half + 1) * precision)
    return 2 * half * total - 1


def nearest_level(y: Tensor, levels: int) -> Tensor:
    """Return the level in whose bin ``y`` lies, in units of y."""
    return ((y + 1) * (levels - 1) / 2).round().clamp(0, levels - 1) * 2 / (levels - 1) - 1
