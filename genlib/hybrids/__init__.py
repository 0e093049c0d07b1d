"""Hybrids: models with an encoder, a decoder, and a discriminator that judges what they do."""

from genlib.hybrids.adversarial_autoencoder import AdversarialAutoencoder
from genlib.hybrids.base import Hybrid
from genlib.hybrids.bigan import BiGAN
from genlib.hybrids.vae_gan import VAEGAN

__all__ = ["VAEGAN", "AdversarialAutoencoder", "BiGAN", "Hybrid"]
