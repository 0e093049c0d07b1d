"""An exponential moving average of a model's weights."""

import copy

import torch
from torch import Tensor, nn


class EMA:
    r"""Keep :math:`\bar\theta \leftarrow \bar\theta + (1 - d_t)(\theta - \bar\theta)`.

    The decay warms up as :math:`d_t = \min(d, (1 + t)/(10 + t))`, so that a short run is not
    dominated by its random start. Buffers (running means, counts) are copied, not averaged.
    Averaging the iterates is due to Polyak and Juditsky (1992,
    https://doi.org/10.1137/0330046).

    Args:
        model: the model to follow; it is copied and never changed.
        decay: the limit ``d`` in [0, 1).

    Raises:
        ValueError: if ``decay`` is outside [0, 1).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Start the average at the model's present weights."""
        if not 0 <= decay < 1:
            raise ValueError(f"ema={decay}, wanted a decay in [0, 1)")
        self.decay = decay
        self.count = 0
        self.weight: float | Tensor = 0.0  # a tensor where rounds are captured, see graph.py
        self.model = copy.deepcopy(model)
        self.model.eval()  # alone, as a subclass may forget to return itself
        self.model.requires_grad_(False)

    def advance(self) -> None:
        """Set by how much the next update moves the average."""
        weight = 1 - min(self.decay, (1 + self.count) / (10 + self.count))
        self.count += 1
        if isinstance(self.weight, Tensor):
            self.weight.fill_(weight)
        else:
            self.weight = weight

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards the model's present weights."""
        averages, weights = list(self.model.parameters()), list(model.parameters())
        if isinstance(self.weight, Tensor):
            torch._foreach_lerp_(averages, weights, [self.weight.to(w.dtype) for w in weights])
        else:
            torch._foreach_lerp_(averages, weights, self.weight)
        for kept, new in zip(self.model.buffers(), model.buffers(), strict=True):
            kept.copy_(new)
