"""Tables for the tests of divergences."""

import torch


def table(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def random_tables(n: int, points: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.softmax(3 * torch.randn(2, n, points, dtype=torch.float64), -1).unbind()
