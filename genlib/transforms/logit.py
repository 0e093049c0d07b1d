"""From the unit interval to all numbers."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.transforms.transform import Transform, check_events_of


class Logit(Transform):
    r"""Takes values in [0, 1], such as pixels, to the whole line, a little away from its ends.

    .. math:: y_i = \log \frac{p_i}{1 - p_i}, \quad p_i = \alpha + (1 - 2 \alpha) z_i, \qquad
              \log \left| \det \frac{\partial y}{\partial z} \right|
              = \sum_i \log (1 - 2 \alpha) - \log p_i - \log (1 - p_i)

    The inverse takes numbers far out to values up to :math:`\alpha` outside of [0, 1]. With one
    side only, :math:`\alpha + (1 - \alpha) z`: Dinh, Sohl-Dickstein and Bengio (2017,
    https://arxiv.org/abs/1605.08803); with both: Papamakarios, Pavlakou and Murray (2017,
    https://arxiv.org/abs/1705.07057). Derived in the chapter on normalising flows.

    Args:
        alpha: distance that is kept from both ends, above 0 and below 1/2.
        event_dims: 1 for points, 3 for images.

    Raises:
        ValueError: if alpha is out of its range.
    """

    def __init__(self, alpha: float = 1e-6, event_dims: int = 3) -> None:
        """Keep alpha."""
        super().__init__()
        check_events_of(1, event_dims)
        if not 0 < alpha < 0.5:
            raise ValueError(f"alpha={alpha}, wanted a number above 0 and below 1/2")
        self.alpha, self.event_dims = alpha, event_dims

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return y and the log-determinant, for z in [0, 1]."""
        inner = 1 - 2 * self.alpha
        # 1 - p from 1 - z, which is exact: p has too few digits near 1
        log_p, log_q = ((self.alpha + inner * part).log() for part in (z, 1 - z))
        return log_p - log_q, self.total(math.log(inner) - log_p - log_q)

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return z and the log-determinant of this direction."""
        inner = 1 - 2 * self.alpha
        log_p, log_q = (F.logsigmoid(part) for part in (y, -y))
        return (torch.sigmoid(y) - self.alpha) / inner, self.total(log_p + log_q - math.log(inner))
