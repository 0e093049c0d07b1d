"""Draws of the data: what decides the batches of a round before it begins."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.player import Batch

Draw = Batch  # the numbers of a batch's examples, or of a DataLoader the batch itself


def tensors(draws: Sequence[Draw]) -> list[Tensor]:
    """Return the tensors of draws, in order."""
    found: list[Tensor] = []
    for draw in draws:
        found += [draw] if isinstance(draw, Tensor) else tensors(draw)
    return found


def layout(draws: Sequence[Draw]) -> list[tuple[torch.Size, torch.dtype]]:
    """Return shape and type of each tensor."""
    return [(tensor.shape, tensor.dtype) for tensor in tensors(draws)]


def copied(draw: Draw) -> Draw:
    """Return a copy of a draw, of the same structure."""
    if isinstance(draw, Tensor):
        return draw.clone()
    parts = (copied(part) for part in draw)
    return type(draw)(*parts) if hasattr(draw, "_fields") else tuple(parts)
