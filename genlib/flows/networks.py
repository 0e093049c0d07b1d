"""The networks inside couplings. All start at zero, so that a coupling starts as the identity."""

from collections.abc import Sequence

from torch import nn

from genlib.nn import ResidualBlock, mlp


def starting_at_zero(network: nn.Sequential) -> nn.Sequential:
    """Return the network with the weights and biases of its last layer set to zero."""
    nn.init.zeros_(network[-1].weight)
    nn.init.zeros_(network[-1].bias)
    return network


def perceptron(inputs: int, hidden: Sequence[int], outputs: int) -> nn.Sequential:
    """Build a network from points ``(..., inputs)`` to ``(..., outputs)``."""
    return starting_at_zero(mlp([inputs, *hidden, outputs]))


def residual(inputs: int, width: int, blocks: int, outputs: int) -> nn.Sequential:
    """Build a residual network from images ``(B, inputs, H, W)`` to ``(B, outputs, H, W)``."""
    return starting_at_zero(
        nn.Sequential(
            nn.Conv2d(inputs, width, 3, padding=1),
            *[ResidualBlock(width) for _ in range(blocks)],
            nn.SiLU(),
            nn.Conv2d(width, outputs, 3, padding=1),
        )
    )


def bottleneck(inputs: int, width: int, outputs: int) -> nn.Sequential:
    """Build Glow's network, from images ``(B, inputs, H, W)`` to ``(B, outputs, H, W)``.

    Convolutions of 3 x 3, 1 x 1 and 3 x 3, as Kingma and Dhariwal (2018) have them.
    """
    return starting_at_zero(
        nn.Sequential(
            nn.Conv2d(inputs, width, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, outputs, 3, padding=1),
        )
    )
