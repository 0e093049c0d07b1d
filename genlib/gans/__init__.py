"""Generative adversarial networks: the losses of the two players, and models that play."""

from genlib.gans.gan import GAN
from genlib.gans.losses import (
    AdversarialLoss,
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Wasserstein,
)
from genlib.gans.shared_fakes import SharedFakesGAN

__all__ = [
    "GAN",
    "AdversarialLoss",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "NonSaturating",
    "SharedFakesGAN",
    "Wasserstein",
]
