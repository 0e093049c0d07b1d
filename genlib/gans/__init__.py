"""Generative adversarial networks: the costs of the two players, and models that play."""

from genlib.gans import bilinear
from genlib.gans.acgan import ACGAN
from genlib.gans.big import BigGAN
from genlib.gans.conditional import ConditionalGAN
from genlib.gans.dcgan import DCGAN
from genlib.gans.fast import FastGAN
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
    BigGANDiscriminator,
    BigGANGenerator,
    ClassifyingDiscriminator,
    Concatenated,
    ConditionallyNormed,
    DCGANDiscriminator,
    DCGANGenerator,
    MLPDiscriminator,
    MLPGenerator,
    ProjectionDiscriminator,
    Unlabelled,
)
from genlib.gans.penalties import R1, R2, GradientPenalty, Penalty
from genlib.gans.piecewise_linear import input_gradient
from genlib.gans.shared_fakes import SharedFakesGAN
from genlib.gans.stabilised_games import StabilisedGames
from genlib.gans.stabilisers import (
    AdversarialTraining,
    FeatureMatching,
    FreeAdversarialTraining,
    HistoricalAveraging,
    InstanceNoise,
    Judged,
    LabelSmoothing,
    MinibatchDiscrimination,
    MinibatchStd,
    OrthogonalRegularisation,
    SpectralNorm,
    Stabiliser,
    Unrolled,
    WeightClipping,
    non_orthogonality,
)

__all__ = [
    "ACGAN",
    "DCGAN",
    "GAN",
    "R1",
    "R2",
    "AdversarialLoss",
    "AdversarialTraining",
    "BigGAN",
    "BigGANDiscriminator",
    "BigGANGenerator",
    "ClassifyingDiscriminator",
    "Concatenated",
    "ConditionalGAN",
    "ConditionallyNormed",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "FastGAN",
    "FeatureMatching",
    "FreeAdversarialTraining",
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
    "OrthogonalRegularisation",
    "Penalty",
    "ProjectionDiscriminator",
    "Relativistic",
    "SharedFakesGAN",
    "SpectralNorm",
    "StabilisedGames",
    "Stabiliser",
    "Unlabelled",
    "Unrolled",
    "Wasserstein",
    "WeightClipping",
    "bilinear",
    "grid",
    "input_gradient",
    "non_orthogonality",
]
