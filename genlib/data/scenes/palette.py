"""What the labels of a scene are called, and their colours on a map."""

import torch
from torch import Tensor

AERIAL = {
    "ground": (240, 228, 205),
    "road": (250, 160, 60),
    "park": (120, 200, 90),
    "water": (90, 150, 235),
    "building": (140, 75, 90),
}
STREET = {
    "sky": (130, 200, 250),
    "building": (140, 75, 90),
    "tree": (40, 150, 60),
    "road": (70, 70, 150),
    "pavement": (240, 170, 210),
    "car": (250, 200, 40),
}


def table(palette: dict[str, tuple[int, int, int]]) -> Tensor:
    """Return the colours of a palette by label, uint8 (K, 3)."""
    return torch.tensor(list(palette.values()), dtype=torch.uint8)


def painted(labels: Tensor, colours: Tensor) -> Tensor:
    """Return label maps (N, H, W) in their colours (K, 3), as images (N, 3, H, W) of their type."""
    return colours[labels.long()].permute(0, 3, 1, 2).contiguous()
