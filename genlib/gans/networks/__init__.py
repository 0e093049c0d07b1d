"""The networks of the games: perceptrons, and convolutions for images."""

from genlib.gans.networks.dcgan import DCGANDiscriminator, DCGANGenerator
from genlib.gans.networks.mlp import MLPDiscriminator, MLPGenerator

__all__ = ["DCGANDiscriminator", "DCGANGenerator", "MLPDiscriminator", "MLPGenerator"]
