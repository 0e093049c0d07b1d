"""The multilayer perceptron."""

from collections.abc import Callable, Sequence

from torch import nn


def mlp(widths: Sequence[int], activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    r"""Build a multilayer perceptron :math:`W_L\,\sigma(\dots\sigma(W_1 x + b_1)\dots) + b_L`.

    Args:
        widths: sizes of input, hidden layers and output; ``[784, 512, 10]`` has one hidden layer.
        activation: a factory for the non-linearity between layers; the last layer is linear.

    Raises:
        ValueError: if fewer than two widths are given or one is not positive.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"widths={list(widths)}, wanted at least two positive sizes")
    layers: list[nn.Module] = []
    for inputs, outputs in zip(widths[:-1], widths[1:], strict=True):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1])
