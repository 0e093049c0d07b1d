"""Layers and helpers that two or more families of models share."""

from genlib.nn.masked import MaskedConv2d, MaskedLinear, MaskedMLP
from genlib.nn.mlp import mlp
from genlib.nn.noise import standard_normal, uniform
from genlib.nn.residual import ResidualBlock

__all__ = [
    "MaskedConv2d",
    "MaskedLinear",
    "MaskedMLP",
    "ResidualBlock",
    "mlp",
    "standard_normal",
    "uniform",
]
