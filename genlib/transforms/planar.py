"""The planar transform."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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
