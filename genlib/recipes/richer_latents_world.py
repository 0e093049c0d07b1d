"""What bent posteriors and a second layer do where the gap is known: a table of 40 small trainings.

Chapter: "Richer latents".
"""

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial

import torch
from torch import Tensor
from torch.distributions import Normal

from genlib import fit, seed
from genlib.data import toys
from genlib.latent import VAE, FlowVAE, HierarchicalVAE, LatentModel
from genlib.recipes.experiments import Table
from genlib.runtime import seeded

NETWORKS = {"latent": 2, "hidden": (32, 32), "activation": "elu", "lr": 0.01, "schedule": "cosine"}
DATA = {"likelihood": "gaussian", "event_shape": (2,)}
KINDS: dict[str, Callable[[], LatentModel]] = {
    "plain": partial(VAE, **NETWORKS, **DATA),
    "planar": partial(FlowVAE, "planar", depth=4, **NETWORKS, **DATA),
    "iaf": partial(FlowVAE, "iaf", depth=2, **NETWORKS, **DATA),
    "two layers": partial(HierarchicalVAE, top=2, prior_hidden=(32,), **NETWORKS, **DATA),
}
SEEDS = range(10)
STEPS = 700
POINTS, FRESH = 20_000, 500
DRAWS = 100  # of the bound, for each point
IMPORTANCE = 2000  # draws that stand in for the likelihood of two layers
REACH, SIDE = 5.0, 161  # of the grid of codes


@dataclass(frozen=True)
class Run:
    """What decides one training.

    Attributes:
        kind: which model, a key of ``KINDS``.
        seed: of the weights, the batches and the noise.
    """

    kind: str = "plain"
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table, in nats a fresh point of the transparent world.

    Attributes:
        elbo: the bound.
        log_p: the log-likelihood; of two layers a bound of it, see ``log_evidence``.
        truth: the world's own log-density, at the same points.
    """

    elbo: float = 0.0
    log_p: float = 0.0
    truth: float = 0.0


@cache
def data() -> tuple[Tensor, Tensor]:
    """Return points for training (N, 2), and fresh ones (M, 2) in float64, always the same."""
    world, generator = toys.world(), torch.Generator().manual_seed(0)
    return world.sample(POINTS, generator), world.sample(FRESH, generator).double()


def trained(run: Run, steps: int = STEPS) -> LatentModel:
    """Train one model; return it in float64."""
    seed(run.seed)
    model = KINDS[run.kind]()
    options = {"batch_size": 250, "device": "cpu", "progress": False}
    fit(model, data()[0], steps=steps, seed=run.seed, **options)
    return model.double().requires_grad_(False)


@torch.no_grad()
def log_evidence(model: LatentModel, x: Tensor) -> Tensor:
    r"""Return log p(x) in nats, (B,), by a sum over a grid of codes, :math:`\sum_z p(z) p(x|z) A`.

    A is the area of a cell. Two layers of codes would need a grid in four dimensions; there it is
    the importance bound, which lies below.
    """
    if isinstance(model, HierarchicalVAE):
        return model.log_prob(x, IMPORTANCE)
    axis = torch.linspace(-REACH, REACH, SIDE, dtype=x.dtype)
    codes = torch.cartesian_prod(axis, axis)
    log_prior = Normal(0.0, 1.0).log_prob(codes).sum(-1)
    parts = [
        (model.likelihood.log_prob(part[:, None], model.decode(codes)) + log_prior).logsumexp(1)
        for part in x.split(100)
    ]
    return torch.cat(parts) + 2 * math.log(axis[1] - axis[0])


def rows(run: Run, steps: int) -> list[Row]:
    """Train one model and judge it, always with the same noise."""
    model, fresh = trained(run, steps), data()[1]
    with torch.no_grad(), seeded(0, model.device):
        elbo, log_p = model.elbo(fresh, DRAWS), log_evidence(model, fresh)
    numbers = (elbo, log_p, toys.world().log_prob(fresh))
    return [Row(*astuple(run), *(round(part.mean().item(), 4) for part in numbers))]


RECIPE = Table(
    name="richer-latents-world",
    summary="bent posteriors on the world, where log p is known",
    steps=STEPS,
    cases=lambda: [Run(kind, seed) for seed in SEEDS for kind in KINDS],
    row=Row,
    run_case=rows,
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, {{steps}} steps of 250 points a run",
)
read, column = RECIPE.read, RECIPE.column
