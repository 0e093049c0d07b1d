"""Hamiltonian Monte Carlo on the way from one density to another, many chains at once."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution

from genlib.metrics.likelihood.decoder import LogDensity
from genlib.metrics.likelihood.importance import checked


@dataclass(frozen=True, eq=False)
class Place:
    """Where chains are, and what both ends of the path say of it.

    Both ends are kept apart, so that a new temperature costs no new gradient.

    Attributes:
        z: codes, (C, B, D).
        start: log q(z), (C, B).
        target: log p(x, z), (C, B).
        start_slope: the gradient of the first, (C, B, D).
        target_slope: that of the second, (C, B, D).
    """

    z: Tensor
    start: Tensor
    target: Tensor
    start_slope: Tensor
    target_slope: Tensor

    def log_density(self, beta: float) -> Tensor:
        r"""Return :math:`(1 - \beta) \log q + \beta \log p`, (C, B)."""
        return (1 - beta) * self.start + beta * self.target

    def slope(self, beta: float) -> Tensor:
        """Return its gradient, (C, B, D)."""
        return (1 - beta) * self.start_slope + beta * self.target_slope

    def where(self, chosen: Tensor, other: "Place") -> "Place":
        """Return this place for the chains (C, B) that are chosen, and the other one for the rest.

        Not a sum of products: 0 times a number that is not finite is none.
        """
        wide = chosen.unsqueeze(-1)
        return Place(
            torch.where(wide, self.z, other.z),
            torch.where(chosen, self.start, other.start),
            torch.where(chosen, self.target, other.target),
            torch.where(wide, self.start_slope, other.start_slope),
            torch.where(wide, self.target_slope, other.target_slope),
        )


def visit(log_joint: LogDensity, start: Distribution, z: Tensor) -> Place:
    """Return what both ends of the path say of codes z, (C, B, D)."""
    z = z.detach().requires_grad_()
    with torch.enable_grad():
        first, last = start.log_prob(z), checked(log_joint(z), z)
        (first_slope,) = torch.autograd.grad(first.sum(), z)
        (last_slope,) = torch.autograd.grad(last.sum(), z)
    return Place(z.detach(), first.detach(), last.detach(), first_slope, last_slope)


@dataclass(frozen=True, eq=False)
class Hamiltonian:
    r"""Moves that leave :math:`q^{1-\beta} p^\beta` as it is, for any beta and step size.

    A momentum :math:`v \sim \mathcal N(0, I)` is drawn, the equations of motion of the energy
    :math:`-\log f_\beta(z) + \tfrac12 |v|^2` are followed for L leapfrog steps of size
    :math:`\epsilon`, and the end is accepted with probability
    :math:`\min(1, e^{-\Delta\text{energy}})`. Leapfrog steps keep volumes and can be run
    backwards, so that the balance is exact at any step size; the energy strays by
    :math:`O(\epsilon^2)` over a path of one length. Neal (2011, https://arxiv.org/abs/1206.1901).
    Derived in the chapter on likelihoods of decoders.

    Attributes:
        log_joint: from codes (C, B, D) to log p(x, z), (C, B).
        start: q, of batch (B,) and event (D,).
        units: what a step of 1 means for each number of a code, (B, D).
        leaps: L.
    """

    log_joint: LogDensity
    start: Distribution
    units: Tensor
    leaps: int

    def visit(self, z: Tensor) -> Place:
        """Return what both ends of the path say of codes z, (C, B, D)."""
        return visit(self.log_joint, self.start, z)

    def move(self, place: Place, beta: float, step: Tensor) -> tuple[Place, Tensor]:
        """Return where chains go, and with what probability each would be accepted, (C, B).

        Args:
            place: where they are.
            beta: the inverse temperature.
            step: sizes of a step, (C, B), which must not depend on where these chains are.
        """
        momentum = torch.randn_like(place.z)
        end, last = self.leapfrog(place, momentum, beta, step)
        gain = end.log_density(beta) - place.log_density(beta)
        gain = gain - 0.5 * (last.square() - momentum.square()).sum(-1)
        # A path that leaves the finite numbers gives none of them, and is refused.
        chance = gain.clamp(max=0.0).exp().nan_to_num(nan=0.0)
        return end.where(torch.rand_like(chance) < chance, place), chance

    def leapfrog(
        self, place: Place, momentum: Tensor, beta: float, step: Tensor
    ) -> tuple[Place, Tensor]:
        """Return place and momentum after L steps of sizes (C, B)."""
        stride = step.unsqueeze(-1) * self.units
        momentum = momentum + 0.5 * stride * place.slope(beta)
        for leap in range(self.leaps):
            place = self.visit(place.z + stride * momentum)
            half = 0.5 if leap == self.leaps - 1 else 1.0
            momentum = momentum + half * stride * place.slope(beta)
        return place, momentum
