"""Attention between all places of an image."""

import torch
from torch import Tensor, nn


class SelfAttention2d(nn.Module):
    r"""Add to every place of an image what it looks up at all places.

    .. math::

        y_i = x_i + \gamma\, W_o \sum_j a_{ij}\, W_v x_j, \qquad
        a_{ij} = \mathrm{softmax}_j\big(\langle W_q x_i, W_k x_j\rangle\big),

    for places i and j of images ``(B, C, H, W)``. As :math:`\gamma = 0` at first, it starts as the
    identity. The weights a are ``(B, HW, HW)``, so it belongs where images are small.

    Args:
        channels: C.
        reduction: queries and keys have ``C // reduction`` numbers, values half of C; one at least.

    Raises:
        ValueError: if a size is not positive.

    Zhang et al. (2019, https://arxiv.org/abs/1805.08318). Derived in the chapter on bigger and
    sturdier GANs.
    """

    def __init__(self, channels: int, reduction: int = 8) -> None:
        """Build the four maps."""
        super().__init__()
        if min(channels, reduction) < 1:
            raise ValueError(f"channels={channels}, reduction={reduction}: wanted positive sizes")
        keys, values = max(channels // reduction, 1), max(channels // 2, 1)
        self.query = nn.Conv2d(channels, keys, 1, bias=False)
        self.key = nn.Conv2d(channels, keys, 1, bias=False)
        self.value = nn.Conv2d(channels, values, 1, bias=False)
        self.output = nn.Conv2d(values, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def weights(self, x: Tensor) -> Tensor:
        """Return how much each place attends to each, ``(B, HW, HW)``; rows sum to 1."""
        queries, keys = self.query(x).flatten(2), self.key(x).flatten(2)
        return (queries.transpose(1, 2) @ keys).softmax(dim=2)

    def forward(self, x: Tensor) -> Tensor:
        """Map images ``(B, C, H, W)`` to images of the same shape."""
        values = self.value(x).flatten(2)
        found = (values @ self.weights(x).transpose(1, 2)).unflatten(2, x.shape[2:])
        return x + self.gamma * self.output(found)
