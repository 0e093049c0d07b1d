"""Generative adversarial networks: the costs of the two players, and models that play."""

from genlib.gans.gan import GAN
from genlib.gans.losses import (
    AdversarialLoss,
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from genlib.gans.networks import MLPDiscriminator, MLPGenerator
from genlib.gans.penalties import R1, R2, GradientPenalty, Penalty
from genlib.gans.shared_fakes import SharedFakesGAN

__all__ = [
    "GAN",
    "R1",
    "R2",
    "AdversarialLoss",
    "GradientPenalty",
    "Hinge",
    "LeastSquares",
    "MLPDiscriminator",
    "MLPGenerator",
    "Minimax",
    "NonSaturating",
    "Penalty",
    "Relativistic",
    "SharedFakesGAN",
    "Wasserstein",
]
