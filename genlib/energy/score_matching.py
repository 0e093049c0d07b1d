"""Three losses for a network that is to be the gradient of a log-density."""

from collections.abc import Callable

import torch
from torch import Tensor

from genlib.energy.arguments import check_positive

Score = Callable[[Tensor], Tensor]


def explicit_score_matching(score: Score, x: Tensor, truth: Tensor) -> Tensor:
    r"""Return half the squared distance from the true score, which one has to know, 0-d.

    .. math:: J_{\mathrm{ESM}} = \tfrac12\, E_p \big| s(x) - \nabla \log p(x) \big|^2.

    Args:
        score: s, from ``(B, *event)`` to the same shape.
        x: draws from p, ``(B, *event)``.
        truth: the score of p at x, of the same shape.

    Raises:
        ValueError: if the shapes differ.
    """
    if truth.shape != x.shape:
        raise ValueError(f"truth has shape {tuple(truth.shape)}, wanted {tuple(x.shape)}")
    return half_squares(score(x) - truth).mean()


def score_matching(score: Score, x: Tensor) -> Tensor:
    r"""Return the explicit loss less a constant, from draws alone, 0-d.

    .. math:: J_{\mathrm{SM}} = E_p \Big[ \tfrac12 |s(x)|^2
              + \sum_i \frac{\partial s_i}{\partial x_i}(x) \Big]
              = J_{\mathrm{ESM}} - \tfrac12 E_p |\nabla \log p|^2,

    where p is smooth and falls to 0 far out. The divergence takes one backward pass for each
    coordinate. Hyvarinen (2005, https://www.jmlr.org/papers/v6/hyvarinen05a.html). Derived in the
    chapter on energies and scores.

    Args:
        score: s, from ``(B, *event)`` to the same shape, each event by itself, differentiable in
            x; of an :py:class:`~genlib.energy.EnergyModel` it is
            ``partial(model.score, create_graph=True)``.
        x: draws from p, ``(B, *event)``.
    """
    x = x.detach().requires_grad_()
    s = score(x)
    return (half_squares(s) + divergence(s, x)).mean()


def divergence(s: Tensor, x: Tensor) -> Tensor:
    """Return the sum over i of the derivative of s_i in x_i, ``(B,)``, differentiable."""
    total = torch.zeros_like(x.flatten(1)[:, 0])
    for i, column in enumerate(s.flatten(1).unbind(1)):
        (slope,) = torch.autograd.grad(column.sum(), x, create_graph=True)
        total = total + slope.flatten(1)[:, i]
    return total


def denoising_score_matching(score: Score, x: Tensor, noise: Tensor, sigma: float) -> Tensor:
    r"""Return the loss whose best s is the score of the data with Gaussian noise, 0-d.

    .. math:: J_{\mathrm{DSM}} = \tfrac12\, E \Big| s(x + \sigma \varepsilon)
              + \frac{\varepsilon}{\sigma} \Big|^2
              = \tfrac12\, E_{p_\sigma} \big| s - \nabla \log p_\sigma \big|^2 + \text{constant},

    with :math:`p_\sigma` the density of :math:`x + \sigma \varepsilon`. Vincent (2011,
    https://doi.org/10.1162/NECO_a_00142). Derived in the chapter on energies and scores.

    Args:
        score: s, from ``(B, *event)`` to the same shape.
        x: draws of data, ``(B, *event)``.
        noise: draws from N(0, I), of the same shape.
        sigma: standard deviation of the noise, in units of x.

    Raises:
        ValueError: if sigma is not positive or the shapes differ.
    """
    check_positive(sigma=sigma)
    if noise.shape != x.shape:
        raise ValueError(f"noise has shape {tuple(noise.shape)}, wanted {tuple(x.shape)}")
    return half_squares(score(x + sigma * noise) + noise / sigma).mean()


def half_squares(difference: Tensor) -> Tensor:
    """Return half the squared length of each event, ``(B,)``."""
    return 0.5 * difference.flatten(1).square().sum(1)
