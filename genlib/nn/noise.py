"""Random numbers that may come from a generator of the caller's."""

import torch
from torch import Tensor


def standard_normal(*shape: int, like: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw from N(0, I) with the device and dtype of ``like``.

    A generator draws on its own device, so that one on the CPU gives the same numbers everywhere.
    """
    device = like.device if generator is None else generator.device
    return torch.randn(*shape, generator=generator, device=device, dtype=like.dtype).to(like.device)


def uniform(*shape: int, like: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw from U[0, 1) with the device and dtype of ``like``; see ``standard_normal``."""
    device = like.device if generator is None else generator.device
    return torch.rand(*shape, generator=generator, device=device, dtype=like.dtype).to(like.device)
