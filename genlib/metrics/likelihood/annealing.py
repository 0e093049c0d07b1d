"""Annealed importance sampling."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.distributions import Distribution

from genlib.metrics.arguments import check_count
from genlib.metrics.likelihood.decoder import LogDensity
from genlib.metrics.likelihood.hamiltonian import Hamiltonian
from genlib.metrics.likelihood.schedules import checked_betas
from genlib.metrics.likelihood.steps import Steps
from genlib.metrics.likelihood.weights import LogWeights


@dataclass(frozen=True, eq=False)
class Annealing(LogWeights):
    r"""The weights of a run, and how it went.

    Attributes:
        log_weights: nats, (C, B), float64.
        codes: where the chains ended, (C, B, D).
        betas: inverse temperatures, (T + 1,), float64.
        course: ``estimate`` as it was at each of them, (T + 1, B), float64, from 0: of
            :math:`\log \int q^{1-\beta} p^\beta`.
        acceptance: mean probability that a move was accepted, (T - 1, B).
        step_sizes: what it moved by, (T - 1, B).
    """

    codes: Tensor
    betas: Tensor
    course: Tensor
    acceptance: Tensor
    step_sizes: Tensor


@torch.no_grad()
def ais(
    log_joint: LogDensity,
    start: Distribution,
    *,
    chains: int = 16,
    steps: int = 1000,
    leaps: int = 1,
    schedule: str | Tensor = "power",
    step: float = 0.5,
    jitter: float = 0.2,
    scouts: int = 4,
    step_sizes: Tensor | None = None,
) -> Annealing:
    r"""Estimate log p(x) along a path of densities from q to :math:`p(x, \cdot)`.

    With :math:`f_t = q^{1-\beta_t}\, p^{\beta_t}` each chain is drawn from q and moved by
    Hamiltonian Monte Carlo, which leaves :math:`f_t` as it is, and collects

    .. math:: w = \prod_{t=1}^T \frac{f_t(z_{t-1})}{f_{t-1}(z_{t-1})}, \qquad
              E[w] = \int p(x, z)\, dz = p(x),

    exactly, for any number of steps and any step size. A poor run has weights of a large spread,
    and hence an ``estimate`` that is too low in the mean. Neal (2001,
    https://doi.org/10.1023/A:1008923215028); for decoders Wu et al. (2017,
    https://arxiv.org/abs/1611.04273). One step is importance sampling.

    A step size that learns from a chain's own fate is a bias, so ``scouts`` run ahead: further
    chains, whose weights nobody uses. After each temperature the size grows or shrinks by a tenth,
    for each image, as they accept more or less than 65 %. Each step is then stretched at random by
    up to ``jitter``, without which L steps may come round to where they started. Draws come
    from torch's global generator. Derived in the chapter on likelihoods of decoders.

    Args:
        log_joint: from codes (C, B, D) to log p(x, z), (C, B), such as ``decoder.log_joint(x)``.
        start: q, of batch (B,) and event (D,), ``decoder.prior(len(x))`` or, better where there is
            one, ``gaussian_codes(*vae.encode(x))``. Steps are in units of its ``stddev``.
        chains: C.
        steps: T, how many temperatures; T - 1 of them are moved at.
        leaps: L, leapfrog steps in a move, of one gradient each.
        schedule: a name that ``annealing_schedule`` knows, or the numbers, (T + 1,).
        step: size of the first step.
        jitter: by what part a step is stretched or shrunk at most, from 0 to below 1.
        scouts: how many further chains set the step sizes.
        step_sizes: of another run, (T - 1, B), to be used as they are: then there are no scouts.

    Returns:
        weights, codes, and the course of the run.

    Raises:
        ValueError: if a number is out of its range, or a shape is another.
    """
    check_count(1, chains=chains, leaps=leaps)
    betas = checked_betas(schedule, steps)
    sizes = Steps.checked(step, jitter, scouts, step_sizes, len(betas) - 2)
    mover = Hamiltonian(log_joint, start, start.stddev, leaps)
    return anneal(mover, start.sample((chains + sizes.scouts,)), betas, sizes)


def anneal(mover: Hamiltonian, z: Tensor, betas: list[float], sizes: Steps) -> Annealing:
    """Take chains, the scouts last, along the temperatures, and return all but the scouts."""
    place, count = mover.visit(z), len(z) - sizes.scouts
    log_weights = torch.zeros_like(place.start, dtype=torch.float64)
    course, acceptance, used = [log_weights[0]], [], []
    for t, (before, after) in enumerate(pairwise(betas)):
        log_weights = log_weights + (after - before) * (place.target - place.start).double()
        course.append(LogWeights(log_weights[:count]).estimate)
        if t == len(betas) - 2:
            break  # a last move would change no weight
        size = sizes.at(t, place.start[0])
        used.append(size)
        place, chance = mover.move(place, after, sizes.stretched(size, place.start))
        acceptance.append(chance[:count].mean(0))
        sizes.learn(chance[count:])
    return Annealing(
        log_weights[:count],
        place.z[:count],
        torch.tensor(betas, dtype=torch.float64),
        torch.stack(course),
        *(torch.stack(each) if each else place.start[:0] for each in (acceptance, used)),
    )
