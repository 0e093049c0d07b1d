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
from genlib.gans.networks.modulated import AliasFreeGenerator, DemodulatedGenerator
from genlib.gans.networks.progressive import ProgressiveDiscriminator, ProgressiveGenerator
from genlib.gans.networks.stages import Growing
from genlib.gans.networks.style import StyleGenerator
from genlib.gans.networks.style_discriminator import StyleDiscriminator

__all__ = [
    "AliasFreeGenerator",
    "BigGANDiscriminator",
    "BigGANGenerator",
    "ClassifyingDiscriminator",
    "Concatenated",
    "ConditionallyNormed",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "DemodulatedGenerator",
    "Growing",
    "MLPDiscriminator",
    "MLPGenerator",
    "ProgressiveDiscriminator",
    "ProgressiveGenerator",
    "ProjectionDiscriminator",
    "StyleDiscriminator",
    "StyleGenerator",
    "Unlabelled",
]
