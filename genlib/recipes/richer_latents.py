"""Richer latent variables against the plain VAE, at equal steps: a table of 42 trainings.

Chapter: "Richer latents".
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial
from time import perf_counter

import torch
from torch import Tensor

from genlib import fit, seed
from genlib.autoregressive import MADE
from genlib.data import PerBatch, load
from genlib.latent import VAE, VQVAE, FlowVAE, GumbelVAE, HierarchicalVAE, LatentModel
from genlib.likelihoods import Symbols
from genlib.model import Model
from genlib.recipes.experiments import Table
from genlib.runtime import seeded

HIDDEN = (256,)
KINDS: dict[str, Callable[[], LatentModel]] = {
    "plain": partial(VAE, hidden=HIDDEN),
    "wider": partial(VAE, hidden=(320,)),
    "planar": partial(FlowVAE, "planar", depth=4, hidden=HIDDEN),
    "iaf": partial(FlowVAE, "iaf", depth=2, hidden=HIDDEN),
    "two layers": partial(HierarchicalVAE, top=10, hidden=HIDDEN),
    "gumbel": partial(GumbelVAE, codes=20, entries=16, temperature=(0.5, 0.5), hidden=HIDDEN),
    "vq": partial(VQVAE, codes=20, entries=16, hidden=HIDDEN),
}
SEEDS = {1e-3: range(5), 3e-3: range(1)}  # by step size
RATES = tuple(SEEDS)
STEPS = 3000
PRIOR_STEPS = 1000
DRAWS = 100  # in the importance bound
FEW = 1000  # images in it


@dataclass(frozen=True)
class Run:
    """What decides one training.

    Attributes:
        kind: which model, a key of ``KINDS``.
        lr: step size of Adam.
        seed: of the weights, the batches and the noise.
    """

    kind: str = "plain"
    lr: float = RATES[0]
    seed: int = 0

    def model(self) -> LatentModel:
        """Build the model; its weights depend on the seed alone."""
        seed(self.seed)
        return KINDS[self.kind](lr=self.lr)


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a run, a step, and how good the model was.

    Nats an image, on the test set: ``elbo`` and ``rate`` on all of it, ``first`` (the ELBO again)
    and ``bound`` (the importance bound with 100 draws) on the first 1,000 images. The rate of a
    VQ-VAE is what its codes cost under a prior that was fitted to them.
    """

    steps: int = 0
    elbo: float = 0.0
    rate: float = 0.0
    first: float = 0.0
    bound: float = 0.0
    parameters: int = 0
    seconds: float = 0.0


def runs() -> list[Run]:
    """Return what the table compares."""
    return [Run(kind, lr, seed) for lr, seeds in SEEDS.items() for seed in seeds for kind in KINDS]


@cache
def images(split: str) -> Tensor | PerBatch:
    """Return the digits, black and white; those for training are drawn anew for every batch."""
    digits = load("mnist", split)
    return digits.binary() if split == "train" else digits.binary(seed=0)


@torch.no_grad()
def codes(model: VQVAE, x: Tensor) -> Tensor:
    """Return the codes of many images."""
    return torch.cat([model.encode(part) for part in x.split(5000)])


def fitted_prior(model: VQVAE, seed: int = 0) -> MADE:
    """Return a distribution fitted to the codes of the training images."""
    x = load("mnist", "train").binary(seed=0).to(model.device)
    codes_of = {"event_shape": model.code_shape, "likelihood": Symbols(model.entries)}
    prior = MADE((512,), lr=2e-3, **codes_of)
    options = {"batch_size": 250, "precision": "bf16", "progress": False}
    fit(prior, codes(model, x), steps=PRIOR_STEPS, seed=seed, **options)
    return prior.requires_grad_(False)


@torch.no_grad()
def judge(model: LatentModel) -> dict[str, float]:
    """Return the numbers of a row, always with the same noise."""
    x = images("test").to(model.device)
    with seeded(0, model.device):
        reconstruction, rate = model.terms(x)
        elbo = reconstruction - rate
        bound = torch.cat([model.log_prob(part, DRAWS) for part in x[:FEW].split(100)])
    numbers = {"elbo": elbo, "rate": rate, "first": elbo[:FEW], "bound": bound}
    return {name: round(value.mean().item(), 3) for name, value in numbers.items()}


def rows(run: Run, steps: int) -> list[Row]:
    """Train one model and judge it after a quarter, a half and all of the steps."""
    model, found = run.model(), []
    size = sum(parameter.numel() for parameter in model.parameters())
    stops, began = {steps // 4, steps // 2, steps}, perf_counter()

    def look(model: Model, step: int) -> None:
        nonlocal began
        if step in stops:
            seconds = perf_counter() - began
            judged = fitted(model, run.seed)
            found.append(
                Row(*astuple(run), step, **judged, parameters=size, seconds=round(seconds, 1))
            )
            began = perf_counter() - seconds

    options = {"precision": "bf16", "progress": False, "callbacks": [look]}
    fit(model, images("train"), steps=steps, seed=run.seed, **options)
    return found


def fitted(model: LatentModel, seed: int) -> dict[str, float]:
    """Judge a model; a VQ-VAE gets a prior for the occasion."""
    if not isinstance(model, VQVAE):
        return judge(model)
    model.prior = fitted_prior(model, seed=seed)
    numbers = judge(model)
    model.prior = None
    return numbers


RECIPE = Table(
    name="richer-latents",
    summary="richer latents against the plain VAE, at two step sizes",
    steps=STEPS,
    cases=runs,
    row=Row,
    run_case=rows,
    index=("steps",),
    about="five seeds at 0.001, one at 0.003, {steps} steps of 128 images a run",
)
read, column = RECIPE.read, RECIPE.column
