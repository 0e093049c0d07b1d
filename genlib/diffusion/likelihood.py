"""The likelihood of a model that is an ordinary differential equation."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from genlib.diffusion.odes import Velocity, solve

Divergence = Callable[[Tensor, Tensor], Tensor]
"""From a field at x (B, D) and x, with autograd's graph between them, to its divergence (B,)."""


def exact_divergence(field: Tensor, x: Tensor) -> Tensor:
    r"""Return :math:`\sum_i \partial u_i / \partial x_i`, ``(B,)``, by D backward passes.

    Args:
        field: u, ``(B, D)``, computed from x with a graph.
        x: where, ``(B, D)``.
    """
    parts = [
        torch.autograd.grad(field[:, i].sum(), x, retain_graph=True)[0][:, i]
        for i in range(x.shape[1])
    ]
    return torch.stack(parts).sum(0)


def probed_divergence(probes: Tensor) -> Divergence:
    r"""Return Hutchinson's estimate of the divergence, by one backward pass a probe.

    .. math:: \nabla \cdot u = E[v^\top (\partial u / \partial x)\, v], \qquad E[v v^\top] = I

    Hutchinson (1990, https://doi.org/10.1080/03610919008812866); in models of this kind Grathwohl
    et al. (2019, https://arxiv.org/abs/1810.01367), who keep a probe along the whole way, as is
    done here.

    Args:
        probes: v, ``(K, B, D)``; the mean over K is returned.
    """

    def estimate(field: Tensor, x: Tensor) -> Tensor:
        parts = [
            (torch.autograd.grad((field * v).sum(), x, retain_graph=True)[0] * v).sum(1)
            for v in probes
        ]
        return torch.stack(parts).mean(0)

    return estimate


@torch.no_grad()
def log_density(
    velocity: Velocity, x: Tensor, times: Tensor, divergence: Divergence, method: str
) -> Tensor:
    r"""Return log p of events by the change of variables along a flow to N(0, I), ``(B,)``.

    .. math:: \log p(x_0) = \log \mathcal N(x_1; 0, I) + \int_0^1 \nabla \cdot u(x_t, t)\, dt

    The integral is one more coordinate of the same differential equation. Chen et al. (2018,
    https://arxiv.org/abs/1806.07366). Derived in the chapter on flow matching.

    Args:
        velocity: u, from events ``(B, *event)`` and times ``(B,)`` to ``(B, *event)``.
        x: events, ``(B, *event)``.
        times: a grid from 0, the data, to 1, noise.
        divergence: exact, or estimated.
        method: the solver; see ``solve``.
    """

    def augmented(state: Tensor, t: Tensor) -> Tensor:
        with torch.enable_grad():
            flat = state[:, :-1].detach().requires_grad_()
            field = velocity(flat.view_as(x), t).flatten(1)
            gained = divergence(field, flat)
        return torch.cat([field.detach(), gained.detach()[:, None]], 1)

    start = torch.cat([x.flatten(1), x.new_zeros(len(x), 1)], 1)
    end = solve(augmented, start, times, method)
    noise, gained = end[:, :-1], end[:, -1]
    return -0.5 * (noise.square() + math.log(2 * math.pi)).sum(1) + gained
