"""What unlabelled digits do for a classifier by mixtures of Gaussians: a table of errors.

Chapter: "Jensen, the ELBO and EM".
"""

from dataclasses import astuple, dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.data import load
from genlib.latent import GaussianMixture
from genlib.recipes.experiments import Table

SEEDS = range(30)
LABELS = (50, 100, 300, 1000, 3000)
POOL = 10_000  # examples that labelled and unlabelled ones are drawn from
UNLABELLED = 5000
TESTED = 5000
COMPONENTS = 20  # principal ones, whitened
ITERATIONS = 20

Examples = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        examples: "digits", or "draws" from the mixture that is fitted to the whole pool of digits
            with their labels: there the model is right.
        covariance: of the mixture's components, "full" or "diagonal".
        labels: how many.
        seed: of the choice of examples.
    """

    examples: str = "digits"
    covariance: str = "full"
    labels: int = 100
    seed: int = 0

    def model(self) -> GaussianMixture:
        """Build the mixture: ten components, with a prior."""
        prior = {"prior_count": 20.0, "prior_variance": 0.5}
        return GaussianMixture(10, self.covariance, (COMPONENTS,), **prior)

    def pools(self) -> tuple[Examples, Examples]:
        """Return the examples to learn from and those to be judged by."""
        return digits() if self.examples == "digits" else draws(self.covariance)


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a run, and its errors without and with the unlabelled examples."""

    alone: float = 0.0
    both: float = 0.0


def runs() -> list[Run]:
    """Return what the table compares."""
    return [
        Run(examples, covariance, labels, seed)
        for examples in ("digits", "draws")
        for covariance in ("full", "diagonal")
        for labels in LABELS
        for seed in SEEDS
    ]


@cache
def digits() -> tuple[Examples, Examples]:
    """Return the first principal components of digits, and their labels."""
    train, validation = load("mnist", "train"), load("mnist", "validation")
    x = train.unit()[:POOL].flatten(1).double()
    mean = x.mean(0)
    variances, vectors = torch.linalg.eigh(x.T.cov())
    whiten = vectors[:, -COMPONENTS:] / variances[-COMPONENTS:].sqrt()
    new = validation.unit()[:TESTED].flatten(1).double()
    learnt, tested = train.labels[:POOL], validation.labels[:TESTED]
    return ((x - mean) @ whiten, learnt), ((new - mean) @ whiten, tested)


@cache
def draws(covariance: str) -> tuple[Examples, Examples]:
    """Return as many draws from the mixture that all labels of the pool give."""
    (x, labels), _ = digits()
    model = Run(covariance=covariance).model()
    model.m_step(x, certain(labels))
    generator = torch.Generator().manual_seed(0)
    return tuple(_draw(model, n, generator) for n in (POOL, TESTED))


def _draw(model: GaussianMixture, n: int, generator: torch.Generator) -> Examples:
    labels = torch.multinomial(model.weights, n, replacement=True, generator=generator)
    x = torch.randn(n, COMPONENTS, generator=generator, dtype=torch.float64)
    for label, mean in enumerate(model.means):
        mine = labels == label
        x[mine] = mean + model.kind.colour(x[mine], model.covariances[label])
    return x, labels


def certain(labels: Tensor) -> Tensor:
    """Return (N, 10) probabilities of known labels: 0.99 and the rest, so that no class is empty.

    >>> certain(torch.tensor([1]))[0, :2].mul(1000).round().tolist()
    [1.0, 991.0]
    """
    known = F.one_hot(labels, 10).double() + 1e-3
    return known / known.sum(1, keepdim=True)


def climb(
    model: GaussianMixture, x: Tensor, known: Tensor, unlabelled: Tensor, iterations: int
) -> list[float]:
    """Run EM where the labels of ``x`` are known; return what it climbs, before each iteration."""
    objective = []
    for _ in range(iterations):
        joint = model.log_joint(unlabelled)
        guess = joint.softmax(1)  # the E-step, where it is needed
        log_p = joint.logsumexp(1).sum() + model.bound(x, known).sum()
        objective.append((log_p + model.log_prior()).item())
        model.m_step(torch.cat([x, unlabelled]), torch.cat([known, guess]))
    return objective


def error(model: GaussianMixture, examples: Examples) -> float:
    """Return the share of wrong answers of Bayes' rule."""
    x, labels = examples
    return (model.responsibilities(x).argmax(1) != labels).double().mean().item()


def compare(run: Run, iterations: int = ITERATIONS) -> tuple[float, float, list[float]]:
    """Return the errors without and with unlabelled examples, and what EM climbed."""
    (x, labels), judges = run.pools()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(run.seed))
    own, others = order[: run.labels], order[run.labels : run.labels + UNLABELLED]
    model, known = run.model(), certain(labels[own])
    model.m_step(x[own], known)
    alone = error(model, judges)
    objective = climb(model, x[own], known, x[others], iterations)
    return alone, error(model, judges), objective


def rows(run: Run, iterations: int) -> list[Row]:
    """Make the line of one run."""
    alone, both, _ = compare(run, iterations)
    return [Row(*astuple(run), round(alone, 4), round(both, 4))]


RECIPE = Table(
    name="semi-supervised",
    summary="few labels and 5,000 examples without, thirty seeds",
    steps=ITERATIONS,
    cases=runs,
    row=Row,
    run_case=rows,
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, {UNLABELLED} unlabelled examples, "
    "{steps} iterations",
)
read, column = RECIPE.read, RECIPE.column
