"""The networks of conditional games, by the way in which the label enters."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import prod

from torch import nn

from genlib.gans.networks.dcgan import DCGANDiscriminator, DCGANGenerator, initialise
from genlib.gans.networks.labelled import (
    ClassifyingDiscriminator,
    Concatenated,
    ConditionallyNormed,
    ProjectionDiscriminator,
    Unlabelled,
)
from genlib.gans.networks.mlp import MLPDiscriminator, MLPGenerator
from genlib.nn import mlp

Leaky = partial(nn.LeakyReLU, 0.2)


@dataclass(frozen=True)
class Sizes:
    """The sizes of a conditional game's networks, as :py:class:`~genlib.gans.ConditionalGAN`."""

    classes: int
    width: int
    latent: int
    hidden: Sequence[int] | None
    discriminator_hidden: Sequence[int] | None
    batch_norm: bool
    std: float | None
    event_shape: tuple[int, ...]
    bounds: tuple[float, float] | None

    def generator(self, way: str | None) -> nn.Module:
        """Build G, which the label enters in a way."""
        if way == "batch norm":
            if self.hidden is not None:
                raise ValueError("into_generator='batch norm' wants convolutions: hidden=None")
            return ConditionallyNormed(
                self.classes, self.latent, self.width, self.event_shape, self.bounds
            )
        inputs = self.latent + (self.classes if way == "concatenation" else 0)
        if self.hidden is None:
            network = DCGANGenerator(inputs, self.width, self.event_shape, self.bounds)
        else:
            network = MLPGenerator(inputs, self.hidden, self.event_shape, self.bounds)
        return Unlabelled(network) if way is None else Concatenated(network, self.classes)

    def discriminator(self, way: str | None) -> nn.Module:
        """Build D, which the label enters in a way."""
        if way in ("projection", "classifier"):
            kind = ProjectionDiscriminator if way == "projection" else ClassifyingDiscriminator
            body, features = self.body()
            found = kind(body, features, self.classes)
            if self.layers is None:
                initialise(found.last, self.std)
            return found
        flat = self.layers is not None
        if way is None:
            return Unlabelled(self.plain(self.event_shape))
        first, *others = (prod(self.event_shape),) if flat else self.event_shape
        plain = self.plain((first + self.classes, *others))
        return Concatenated(plain, self.classes, flat=flat)

    @property
    def layers(self) -> Sequence[int] | None:
        """The widths of a D of perceptrons."""
        reverse = None if self.hidden is None else self.hidden[::-1]
        return self.discriminator_hidden or reverse

    def plain(self, event_shape: Sequence[int]) -> nn.Module:
        """Build a D without labels."""
        if self.layers is not None:
            return MLPDiscriminator(event_shape, self.layers)
        return DCGANDiscriminator(self.width, event_shape, self.batch_norm, self.std)

    def body(self) -> tuple[nn.Module, int]:
        """Build D up to its features; return it and how many these are."""
        if self.layers is not None:
            widths = [prod(self.event_shape), *self.layers]
            return nn.Sequential(nn.Flatten(), mlp(widths, Leaky), Leaky()), widths[-1]
        *layers, last, _ = self.plain(self.event_shape)
        features = last.in_channels * prod(last.kernel_size)
        return nn.Sequential(*layers, nn.Flatten()), features
