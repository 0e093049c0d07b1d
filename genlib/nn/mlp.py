"""The multilayer perceptron."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import nn

from genlib.suggest import suggestion

ACTIVATIONS = {"elu": nn.ELU, "gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}


def mlp(widths: Sequence[int], activation: str | Callable[[], nn.Module] = "relu") -> nn.Sequential:
    r"""Build a multilayer perceptron :math:`W_L\,\sigma(\dots\sigma(W_1 x + b_1)\dots) + b_L`.

    Args:
        widths: sizes of input, hidden layers and output; ``[784, 512, 10]`` has one hidden layer.
        activation: the non-linearity between layers, by name or as a factory; the last layer is
            linear.

    Raises:
        ValueError: if fewer than two widths are given, one is not positive, or the name is
            unknown.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"widths={list(widths)}, wanted at least two positive sizes")
    if isinstance(activation, str) and activation not in ACTIVATIONS:
        raise ValueError(f"activation={activation!r}{suggestion(activation, ACTIVATIONS)}")
    factory = ACTIVATIONS[activation] if isinstance(activation, str) else activation
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), factory()]
    return nn.Sequential(*layers[:-1])
