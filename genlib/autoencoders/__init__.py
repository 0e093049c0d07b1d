"""Autoencoders: a code, and what is rebuilt from it, without a distribution of codes."""

from genlib.autoencoders.autoencoder import Autoencoder
from genlib.autoencoders.denoising import DenoisingAutoencoder
from genlib.autoencoders.linear import LinearAutoencoder
from genlib.autoencoders.sparse import SparseAutoencoder, bernoulli_divergence
from genlib.autoencoders.stochastic import StochasticAutoencoder

__all__ = [
    "Autoencoder",
    "DenoisingAutoencoder",
    "LinearAutoencoder",
    "SparseAutoencoder",
    "StochasticAutoencoder",
    "bernoulli_divergence",
]
