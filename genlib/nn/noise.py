"""Random numbers that may come from a generator of the caller's."""

import math

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


def truncated_normal(
    *shape: int, threshold: float, like: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    r"""Draw from N(0, I), where each number outside :math:`[-t, t]` is drawn again until it is in.

    What comes of that has the density of N(0, 1) over its mass in :math:`[-t, t]`, and is drawn
    here at once, by the inverse of the distribution function: :math:`\sqrt2\,\mathrm{erf}^{-1}
    (v\,\mathrm{erf}(t/\sqrt2))` of v uniform in [-1, 1). Device and dtype as ``standard_normal``.

    Raises:
        ValueError: if the threshold t is not positive and finite.
    """
    if not (threshold > 0 and math.isfinite(threshold)):
        raise ValueError(f"threshold={threshold}, wanted a positive, finite number")
    inside = 2 * uniform(*shape, like=like, generator=generator) - 1
    drawn = math.sqrt(2) * torch.erfinv(inside * math.erf(threshold / math.sqrt(2)))
    return drawn.clamp(-threshold, threshold)
