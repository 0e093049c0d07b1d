"""Restricted Boltzmann machines on bars and stripes: the exact gradient against short chains.

Chapter: "Energies and scores".
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.data import bars_and_stripes
from genlib.energy import RBM
from genlib.recipes.experiments import Table

SEEDS = range(5)
UPDATES = 5000
EVERY = 250
HIDDEN = 12
COPIES = 4  # of each image in a batch: 120 chains
METHODS = {"exact": 1, "CD-1": 1, "CD-10": 10}  # transitions of the chains, where there are any


@dataclass(frozen=True)
class Run:
    """What decides one training.

    Attributes:
        method: how the second expectation of the gradient is found.
        lr: step size of Adam.
        seed: of the first weights and of the chains.
    """

    method: str = "exact"
    lr: float = 0.01
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: after ``updates``, the mean log-probability of an image in nats."""

    updates: int = 0
    log_p: float = 0.0


def machine(run: Run) -> RBM:
    """Return the machine before its training, with like weights for like seeds."""
    torch.manual_seed(run.seed)
    return RBM(HIDDEN, (1, 4, 4), scale=0.1, steps=METHODS[run.method])


def cost(model: RBM, method: str, images: Tensor) -> Tensor:
    """Return what one update lowers: the exact loss, or one with the chains' energies in it."""
    if method == "exact":
        return -model.log_prob(images).mean()
    return model.loss(images.repeat(COPIES, 1, 1, 1))[0]


def train(run: Run, updates: int = UPDATES) -> list[Row]:
    """Return a row for every so many updates of one training."""
    model, images, rows = machine(run), bars_and_stripes(), []
    optimizer = torch.optim.Adam(model.parameters(), lr=run.lr)
    for update in range(1, updates + 1):
        optimizer.zero_grad()
        cost(model, run.method, images).backward()
        optimizer.step()
        if update % EVERY == 0:
            with torch.no_grad():
                log_p = model.log_prob(images).mean().item()
            rows.append(Row(run.method, run.lr, run.seed, update, round(log_p, 3)))
    return rows


def cases() -> list[Run]:
    """Return every method, and CD-1 with a tenth of the step as well."""
    runs = [Run(method, seed=seed) for method in METHODS for seed in SEEDS]
    return runs + [Run("CD-1", 0.001, seed) for seed in SEEDS]


RECIPE = Table(
    name="bars-and-stripes",
    summary="contrastive divergence against the exact gradient",
    steps=UPDATES,
    cases=cases,
    row=Row,
    run_case=train,
    about=f"RBMs with {HIDDEN} hidden units, {{steps}} updates, seeds {SEEDS[0]} to {SEEDS[-1]}",
    index=("updates",),
)
read, column = RECIPE.read, RECIPE.column
