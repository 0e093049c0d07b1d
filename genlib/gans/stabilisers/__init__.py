"""Stabilisers: changes to the game that plug into any GAN."""

from genlib.gans.stabilisers.adversarial import AdversarialTraining, FreeAdversarialTraining
from genlib.gans.stabilisers.averaging import HistoricalAveraging
from genlib.gans.stabilisers.base import Judged, Stabiliser
from genlib.gans.stabilisers.constraints import SpectralNorm, WeightClipping
from genlib.gans.stabilisers.costs import FeatureMatching, LabelSmoothing
from genlib.gans.stabilisers.minibatch import MinibatchDiscrimination, MinibatchStd
from genlib.gans.stabilisers.noise import InstanceNoise
from genlib.gans.stabilisers.orthogonal import OrthogonalRegularisation, non_orthogonality
from genlib.gans.stabilisers.unrolled import Unrolled

__all__ = [
    "AdversarialTraining",
    "FeatureMatching",
    "FreeAdversarialTraining",
    "HistoricalAveraging",
    "InstanceNoise",
    "Judged",
    "LabelSmoothing",
    "MinibatchDiscrimination",
    "MinibatchStd",
    "OrthogonalRegularisation",
    "SpectralNorm",
    "Stabiliser",
    "Unrolled",
    "WeightClipping",
    "non_orthogonality",
]
