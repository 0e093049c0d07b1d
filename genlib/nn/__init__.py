"""Layers and helpers that two or more families of models share."""

from genlib.nn.adaptive import AdaptiveInstanceNorm2d
from genlib.nn.attention import SelfAttention2d
from genlib.nn.bounded import Bounded
from genlib.nn.conditional_norm import ConditionalBatchNorm2d
from genlib.nn.equalised import EqualisedConv2d, EqualisedLinear, equalise, unequalise
from genlib.nn.filters import binomial, kaiser, named_filter
from genlib.nn.masked import MaskedLinear, MaskedMLP
from genlib.nn.masked_conv import MaskedConv2d, causal_conv2d, in_layout_of
from genlib.nn.minibatch import MinibatchDiscrimination, MinibatchStd
from genlib.nn.mlp import mlp
from genlib.nn.modulated import ModulatedConv2d
from genlib.nn.noise import standard_normal, truncated_normal, uniform
from genlib.nn.observing import evaluating, inputs_of, last_layer
from genlib.nn.oversampled import Oversampled
from genlib.nn.pixel_norm import PixelNorm
from genlib.nn.pyramid import LaplacianPyramid
from genlib.nn.resample import Downsample, Upsample, downsample, translate, upsample
from genlib.nn.residual import ResidualBlock
from genlib.nn.residual_resampling import ResidualDown, ResidualUp
from genlib.nn.spectral import power_iteration, spectral_norm
from genlib.nn.standing import standing_statistics
from genlib.nn.threads import one_thread

__all__ = [
    "AdaptiveInstanceNorm2d",
    "Bounded",
    "ConditionalBatchNorm2d",
    "Downsample",
    "EqualisedConv2d",
    "EqualisedLinear",
    "LaplacianPyramid",
    "MaskedConv2d",
    "MaskedLinear",
    "MaskedMLP",
    "MinibatchDiscrimination",
    "MinibatchStd",
    "ModulatedConv2d",
    "Oversampled",
    "PixelNorm",
    "ResidualBlock",
    "ResidualDown",
    "ResidualUp",
    "SelfAttention2d",
    "Upsample",
    "binomial",
    "causal_conv2d",
    "downsample",
    "equalise",
    "evaluating",
    "in_layout_of",
    "inputs_of",
    "kaiser",
    "last_layer",
    "mlp",
    "named_filter",
    "one_thread",
    "power_iteration",
    "spectral_norm",
    "standard_normal",
    "standing_statistics",
    "translate",
    "truncated_normal",
    "unequalise",
    "uniform",
    "upsample",
]
