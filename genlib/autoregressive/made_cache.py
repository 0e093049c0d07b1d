"""A MADE that draws: each hidden unit is worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.nn import MaskedLinear

if TYPE_CHECKING:
    from genlib.autoregressive.made import MADE


class MADECache:
    """The units of a MADE whose entries are known.

    Units are sorted by degree. When d entries are known, those of degree d have all that they see,
    and what they see is the first so many units of the layer before.

    Args:
        model: whose conditionals.
        n: how many events are drawn at once.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, model: MADE, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known but the label."""
        self.model, self.known = model, 0
        degrees = model.network.degrees
        self.sort_weights([each.argsort(stable=True) for each in degrees])
        numbers = torch.arange(model.entries)
        self.ends = [
            torch.searchsorted(each.sort().values, numbers, right=True).tolist() for each in degrees
        ]
        self.units = [self.weights[0].new_zeros(n, len(each)) for each in degrees]
        if label is not None:
            self.units[0][:, : self.ends[0][0]] = model.indicators(label)

    def sort_weights(self, orders: list[Tensor]) -> None:
        """Keep masked weights whose rows and columns are sorted by degree."""
        layers = [layer for layer in self.model.network.network if isinstance(layer, MaskedLinear)]
        rows = [*orders[1:], torch.arange(len(layers[-1].weight))]  # outputs are in order
        self.weights = [
            layer.kernel()[row][:, column]
            for layer, row, column in zip(layers, rows, orders, strict=True)
        ]
        self.biases = [layer.bias[row] for layer, row in zip(layers, rows, strict=True)]
        direct = self.model.direct
        self.direct = None if direct is None else direct.kernel()[:, orders[0]]

    def next(self) -> Tensor:
        """Return the parameters of the next entry, ``(n, P, *entry)``."""
        self.finish_units()
        entry = slice(self.known * self.model.outputs, (self.known + 1) * self.model.outputs)
        outputs = self.product(-1, self.weights[-1][entry], self.biases[-1][entry])
        if self.direct is not None:
            outputs = outputs + self.product(0, self.direct[entry])
        return self.model.parameters_of_entry(outputs)

    def finish_units(self) -> None:
        """Work out the hidden units that have now all they see."""
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if number + 1 == len(self.units):
                return
            ends = self.ends[number + 1]
            new = slice(ends[self.known - 1] if self.known else 0, ends[self.known])
            self.units[number + 1][:, new] = F.relu(self.product(number, weight[new], bias[new]))

    def product(self, layer: int, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """Return what some rows of weights make of the units so far of a layer."""
        end = self.ends[layer][self.known]
        return F.linear(self.units[layer][:, :end], weight[:, :end], bias)

    def append(self, x: Tensor) -> None:
        """Take notice of the values of that entry, ``(n, *entry)``."""
        end = self.ends[0][self.known]
        self.units[0][:, end : end + self.model.inputs] = self.model.token(x)
        self.known += 1
