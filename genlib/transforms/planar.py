"""The planar transform."""

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.transforms.transform import Transform

HALVINGS = 64  # of an interval; more than the digits of a double
SHORTEST = 1e-12  # of |w|^2; below, nothing is divided by it


class Planar(Transform):
    r"""Pushes points along one direction, by an amount that depends on a linear score.

    .. math:: z' = z + \hat u \tanh(a), \quad a = w^\top z + b, \qquad
              \log \left| \det \frac{\partial z'}{\partial z} \right|
              = \log \left( 1 + (1 - \tanh^2 a)\, w^\top \hat u \right)

    where :math:`\hat u = u + (\mathrm{softplus}(w^\top u) - 1 - w^\top u)\, w / |w|^2` keeps
    :math:`w^\top \hat u > -1`, so that the map is invertible. Its numbers u, w, b come as a
    context, one for each point. Rezende and Mohamed (2015, https://arxiv.org/abs/1505.05770).
    Derived in the chapter on richer latents.

    The inverse has no formula, but only one unknown: a solves
    :math:`a + w^\top \hat u \tanh(a) = w^\top z' + b`, whose left side rises.

    Args:
        size: dimension D of z.
    """

    def __init__(self, size: int) -> None:
        """Say how large a context is wanted."""
        super().__init__()
        self.size, self.context = size, 2 * size + 1

    def direction(self, context: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        r"""Return :math:`\hat u`, w, b and :math:`m = 1 + w^\top \hat u`, the last two (..., 1).

        Summed up from :math:`\hat u`, a small m would be rounded to nought or below.
        """
        u, w, b = context.split([self.size, self.size, 1], -1)
        score, norm = (w * u).sum(-1, keepdim=True), w.square().sum(-1, keepdim=True)
        m = F.softplus(score)
        turned = u + (m - 1 - score) * w / norm.clamp(min=SHORTEST)
        m = torch.lerp(1 + score, m, (norm / SHORTEST).clamp(max=1))  # a shorter w turns u by less
        return turned, w, b, m.clamp(min=torch.finfo(m.dtype).tiny)

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return z' (..., D) and the log-determinant (...), for a context (..., 2 D + 1)."""
        u, w, b, m = self.direction(context)
        bend = torch.tanh((w * z).sum(-1, keepdim=True) + b)
        log_det = torch.log(bend.square() + (1 - bend.square()) * m)
        return z + u * bend, log_det.squeeze(-1)

    def inverse(self, y: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return the point that ``forward`` takes to ``y``, and minus its log-determinant."""
        u, w, b, m = self.direction(context)
        bend = torch.tanh(bent_score((w * y).sum(-1, keepdim=True) + b, m))
        log_det = -torch.log(bend.square() + (1 - bend.square()) * m)
        return y - u * bend, log_det.squeeze(-1)


def bent_score(total: Tensor, m: Tensor) -> Tensor:
    r"""Return the a for which :math:`a + (m - 1) \tanh(a) = t`, by halving an interval.

    Args:
        total: t.
        m: above 0, so that the left side rises; broadcasts with t.
    """
    with torch.no_grad():
        low, high = total - (m - 1).abs(), total + (m - 1).abs()  # tanh lies between -1 and 1
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            above = risen(middle, m) > total
            low, high = torch.where(above, low, middle), torch.where(above, middle, high)
        a = (low + high) / 2
    # Newton's step from the root moves it no more, and has the root's gradient in t and m.
    bend = torch.tanh(a)
    return a - (risen(a, m) - total) / (bend.square() + (1 - bend.square()) * m).detach()


def risen(a: Tensor, m: Tensor) -> Tensor:
    r"""Return :math:`a + (m - 1) \tanh(a)`, whose m is not lost in the difference."""
    bend = torch.tanh(a)
    return (a - bend) + m * bend
