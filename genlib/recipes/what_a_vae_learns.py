"""What a price, a bound and the number of codes do to a VAE of digits: a table of 30 trainings.

Chapter: "What a VAE learns".
"""

import math
from dataclasses import astuple, dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib import fit, seed
from genlib.data import PerBatch, load
from genlib.latent import VAE
from genlib.model import Batch, Model, events
from genlib.nn import mlp
from genlib.recipes.experiments import Table
from genlib.runtime import seeded

HIDDEN = (200, 200)
TRAINING = {"lr": 3e-3, "schedule": "cosine"}
PRICES = (0.25, 1.0, 4.0, 16.0)
SEEDS = range(5)
EPOCH = 220  # 55,000 images in batches of 250
FEW = 2000  # validation images, and samples, that a row is measured on
USED = 0.05  # nats: a code with a smaller rate counts as dead


class Lattice(Model):
    r"""A decoder under a prior on a square of points, trained on the exact likelihood.

    :math:`\log p(x) = \log \frac1K \sum_k p_\theta(x|z_k)`, with :math:`K = \mathrm{side}^2` points
    at evenly spaced quantiles of the plane's Gaussian: no encoder, no bound. A generative
    topographic mapping with a network in it: Bishop, Svensen and Williams (1998,
    https://doi.org/10.1162/089976698300017953). Derived in the chapter on what a VAE learns.

    Args:
        side: points along each of the two codes.
    """

    def __init__(self, side: int = 16) -> None:
        """Place the points and build the decoder."""
        super().__init__(**TRAINING)
        z = torch.distributions.Normal(0.0, 1.0).icdf((torch.arange(side) + 0.5) / side)
        self.register_buffer("z", torch.cartesian_prod(z, z))
        self.decoder = mlp([2, *HIDDEN, 784])

    def log_joint(self, x: Tensor, logits: Tensor) -> Tensor:
        """Return log p(x, z) of every image and every point, (B, K), for logits (K, 784)."""
        log_p = x.flatten(1) @ logits.T - F.softplus(logits).sum(1)
        return log_p - math.log(len(logits))

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the exact log p(x) in nats, (B,)."""
        return self.log_joint(x, self.decoder(self.z)).logsumexp(1)

    def loss(self, batch: Batch) -> Tensor:
        """Return the negative log-likelihood, the mean over the batch."""
        return -self.log_prob(events(batch)).mean()


@dataclass(frozen=True)
class Run:
    """What decides one training.

    Attributes:
        objective: "bound" for a VAE, "exact" for a ``Lattice`` of two codes.
        codes: how many a VAE has.
        beta: the price of its rate.
        seed: of the weights, the batches and the noise.
    """

    objective: str = "bound"
    codes: int = 20
    beta: float = 1.0
    seed: int = 0

    def model(self) -> VAE | Lattice:
        """Build the model; its weights depend on the seed alone."""
        seed(self.seed)
        if self.objective == "exact":
            return Lattice()
        return VAE(latent=self.codes, beta=self.beta, hidden=HIDDEN, **TRAINING)


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a run, its steps, and what it learnt.

    Of 2,000 validation images, in nats an image: ``elbo`` (of a lattice the exact log-likelihood),
    ``rate``, and ``used``, the codes with a rate above 0.05 nats. Of 2,000 means under the prior,
    in pixels an image: ``undecided``, what is left to independent pixels, and ``decided``, the
    variance from mean to mean.
    """

    steps: int = 0
    elbo: float = 0.0
    rate: float = 0.0
    used: int = 0
    undecided: float = 0.0
    decided: float = 0.0


def runs() -> list[Run]:
    """Return what the table compares."""
    kinds = [("exact", 2, 1.0), ("bound", 2, 1.0), *(("bound", 20, price) for price in PRICES)]
    return [Run(*kind, seed) for seed in SEEDS for kind in kinds]


@cache
def images(split: str) -> Tensor | PerBatch:
    """Return the digits, black and white; those for training are drawn anew for every batch."""
    digits = load("mnist", split)
    return digits.binary() if split == "train" else digits.binary(seed=0)[:FEW]


def code_rates(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the rate of each code in nats, the mean over the images, (latent,)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean(0)


def undecided(pi: Tensor) -> Tensor:
    """Return the variance left to independent pixels, summed over them, in pixels an image."""
    return (pi * (1 - pi)).flatten(1).sum(1).mean()


def decided(pi: Tensor) -> Tensor:
    """Return the variance of the pixels' means from code to code, summed over the pixels."""
    return pi.flatten(1).var(0, correction=0).sum()


@torch.no_grad()
def prior_means(model: VAE | Lattice, n: int = FEW) -> Tensor:
    """Return n means under the prior; of a lattice those of all its points."""
    if isinstance(model, Lattice):
        return torch.sigmoid(model.decoder(model.z))
    return model.mean(model.sample_code(n, generator=torch.Generator().manual_seed(0)))


@torch.no_grad()
def judge(model: VAE | Lattice) -> dict[str, float]:
    """Return the numbers of a row, always with the same noise."""
    x, means = images("validation").to(model.device), prior_means(model)
    found = {"undecided": undecided(means), "decided": decided(means)}
    if isinstance(model, Lattice):
        return rounded({"elbo": model.log_prob(x).mean(), **found})
    rates = code_rates(*model.encode(x))
    with seeded(0, model.device):
        elbo = model.elbo(x).mean()
    found |= {"elbo": elbo, "rate": rates.sum()}
    return {"used": int((rates > USED).sum()), **rounded(found)}


def rounded(numbers: dict[str, Tensor]) -> dict[str, float]:
    """Return thousandths: more would not carry to another machine."""
    return {name: round(value.item(), 3) for name, value in numbers.items()}


def train(run: Run, steps: int) -> VAE | Lattice:
    """Return the trained model of a run."""
    model = run.model()
    fit(model, images("train"), steps=steps, batch_size=250, seed=run.seed, progress=False)
    return model


def rows(run: Run, steps: int) -> list[Row]:
    """Train one model for a quarter of the steps, another for all of them, and judge both."""
    return [Row(*astuple(run), n, **judge(train(run, n))) for n in (steps // 4, steps)]


RECIPE = Table(
    name="what-a-vae-learns",
    summary="prices on the rate, codes, and an exact twin, five seeds",
    steps=8 * EPOCH,
    cases=runs,
    row=Row,
    run_case=rows,
    index=("steps",),
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, at most {{steps}} steps of 250 images a run",
)
read, column = RECIPE.read, RECIPE.column
