"""Networks whose outputs see only what comes before them in an order."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MaskedLinear(nn.Linear):
    """A linear layer some of whose weights are nought, whatever training does.

    Args:
        mask: ``(outputs, inputs)``, true where an output may see an input.
        bias: whether there is one.
    """

    def __init__(self, mask: Tensor, bias: bool = True) -> None:
        """Build the layer that fits the mask."""
        super().__init__(mask.shape[1], mask.shape[0], bias)
        self.register_buffer("mask", mask.to(self.weight.dtype), persistent=False)

    def kernel(self) -> Tensor:
        """Return weight * mask."""
        return self.weight * self.mask

    def forward(self, x: Tensor) -> Tensor:
        """Return (weight * mask) x + bias."""
        return F.linear(x, self.kernel(), self.bias)


class MaskedMLP(nn.Module):
    r"""A multilayer perceptron whose i-th output sees :math:`x_1, \dots, x_{i-1}` and a context.

    Every unit has a degree, the number of the last input that it may see. A hidden unit sees the
    units before it of its own degree or lower, the i-th output only those of lower degree than i.
    A layer narrower than D lacks some degrees, and some outputs then miss inputs just before them.
    Germain, Gregor, Murray and Larochelle (2015, https://arxiv.org/abs/1502.03509). Derived in the
    chapter on richer latents.

    Args:
        inputs: how many inputs there are, D.
        features: numbers that make up one input.
        outputs: numbers to return for one input.
        hidden: widths of the hidden layers.
        context: numbers that every output may see.

    Attributes:
        degrees: of the inputs' features and the context, which has degree 0, then of each hidden
            layer.

    Raises:
        ValueError: if a size is not positive, or ``context`` is negative.
    """

    def __init__(
        self,
        inputs: int,
        features: int = 1,
        outputs: int = 1,
        hidden: Sequence[int] = (128,),
        context: int = 0,
    ) -> None:
        """Give every unit its degree, and from them make the masks."""
        super().__init__()
        if min(inputs, features, outputs, *hidden) < 1 or context < 0:
            raise ValueError(
                f"inputs={inputs}, features={features}, outputs={outputs}, "
                f"hidden={tuple(hidden)}, context={context}: wanted positive sizes"
            )
        self.outputs = outputs
        number = torch.arange(1, inputs + 1)
        sources = torch.cat([number.repeat_interleave(features), torch.zeros(context).long()])
        self.degrees = [sources, *(spread_degrees(width, inputs) for width in hidden)]
        layers: list[nn.Module] = []
        for before, after in pairwise(self.degrees):
            layers += [MaskedLinear(before <= after[:, None]), nn.ReLU()]
        last = number.repeat_interleave(outputs)
        self.network = nn.Sequential(*layers, MaskedLinear(self.degrees[-1] < last[:, None]))

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Map ``(..., D * features)`` to ``(..., D, outputs)``; the context is ``(..., context)``.

        A context may lack leading dimensions of ``x``.
        """
        if context is not None:
            x = torch.cat([x, context.expand(*x.shape[:-1], -1)], -1)
        return self.network(x).unflatten(-1, (-1, self.outputs))


def spread_degrees(width: int, inputs: int) -> Tensor:
    """Return the degrees of a layer's units, from 0 to ``inputs - 1``, ``(width,)``."""
    if width < inputs:
        return torch.linspace(0, inputs - 1, width).round().long()
    return torch.arange(width) % inputs
