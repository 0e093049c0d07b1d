"""Stabilisers: changes to the game that plug into any GAN."""

from genlib.gans.stabilisers.averaging import HistoricalAveraging
from genlib.gans.stabilisers.base import Judged, Stabiliser
from genlib.gans.stabilisers.constraints import SpectralNorm, WeightClipping
from genlib.gans.stabilisers.costs import FeatureMatching, LabelSmoothing
from genlib.gans.stabilisers.minibatch import MinibatchDiscrimination, MinibatchStd
from genlib.gans.stabilisers.noise import InstanceNoise
from genlib.gans.stabilisers.unrolled import Unrolled

__all__ = [
    "FeatureMatching",
    "HistoricalAveraging",
    "InstanceNoise",
    "Judged",
    "LabelSmoothing",
    "MinibatchDiscrimination",
    "MinibatchStd",
    "SpectralNorm",
    "Stabiliser",
    "Unrolled",
    "WeightClipping",
]
