"""How a network is told what time it is, and which label is meant."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.nn import mlp

FREQUENCIES = 16


class Condition(nn.Module):
    r"""Makes a vector of time and label: :math:`W_2\,\mathrm{silu}(W_1 f(t)) + e_{label}`.

    f are sines and cosines of 1 t to 1,000 t. One label more than there are, the last, is that of
    an event whose label is not known.

    Args:
        size: of the vector.
        classes: how many labels there are, or None.
    """

    frequencies: Tensor

    def __init__(self, size: int, classes: int | None = None) -> None:
        """Build both parts."""
        super().__init__()
        self.register_buffer("frequencies", torch.logspace(0, 3, FREQUENCIES), persistent=False)
        self.time = mlp([2 * FREQUENCIES, size, size], "silu")
        self.label = None if classes is None else nn.Embedding(classes + 1, size)

    def forward(self, t: Tensor, label: Tensor | None) -> Tensor:
        """Return ``(B, size)`` for times ``(B,)`` and labels ``(B,)``, if there are labels.

        Raises:
            ValueError: if labels are given to a network that knows none, or the other way round.
        """
        if (label is None) != (self.label is None):
            wanted = "no label" if self.label is None else "one label for each event"
            raise ValueError(f"this network was built for {wanted}")
        angles = t[:, None] * self.frequencies
        vector = self.time(torch.cat([angles.sin(), angles.cos()], 1))
        return F.silu(vector if label is None else vector + self.label(label))


class ConditionedBlock(nn.Module):
    r"""A residual block whose inner channels are scaled and shifted by the condition c.

    .. math:: y = x + K_2\,\mathrm{silu}\big((1 + s(c)) \odot K_1\,\mathrm{silu}(x) + b(c)\big)

    The last convolution starts at zero, so that no normalisation is needed; see
    :py:class:`~genlib.nn.ResidualBlock`.

    Args:
        channels: of x and y, ``(B, channels, H, W)``.
        condition: numbers in c.
    """

    def __init__(self, channels: int, condition: int) -> None:
        """Build both convolutions and what scales and shifts."""
        super().__init__()
        self.inner = nn.Conv2d(channels, channels, 3, padding=1)
        self.outer = zeroed(nn.Conv2d(channels, channels, 3, padding=1))
        self.film = nn.Linear(condition, 2 * channels)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Return y for x ``(B, channels, H, W)`` and c ``(B, condition)``."""
        scale, shift = self.film(condition)[:, :, None, None].chunk(2, 1)
        return x + self.outer(F.silu((1 + scale) * self.inner(F.silu(x)) + shift))


def zeroed(layer: nn.Module) -> nn.Module:
    """Return the layer with its weights and biases set to zero."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
