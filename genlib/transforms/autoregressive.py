"""The inverse autoregressive transform."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.nn import MaskedMLP
from genlib.transforms.transform import Transform


class InverseAutoregressive(Transform):
    r"""Scales and shifts every coordinate by amounts that the coordinates before it decide.

    .. math:: z'_i = s_i z_i + (1 - s_i) m_i, \qquad
              \log \left| \det \frac{\partial z'}{\partial z} \right| = \sum_i \log s_i,

    with :math:`(m_i, \mathrm{logit}\,s_i)` from a masked network of :math:`z_1, \dots, z_{i-1}`
    and a context. All coordinates at once in this direction; one after the other in the inverse.
    It starts near the identity (:math:`s_i = 0.88`, :math:`m_i = 0`). Kingma et al. (2016,
    https://arxiv.org/abs/1606.04934). Derived in the chapter on richer latents.

    Args:
        size: dimension D of z.
        hidden: width of the masked network.
    """

    def __init__(self, size: int, hidden: int = 128) -> None:
        """Build the masked network."""
        super().__init__()
        self.context = size
        self.network = MaskedMLP(size, outputs=2, hidden=(hidden,), context=self.context)
        last = self.network.network[-1]
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def shift_and_gate(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return m and the logit of s, each (..., D)."""
        m, logit = self.network(z, context).to(z.dtype).unbind(-1)
        return m, logit + 2

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return z' (..., D) and the log-determinant (...), for a context (..., D)."""
        m, logit = self.shift_and_gate(z, context)
        s = torch.sigmoid(logit)
        return s * z + (1 - s) * m, F.logsigmoid(logit).sum(-1)

    def inverse(self, y: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return the point that ``forward`` takes to ``y``, and minus its log-determinant.

        It takes D passes; each gets one more coordinate right, from the first on.
        """
        z = torch.zeros_like(y)
        for _ in range(y.shape[-1]):
            m, logit = self.shift_and_gate(z, context)
            s = torch.sigmoid(logit)
            z = (y - (1 - s) * m) / s
        return z, -F.logsigmoid(logit).sum(-1)
