"""Networks of one or two numbers, whose costs can be worked out by hand."""

import torch
from torch import Tensor, nn


class Affine(nn.Module):
    """x to a x + b, for all pixels alike; looks at the first three channels."""

    def __init__(self, a: float, b: float = 0.0) -> None:
        super().__init__()
        self.a, self.b = nn.Parameter(torch.tensor(a)), nn.Parameter(torch.tensor(b))

    def forward(self, x: Tensor) -> Tensor:
        return self.a * x[:, :3] + self.b


class Brightness(nn.Module):
    """A score: the mean over everything, times a number."""

    def __init__(self, a: float = 1.0) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a))

    def forward(self, x: Tensor) -> Tensor:
        return self.a * x.mean((1, 2, 3))


def even(*values: float, size: int = 8) -> Tensor:
    """Return pictures of one brightness each, (B, 3, S, S)."""
    return torch.tensor(values).view(-1, 1, 1, 1).expand(-1, 3, size, size).clone()
