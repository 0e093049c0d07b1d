"""The perceptrons that a hybrid gets when it is given no networks."""

from collections.abc import Sequence
from functools import partial
from math import prod

import torch
from torch import Tensor, nn

from genlib.nn import Bounded, mlp

leaky_mlp = partial(mlp, activation=partial(nn.LeakyReLU, 0.2))


def encoder_of(event_shape: Sequence[int], hidden: Sequence[int], size: int) -> nn.Module:
    """Return a perceptron from events ``(B, *event)`` to ``(B, size)``."""
    return nn.Sequential(nn.Flatten(), leaky_mlp([prod(event_shape), *hidden, size]))


def decoder_of(
    latent: int,
    hidden: Sequence[int],
    event_shape: Sequence[int],
    bounds: tuple[float, float] | None = None,
) -> nn.Module:
    """Return a perceptron from codes ``(B, latent)`` to events, which end in a tanh on bounds."""
    layers = [leaky_mlp([latent, *hidden, prod(event_shape)])]
    if bounds is not None:
        layers.append(Bounded(*bounds))
    return nn.Sequential(*layers, nn.Unflatten(1, tuple(event_shape)))


def judge_of(event_shape: Sequence[int], hidden: Sequence[int]) -> nn.Module:
    """Return a perceptron from events or codes to scores ``(B,)``."""
    return nn.Sequential(encoder_of(event_shape, hidden, 1), nn.Flatten(0))


class JointJudge(nn.Module):
    """A perceptron from pairs of an event ``(B, *event)`` and a code ``(B, latent)`` to scores.

    Args:
        event_shape: shape of one event.
        latent: length of a code.
        hidden: widths of the hidden layers.
    """

    def __init__(self, event_shape: Sequence[int], latent: int, hidden: Sequence[int]) -> None:
        """Build the layers."""
        super().__init__()
        self.layers = leaky_mlp([prod(event_shape) + latent, *hidden, 1])

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Return a score for each pair, ``(B,)``."""
        return self.layers(torch.cat([x.flatten(1), z], dim=1)).flatten(0)
