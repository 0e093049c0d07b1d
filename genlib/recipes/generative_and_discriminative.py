"""Naive Bayes against logistic regression, by the number of examples: a table of test errors.

Chapter: "Generative and discriminative".
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from genlib.data import Images, load, thresholded
from genlib.recipes.experiments import Table

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

PENALTIES = {"logistic regression": math.inf, "penalised": 1.0}  # scikit-learn's C
SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000)
SEEDS = range(5)
ITERATIONS = 1000  # of the solver, at most
GREY = 0.25  # mean grey value from which a block of 4 x 4 pixels counts as inked

Examples = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Trial:
    """What decides one run.

    Attributes:
        digits: a key of ``EXAMPLES``.
        classifier: "naive Bayes", or a key of ``PENALTIES``.
        n: number of training examples.
        seed: of the choice of these among all 60,000.
    """

    digits: str = "pooled"
    classifier: str = "naive Bayes"
    n: int = 1000
    seed: int = 0

    def chosen(self) -> np.ndarray:
        """Return which examples train, the same for every classifier."""
        return np.random.default_rng(self.seed).permutation(60_000)[: self.n]


@dataclass(frozen=True)
class Row(Trial):
    """One line of the table: shares of wrong answers, in training and on 10,000 test digits."""

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


def build(classifier: str, iterations: int = ITERATIONS) -> "ClassifierMixin":
    """Return a classifier of scikit-learn, not yet fitted."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import BernoulliNB

    if classifier == "naive Bayes":
        return BernoulliNB()  # every count is raised by one
    return LogisticRegression(C=PENALTIES[classifier], max_iter=iterations)


def play(trial: Trial, iterations: int = ITERATIONS) -> list[Row]:
    """Train one classifier and count its errors; the solver may stop before it has converged."""
    x, y = (array[trial.chosen()] for array in examples(trial.digits, "train+validation"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separable digits have no finite optimum to converge to
        model = build(trial.classifier, iterations).fit(x, y)
    test = examples(trial.digits, "test")
    errors = (1 - model.score(x, y), 1 - model.score(*test))
    return [Row(*astuple(trial), *(float(f"{error:.4g}") for error in errors))]


def trials() -> Sequence[Trial]:
    """Return what the table compares; all 60,000 can be chosen in one way only."""
    kinds = [
        (digits, classifier)
        for digits in ("pooled", "pixels")
        for classifier in ("naive Bayes", *PENALTIES)
    ]
    kinds += [("dreamt", "naive Bayes"), ("dreamt", "logistic regression")]
    return [
        Trial(*kind, n, seed)
        for kind in kinds
        for n in SIZES
        for seed in (SEEDS if n < 60_000 else SEEDS[:1])
    ]


RECIPE = Table(
    name="generative-and-discriminative",
    summary="naive Bayes and logistic regression, five seeds",
    steps=ITERATIONS,
    cases=trials,
    row=Row,
    run_case=play,
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, at most {{steps}} iterations of the solver a run",
)
read, column = RECIPE.read, RECIPE.column
