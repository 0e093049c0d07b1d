"""A stack of perceptrons of one shape, and Adam for all of them: what many games are made of."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

SLOPE = 0.2  # of the leaky ReLUs
TINY = 1e-8  # Adam's, as in torch


class Perceptrons:
    """R multilayer perceptrons with leaky ReLUs, called on R batches at once.

    Args:
        widths: sizes of input, hidden layers and output.
        weights: ``(R, numbers)``, the numbers of a network in a row: of each layer the matrix,
            ``(inputs, outputs)``, then the bias.

    Attributes:
        weights: these, which can be trained.
    """

    def __init__(self, widths: Sequence[int], weights: Tensor) -> None:
        """Keep the weights."""
        self.widths = list(widths)
        self.weights = weights.detach().requires_grad_()

    def layers(self) -> list[tuple[Tensor, Tensor]]:
        """Return matrix ``(R, inputs, outputs)`` and bias ``(R, 1, outputs)`` of each layer."""
        found, at = [], 0
        for inputs, outputs in pairwise(self.widths):
            end = at + inputs * outputs
            matrix = self.weights[:, at:end].unflatten(1, (inputs, outputs))
            at = end + outputs
            found.append((matrix, self.weights[:, end:at].unsqueeze(1)))
        return found

    def __call__(self, x: Tensor) -> Tensor:
        """Map ``(R, B, inputs)`` to ``(R, B, outputs)``."""
        *hidden, last = self.layers()
        for matrix, bias in hidden:
            x = nn.functional.leaky_relu(torch.baddbmm(bias, x, matrix), SLOPE)
        return torch.baddbmm(last[1], x, last[0])

    def input_gradient(self, x: Tensor) -> Tensor:
        """Return the gradient of each output's sum in ``x``, written out: ``(R, B, inputs)``."""
        layers, slopes = self.layers(), []
        with torch.no_grad():  # where the kinks lie has no derivative
            for matrix, bias in layers[:-1]:
                x = torch.baddbmm(bias, x, matrix)
                slopes.append(torch.where(x > 0, torch.ones_like(x), SLOPE))
                x = x * slopes[-1]
        gradient = layers[-1][0].sum(dim=2).unsqueeze(1).expand(-1, x.shape[1], -1)
        for (matrix, _), slope in zip(layers[-2::-1], slopes[::-1], strict=True):
            gradient = torch.bmm(gradient * slope, matrix.mT)
        return gradient

    def load_into(self, run: int, network: nn.Module) -> None:
        """Copy one run's weights into the linear layers of a network."""
        linear = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
        with torch.no_grad():
            for layer, (matrix, bias) in zip(linear, self.layers(), strict=True):
                layer.weight.copy_(matrix[run].T)
                layer.bias.copy_(bias[run, 0])


def start(widths: Sequence[int], generator: torch.Generator) -> Tensor:
    r"""Draw one perceptron's weights as torch does, from :math:`U(-1, 1) / \sqrt{inputs}`."""
    parts = [
        (2 * torch.rand((inputs + 1) * outputs, generator=generator) - 1) / inputs**0.5
        for inputs, outputs in pairwise(widths)
    ]
    return torch.cat(parts)


class Adam:
    """Adam on ``(R, numbers)``, with rates of each run.

    Args:
        lr: step sizes, ``(R, 1)``.
        beta1: decay rates of the mean gradient, ``(R, 1)``.
        beta2: decay rates of the mean squared gradient, ``(R, 1)``.
    """

    def __init__(self, lr: Tensor, beta1: Tensor, beta2: Tensor) -> None:
        """Begin with nothing averaged."""
        self.lr, self.beta1, self.beta2 = lr, beta1, beta2
        self.mean, self.square, self.steps = torch.zeros_like(lr), torch.zeros_like(lr), 0

    def minimise(self, cost: Tensor, weights: Tensor) -> None:
        """Move the weights, in place, by the gradient of a cost."""
        (gradient,) = torch.autograd.grad(cost, weights)
        self.step(weights, gradient)

    @torch.no_grad()
    def step(self, weights: Tensor, gradient: Tensor) -> None:
        """Move the weights, in place."""
        self.steps += 1
        self.mean = torch.lerp(gradient, self.mean, self.beta1)
        self.square = torch.lerp(gradient * gradient, self.square, self.beta2)
        mean = self.mean / (1 - self.beta1**self.steps)
        square = self.square / (1 - self.beta2**self.steps)
        weights -= self.lr * mean / (square.sqrt() + TINY)
