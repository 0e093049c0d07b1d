"""Models with latent variables, trained by lower bounds on their likelihood."""

from genlib.latent.iwae import IWAE
from genlib.latent.likelihoods import BernoulliPixels, GaussianPixels
from genlib.latent.mixture import CollapseError, GaussianMixture
from genlib.latent.residual import ResidualVAE
from genlib.latent.vae import VAE

__all__ = [
    "IWAE",
    "VAE",
    "BernoulliPixels",
    "CollapseError",
    "GaussianMixture",
    "GaussianPixels",
    "ResidualVAE",
]
