"""The small networks that a GAN gets when it is given none."""

from collections.abc import Sequence
from functools import partial
from math import prod

from torch import nn

from genlib.nn import Bounded, mlp

_Leaky = partial(nn.LeakyReLU, 0.2)


class MLPGenerator(nn.Sequential):
    """A perceptron from codes ``(B, latent)`` to events ``(B, *event_shape)``.

    Args:
        latent: length of the code.
        hidden: widths of the hidden layers.
        event_shape: shape of one event.
        bounds: the interval in which events lie, or ``None`` if they may be any number.
    """

    def __init__(
        self,
        latent: int = 64,
        hidden: Sequence[int] = (256, 512),
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
    ) -> None:
        """Build the layers."""
        layers = [mlp([latent, *hidden, prod(event_shape)], _Leaky)]
        if bounds is not None:
            layers.append(Bounded(*bounds))
        super().__init__(*layers, nn.Unflatten(1, tuple(event_shape)))


class MLPDiscriminator(nn.Sequential):
    """A perceptron from events ``(B, *event_shape)`` to scores ``(B,)``.

    Args:
        event_shape: shape of one event.
        hidden: widths of the hidden layers.
    """

    def __init__(
        self, event_shape: Sequence[int] = (1, 28, 28), hidden: Sequence[int] = (512, 256)
    ) -> None:
        """Build the layers."""
        body = mlp([prod(event_shape), *hidden, 1], _Leaky)
        super().__init__(nn.Flatten(), body, nn.Flatten(0))
