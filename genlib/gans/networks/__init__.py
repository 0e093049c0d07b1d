"""The networks of the games: perceptrons, convolutions for images, and what a label enters."""

from genlib.gans.networks.big import BigGANDiscriminator, BigGANGenerator
from genlib.gans.networks.dcgan import DCGANDiscriminator, DCGANGenerator
from genlib.gans.networks.labelled import (
    ClassifyingDiscriminator,
    Concatenated,
    ConditionallyNormed,
    ProjectionDiscriminator,
    Unlabelled,
)
from genlib.gans.networks.mlp import MLPDiscriminator, MLPGenerator

__all__ = [
    "BigGANDiscriminator",
    "BigGANGenerator",
    "ClassifyingDiscriminator",
    "Concatenated",
    "ConditionallyNormed",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "MLPDiscriminator",
    "MLPGenerator",
    "ProjectionDiscriminator",
    "Unlabelled",
]
