"""Langevin dynamics: samples from nothing but a score."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from genlib.energy.arguments import check_counts, check_positive
from genlib.nn import standard_normal

Score = Callable[[Tensor], Tensor]


@torch.no_grad()
def langevin(
    score: Score,
    x: Tensor,
    step: float,
    steps: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Return x after so many steps uphill with noise.

    .. math:: x \leftarrow x + \frac\eta2\, s(x) + \sqrt\eta\, \varepsilon,
              \qquad \varepsilon \sim N(0, I).

    With :math:`s = \nabla \log p` the density of x tends to p as the number of steps grows, but
    for an error of the order of the step :math:`\eta`: none is rejected. Roberts and Tweedie (1996,
    https://doi.org/10.2307/3318418). Derived in the chapter on energies and scores.

    Args:
        score: s, from ``(N, *event)`` to the same shape.
        x: where the chains begin, ``(N, *event)``.
        step: eta, in squared units of x.
        steps: how many.
        generator: of the noise; by default torch's own.

    Raises:
        ValueError: if the step is not positive or the number of steps is negative.
    """
    check_positive(step=step)
    check_counts(0, steps=steps)
    for _ in range(steps):
        noise = standard_normal(*x.shape, like=x, generator=generator)
        x = x + 0.5 * step * score(x) + step**0.5 * noise
    return x


def annealed_langevin(
    score: Callable[[Tensor, float], Tensor],
    x: Tensor,
    sigmas: Sequence[float],
    step: float,
    steps: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Return x after Langevin steps on less and less noised densities.

    Level i of the noise has ``steps`` steps of size :math:`\eta\, \sigma_i^2 / \sigma_L^2`, where
    :math:`\sigma_L` is the last. Song and Ermon (2019, https://arxiv.org/abs/1907.05600). Derived
    in the chapter on energies and scores.

    Args:
        score: s(x, sigma), the score of the data with noise of standard deviation sigma.
        x: where the chains begin, ``(N, *event)``.
        sigmas: levels of the noise, from the largest.
        step: eta at the last level.
        steps: how many at each level.
        generator: of the noise; by default torch's own.

    Raises:
        ValueError: if a level is not positive, they do not fall, or a step makes no sense.
    """
    check_levels(sigmas)
    for sigma in sigmas:
        scaled = step * (sigma / sigmas[-1]) ** 2
        x = langevin(lambda y, at=sigma: score(y, at), x, scaled, steps, generator)
    return x


def check_levels(sigmas: Sequence[float]) -> None:
    """Raise ``ValueError`` unless there are levels, all positive, each below the one before."""
    for sigma in sigmas:
        check_positive(sigma=sigma)
    if not len(sigmas) or list(sigmas) != sorted(set(sigmas), reverse=True):
        raise ValueError(f"sigmas={list(sigmas)}, wanted one or more levels that fall")
