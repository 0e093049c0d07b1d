"""Generative adversarial networks: the costs of the two players, and models that play."""

from genlib.gans import bilinear
from genlib.gans.dcgan import DCGAN
from genlib.gans.gan import GAN
from genlib.gans.lipschitz_games import LipschitzGames
from genlib.gans.losses import (
    AdversarialLoss,
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from genlib.gans.many import ManyGames, grid
from genlib.gans.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    MLPDiscriminator,
    MLPGenerator,
)
from genlib.gans.penalties import R1, R2, GradientPenalty, Penalty
from genlib.gans.piecewise_linear import input_gradient
from genlib.gans.shared_fakes import SharedFakesGAN
from genlib.gans.stabilisers import (
    FeatureMatching,
    HistoricalAveraging,
    InstanceNoise,
    Judged,
    LabelSmoothing,
    MinibatchDiscrimination,
    MinibatchStd,
    SpectralNorm,
    Stabiliser,
    Unrolled,
    WeightClipping,
)

__all__ = [
    "DCGAN",
    "GAN",
    "R1",
    "R2",
    "AdversarialLoss",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "FeatureMatching",
    "GradientPenalty",
    "Hinge",
    "HistoricalAveraging",
    "InstanceNoise",
    "Judged",
    "LabelSmoothing",
    "LeastSquares",
    "LipschitzGames",
    "MLPDiscriminator",
    "MLPGenerator",
    "ManyGames",
    "MinibatchDiscrimination",
    "MinibatchStd",
    "Minimax",
    "NonSaturating",
    "Penalty",
    "Relativistic",
    "SharedFakesGAN",
    "SpectralNorm",
    "Stabiliser",
    "Unrolled",
    "Wasserstein",
    "WeightClipping",
    "bilinear",
    "grid",
    "input_gradient",
]
