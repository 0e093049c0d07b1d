"""Naive Bayes against logistic regression, by the number of examples: a table of test errors.

On digits, and on the book's world, where errors are exact.

Chapter: "Generative and discriminative".
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Self

import numpy as np
import torch

from genlib.data import Images, Mixture, load, thresholded, toys
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

PENALTIES = {"logistic regression": math.inf, "penalised": 1.0}  # scikit-learn's C
ADDED = {"naive Bayes": 1.0, "a tenth added": 0.1}  # to each count of inked and of blank pixels
SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000)
MANY = 5000  # examples from which on a run takes seconds, and five seeds have to do
SEMI_SIZES = (50, 200, 1000)
UNLABELLED = 5000
WORLD_SIZES = (50, 100, 200, 500, 1000, 2000, 10_000)
WORLD_SEEDS = range(100)
KINDS = ("naive Bayes", "own variances", "full covariances")  # of Gaussians
ITERATIONS = 1000  # of the solver, at most
GREY = 0.25  # mean grey value from which a block of 4 x 4 pixels counts as inked

Examples = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Trial:
    """What decides one run.

    Attributes:
        data: a key of ``EXAMPLES``, or "world".
        classifier: a key of ``ADDED`` or ``PENALTIES``, "unlabelled too" for naive Bayes with 5,000
            more digits without labels, or on the world one of ``KINDS`` or of ``PENALTIES``.
        n: number of training examples.
        seed: of the choice of these among all 60,000 digits, or of the draws from the world.
    """

    data: str = "pooled"
    classifier: str = "naive Bayes"
    n: int = 1000
    seed: int = 0

    def order(self) -> np.ndarray:
        """Return an order of all digits, the same for every classifier; the first n train."""
        return np.random.default_rng(self.seed).permutation(60_000)

    def examples(self) -> Examples:
        """Return what trains, and its labels."""
        if self.data == "world":
            return world_points(self.n, torch.Generator().manual_seed(self.seed))
        x, y = examples(self.data, "train+validation")
        return x[self.order()[: self.n]], y[self.order()[: self.n]]

    def unlabelled(self) -> np.ndarray:
        """Return the last 5,000 digits in this order, without their labels."""
        return examples(self.data, "train+validation")[0][self.order()[-UNLABELLED:]]


@dataclass(frozen=True)
class Row(Trial):
    """One line of the table: shares of wrong answers, in training and on new examples.

    Of digits these are the 10,000 test digits; on the world the share is exact.
    """

    training_error: float = 0.0
    test_error: float = 0.0


def pooled(data: Images) -> Examples:
    """Return 7 x 7 binary digits, (N, 49), and their labels: blocks of 4 x 4 pixels, inked or not.

    A block is inked where its mean grey value exceeds a quarter.
    """
    return thresholded(data.images, 4, GREY).flatten(1).numpy(), data.labels.numpy()


def pixels(data: Images) -> Examples:
    """Return 28 x 28 binary digits, (N, 784), and their labels: grey values above one half."""
    return thresholded(data.images).flatten(1).numpy(), data.labels.numpy()


def dreamt(data: Images) -> Examples:
    """Return as many pooled digits drawn from a naive Bayes model, for which its assumption holds.

    The model is fitted to all training digits; the draws depend on the number of ``data``.
    """
    model = build("naive Bayes").fit(*examples("pooled", "train+validation"))
    random = np.random.default_rng(len(data))
    labels = random.choice(10, size=len(data), p=np.exp(model.class_log_prior_))
    inked = np.exp(model.feature_log_prob_)[labels]
    return (random.random(inked.shape) < inked).astype(np.float32), labels


EXAMPLES = {"pooled": pooled, "pixels": pixels, "dreamt": dreamt}


@cache
def examples(digits: str, split: str) -> Examples:
    """Return the inputs and labels of a split."""
    return EXAMPLES[digits](load("mnist", split))


class Gaussians:
    """A Gaussian for each label, fitted by counting: p(x, y) = p(y) N(x; mu_y, Sigma_y).

    Args:
        kind: "naive Bayes" for one diagonal Sigma that all labels share, "own variances" for a
            diagonal one each (scikit-learn's ``GaussianNB``), "full covariances" for a whole one.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def fit(self, x: np.ndarray, y: np.ndarray) -> Self:
        """Count: each label's share, mean, and mean of squared deviations."""
        self.labels = np.unique(y)
        own = [x[y == label] for label in self.labels]
        self.shares = np.array([len(points) / len(x) for points in own])
        self.means = np.stack([points.mean(0) for points in own])
        off = [points - points.mean(0) for points in own]
        self.covariances = np.stack([each.T @ each / len(each) for each in off])
        if self.kind != "full covariances":
            self.covariances *= np.eye(x.shape[1])
        if self.kind == "naive Bayes":
            self.covariances[:] = np.tensordot(self.shares, self.covariances, 1)
        return self

    def log_joint(self, x: np.ndarray) -> np.ndarray:
        """Return log p(x, y) in nats, (N, labels)."""
        off = x[:, None] - self.means
        squares = np.einsum("nki,kij,nkj->nk", off, np.linalg.inv(self.covariances), off)
        volumes = np.linalg.slogdet(2 * np.pi * self.covariances)[1]
        return np.log(self.shares) - volumes / 2 - squares / 2

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the likeliest label of each point, (N,)."""
        return self.labels[self.log_joint(x).argmax(1)]


def blurred_world() -> Mixture:
    """Return the book's world under noise of variance 0.5; its three Gaussians are the labels."""
    sharp = toys.world()
    return Mixture(sharp.weights, sharp.means, sharp.covariances + 0.5 * torch.eye(2))


def world_points(n: int, generator: torch.Generator) -> Examples:
    """Draw n points of the blurred world, (n, 2), and their labels from the exact p(y|x)."""
    world = blurred_world()
    x = world.sample(n, generator, dtype=torch.float64)
    y = torch.multinomial(world.log_joint(x).softmax(1), 1, generator=generator)
    return x.numpy(), y[:, 0].numpy()


@cache
def world_table() -> tuple[np.ndarray, np.ndarray]:
    """Return the middles of small squares, (N, 2), and the probability of each with each label."""
    side = 0.1
    ticks = torch.arange(-7, 7, side, dtype=torch.float64) + side / 2
    middles = torch.cartesian_prod(ticks, ticks)
    return middles.numpy(), (blurred_world().log_joint(middles).exp() * side**2).numpy()


def new_error(model: "ClassifierMixin | Gaussians", data: str) -> float:
    """Return the share of wrong answers on the 10,000 test digits; on the world it is exact."""
    if data == "world":
        x, joint = world_table()
        return 1 - joint[np.arange(len(x)), model.predict(x)].sum()
    x, y = examples(data, "test")
    return (model.predict(x) != y).mean()


def build(
    classifier: str, data: str = "pooled", iterations: int = ITERATIONS
) -> "ClassifierMixin | Gaussians":
    """Return a classifier, not yet fitted: of scikit-learn, or ``Gaussians``."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import BernoulliNB

    if classifier in PENALTIES:
        return LogisticRegression(C=PENALTIES[classifier], max_iter=iterations)
    if data == "world":
        return Gaussians(classifier)
    return BernoulliNB(alpha=ADDED[classifier])


def with_unlabelled(
    x: np.ndarray, y: np.ndarray, unlabelled: np.ndarray, rounds: int = 10
) -> "ClassifierMixin":
    """Return naive Bayes, fitted by guessing labels and counting in turns.

    Each unlabelled example counts once for every label, by its guessed probability.
    """
    model = build("naive Bayes").fit(x, y)
    labels, inked = model.class_count_, model.feature_count_  # (10,) and (10, D)
    for _ in range(rounds):
        guess = model.predict_proba(unlabelled)  # (N, 10)
        many = labels + guess.sum(0)
        model.class_log_prior_ = np.log(many / many.sum())
        model.feature_log_prob_ = (
            np.log(inked + guess.T @ unlabelled + 1) - np.log(many + 2)[:, None]
        )
    return model


def play(trial: Trial, iterations: int = ITERATIONS) -> list[Row]:
    """Train one classifier and count its errors; the solver may stop before it has converged."""
    x, y = trial.examples()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separable digits have no finite optimum to converge to
        if trial.classifier == "unlabelled too":
            model = with_unlabelled(x, y, trial.unlabelled())
        else:
            model = build(trial.classifier, trial.data, iterations).fit(x, y)
    errors = (model.predict(x) != y).mean(), new_error(model, trial.data)
    return [Row(*astuple(trial), *map(rounded, errors))]


def seeds(n: int) -> Sequence[int]:
    """Return the seeds for n digits; all 60,000 can be chosen in one way only."""
    return range(1 if n == 60_000 else 5 if n >= MANY else 30)


def trials() -> Sequence[Trial]:
    """Return what the table compares."""
    each = {
        "pooled": (*ADDED, *PENALTIES),
        "pixels": (*ADDED, *PENALTIES),
        "dreamt": ("naive Bayes", "logistic regression"),
    }
    digits = [
        Trial(data, classifier, n, seed)
        for data, classifiers in each.items()
        for classifier in classifiers
        for n in SIZES
        for seed in seeds(n)
    ]
    semi = product(("pooled", "dreamt"), ["unlabelled too"], SEMI_SIZES, seeds(SEMI_SIZES[0]))
    world = product(["world"], (*KINDS, "logistic regression"), WORLD_SIZES, WORLD_SEEDS)
    return digits + [Trial(*case) for case in (*semi, *world)]


RECIPE = Table(
    name="generative-and-discriminative",
    summary="naive Bayes and logistic regression, digits and three clouds",
    steps=ITERATIONS,
    cases=trials,
    row=Row,
    run_case=play,
    about=f"30 seeds, 5 from {MANY:,} digits on, 100 on the world; at most {{steps}} iterations",
)
read, column = RECIPE.read, RECIPE.column
