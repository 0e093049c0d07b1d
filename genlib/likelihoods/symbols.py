"""Symbols from an alphabet, which have no order and no distance."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.likelihoods.categorical import Categorical


class Symbols(Categorical):
    r"""A softmax over K symbols: :math:`P(x_i = k) = e^{l_{ik}} / \sum_j e^{l_{ij}}`.

    Events hold the symbols' numbers, whole (``torch.long``) and from 0 to K - 1: letters of a text,
    bases of a sequence, rows of a codebook. The parameters of an entry are K logits.

    Args:
        levels: K.
        event_dims: dimensions of an event, 1 for sequences, 3 for images of codes.

    Raises:
        ValueError: if there are fewer than two symbols.
    """

    def __init__(self, levels: int, event_dims: int = 1) -> None:
        """Keep the number of symbols."""
        super().__init__(levels, event_dims)
        self.features = levels

    def level(self, x: Tensor) -> Tensor:
        """Return x: a symbol is its own number."""
        return x

    def value(self, level: Tensor) -> Tensor:
        """Return the symbol of a number."""
        return level.long()

    def shown(self, x: Tensor) -> Tensor:
        r"""Return events as a network sees them, ``(..., K, *event)``: one indicator a symbol."""
        # not F.one_hot, which reads the symbols on the host where they are on a CPU
        numbers = torch.arange(self.levels, device=x.device).reshape(-1, *[1] * self.event_dims)
        return (x.unsqueeze(-1 - self.event_dims) == numbers).to(torch.get_default_dtype())

    @torch.no_grad()
    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw each symbol independently."""
        p = self.probabilities(parameters).movedim(self.axis, -1)
        device = p.device if generator is None else generator.device
        drawn = torch.multinomial(p.flatten(0, -2).to(device), 1, generator=generator)
        return drawn.view(p.shape[:-1]).to(p.device)

    def mean(self, parameters: Tensor) -> Tensor:
        """Raise: symbols cannot be averaged."""
        raise NotImplementedError("symbols have no mean; .probabilities() has their frequencies")

    def check(self, x: Tensor, shape: Sequence[int], like: Tensor) -> None:
        """Raise ``ValueError`` unless every value is the number of a symbol."""
        shown = ", ".join(["B", *map(str, shape)])
        wanted = f"wanted whole numbers (torch.long) of shape ({shown}) from 0 to {self.levels - 1}"
        if not isinstance(x, Tensor) or x.dtype != torch.long:
            raise ValueError(f"symbols as {getattr(x, 'dtype', type(x).__name__)}: {wanted}")
        if tuple(x.shape[1:]) != tuple(shape) or len(x) == 0:
            raise ValueError(f"symbols of shape {tuple(x.shape)}: {wanted}")
        if x.min() < 0 or x.max() >= self.levels:
            raise ValueError(f"symbols from {x.min()} to {x.max()}: {wanted}")
        if x.device != like.device:
            raise ValueError(f"symbols on {x.device}: {wanted} on {like.device}")
