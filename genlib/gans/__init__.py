"""Generative adversarial networks: the costs of the two players, and models that play."""

from genlib.gans import bilinear
from genlib.gans.acgan import ACGAN
from genlib.gans.big import BigGAN
from genlib.gans.conditional import ConditionalGAN
from genlib.gans.dcgan import DCGAN
from genlib.gans.fast import FastGAN
from genlib.gans.gan import GAN
from genlib.gans.lapgan import LAPGAN
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
    AliasFreeGenerator,
    BigGANDiscriminator,
    BigGANGenerator,
    ClassifyingDiscriminator,
    Concatenated,
    ConditionallyNormed,
    DCGANDiscriminator,
    DCGANGenerator,
    DemodulatedGenerator,
    Growing,
    MLPDiscriminator,
    MLPGenerator,
    ProgressiveDiscriminator,
    ProgressiveGenerator,
    ProjectionDiscriminator,
    StyleDiscriminator,
    StyleGenerator,
    Unlabelled,
)
from genlib.gans.path_length import PathLength, path_lengths
from genlib.gans.penalties import R1, R2, GradientPenalty, Penalty
from genlib.gans.piecewise_linear import input_gradient
from genlib.gans.progressive import ProgressiveGAN
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
from genlib.gans.style import StyleGAN
from genlib.gans.style2 import StyleGAN2
from genlib.gans.style3 import StyleGAN3

__all__ = [
    "ACGAN",
    "DCGAN",
    "GAN",
    "LAPGAN",
    "R1",
    "R2",
    "AdversarialLoss",
    "AdversarialTraining",
    "AliasFreeGenerator",
    "BigGAN",
    "BigGANDiscriminator",
    "BigGANGenerator",
    "ClassifyingDiscriminator",
    "Concatenated",
    "ConditionalGAN",
    "ConditionallyNormed",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "DemodulatedGenerator",
    "FastGAN",
    "FeatureMatching",
    "FreeAdversarialTraining",
    "GradientPenalty",
    "Growing",
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
    "PathLength",
    "Penalty",
    "ProgressiveDiscriminator",
    "ProgressiveGAN",
    "ProgressiveGenerator",
    "ProjectionDiscriminator",
    "Relativistic",
    "SharedFakesGAN",
    "SpectralNorm",
    "StabilisedGames",
    "Stabiliser",
    "StyleDiscriminator",
    "StyleGAN",
    "StyleGAN2",
    "StyleGAN3",
    "StyleGenerator",
    "Unlabelled",
    "Unrolled",
    "Wasserstein",
    "WeightClipping",
    "bilinear",
    "grid",
    "input_gradient",
    "non_orthogonality",
    "path_lengths",
]
