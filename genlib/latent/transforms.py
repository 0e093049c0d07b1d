"""Invertible steps that bend a simple density, each with its log-determinant."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.nn import MaskedMLP


class Planar(nn.Module):
    r"""Pushes points along one direction, by an amount that depends on a linear score.

    .. math:: z' = z + \hat u \tanh(a), \quad a = w^\top z + b, \qquad
              \log \left| \det \frac{\partial z'}{\partial z} \right|
              = \log \left( 1 + (1 - \tanh^2 a)\, w^\top \hat u \right)

    where :math:`\hat u = u + (\mathrm{softplus}(w^\top u) - 1 - w^\top u)\, w / |w|^2` keeps
    :math:`w^\top \hat u > -1`, so that the map is invertible. Its numbers u, w, b come as a
    context, one for each point. Rezende and Mohamed (2015, https://arxiv.org/abs/1505.05770).
    Derived in the chapter on richer latents.

    Args:
        size: dimension D of z.
    """

    def __init__(self, size: int) -> None:
        """Say how large a context is wanted."""
        super().__init__()
        self.size, self.context = size, 2 * size + 1

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return z' (..., D) and the log-determinant (...), for a context (..., 2 D + 1)."""
        u, w, b = context.split([self.size, self.size, 1], -1)
        score = (w * u).sum(-1, keepdim=True)
        allowed = F.softplus(score) - 1
        u = u + (allowed - score) * w / (w.square().sum(-1, keepdim=True) + 1e-12)
        bend = torch.tanh((w * z).sum(-1, keepdim=True) + b)
        log_det = torch.log1p((1 - bend.square()) * (w * u).sum(-1, keepdim=True))
        return z + u * bend, log_det.squeeze(-1)


class InverseAutoregressive(nn.Module):
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

    def inverse(self, z: Tensor, context: Tensor) -> Tensor:
        """Return the point that ``forward`` takes to ``z``: D passes, a coordinate each."""
        found = torch.zeros_like(z)
        for _ in range(z.shape[-1]):
            m, logit = self.shift_and_gate(found, context)
            s = torch.sigmoid(logit)
            found = (z - (1 - s) * m) / s
        return found
