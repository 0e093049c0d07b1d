"""Models with latent variables, trained by lower bounds on their likelihood."""

from genlib.latent.base import LatentModel
from genlib.latent.flow import FlowVAE
from genlib.latent.gaussian import GaussianLatentModel
from genlib.latent.gumbel import GumbelVAE
from genlib.latent.hierarchical import HierarchicalVAE
from genlib.latent.iwae import IWAE
from genlib.latent.mixture import CollapseError, GaussianMixture
from genlib.latent.residual import ResidualVAE
from genlib.latent.vae import VAE
from genlib.latent.vq import VQVAE

__all__ = [
    "IWAE",
    "VAE",
    "VQVAE",
    "CollapseError",
    "FlowVAE",
    "GaussianLatentModel",
    "GaussianMixture",
    "GumbelVAE",
    "HierarchicalVAE",
    "LatentModel",
    "ResidualVAE",
]
