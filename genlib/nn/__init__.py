"""Layers and helpers that two or more families of models share."""

from genlib.nn.attention import SelfAttention2d
from genlib.nn.bounded import Bounded
from genlib.nn.conditional_norm import ConditionalBatchNorm2d
from genlib.nn.masked import MaskedLinear, MaskedMLP
from genlib.nn.masked_conv import MaskedConv2d, causal_conv2d, in_layout_of
from genlib.nn.minibatch import MinibatchDiscrimination, MinibatchStd
from genlib.nn.mlp import mlp
from genlib.nn.noise import standard_normal, truncated_normal, uniform
from genlib.nn.observing import evaluating, inputs_of, last_layer
from genlib.nn.residual import ResidualBlock
from genlib.nn.residual_resampling import ResidualDown, ResidualUp
from genlib.nn.spectral import power_iteration, spectral_norm
from genlib.nn.standing import standing_statistics
from genlib.nn.threads import one_thread

__all__ = [
    "Bounded",
    "ConditionalBatchNorm2d",
    "MaskedConv2d",
    "MaskedLinear",
    "MaskedMLP",
    "MinibatchDiscrimination",
    "MinibatchStd",
    "ResidualBlock",
    "ResidualDown",
    "ResidualUp",
    "SelfAttention2d",
    "causal_conv2d",
    "evaluating",
    "in_layout_of",
    "inputs_of",
    "last_layer",
    "mlp",
    "one_thread",
    "power_iteration",
    "spectral_norm",
    "standard_normal",
    "standing_statistics",
    "truncated_normal",
    "uniform",
]
