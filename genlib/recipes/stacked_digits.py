"""A generator that finds all of the 1,000 modes of stacked digits."""

from collections.abc import Iterator

import torch
from torch import Tensor

from genlib import Model
from genlib.data import PerBatch, load, stacked
from genlib.metrics import Modes, label_probabilities, labelled_modes
from genlib.recipes.experiments import Phase, Recipe, samples
from genlib.training.batches import Data

SAMPLES = 26_000  # as in the published tables
EVALUATED = 5_000  # samples of the count that the history keeps


def stacks(model: Model) -> Data:
    """Return the training images, stacked anew for each batch, in [-1, 1]."""
    return PerBatch(stacked, load("mnist").symmetric())


def modes_of(pictures: Tensor) -> Modes:
    """Count the stacks of three labels in pictures of three digits, in [-1, 1]."""
    parts = [label_probabilities(part, low=samples.LOW) for part in pictures.split(1_000)]
    return labelled_modes(torch.cat(parts))


def evaluation(model: Model) -> dict[str, float]:
    """Return how many modes a few samples find, how evenly, and how many of them look real."""
    found = modes_of(samples.drawn(model, EVALUATED))
    return {"modes": found.found, "kl": found.kl, "sure": found.good}


def scores(model: Model, images: int | None = None) -> Iterator[tuple[str, float]]:
    """Yield how many of the 1,000 modes samples find, by the digit classifier.

    Args:
        model: what to score.
        images: how many samples; by default 26,000, as in the published tables.
    """
    n = images or SAMPLES
    found = modes_of(samples.drawn(model, n))
    yield f"stacks whose three digits are surer than 0.9, %, {n:,} samples", 100 * found.good
    yield f"KL of the modes' shares to even ones, nats, {n:,} samples", found.kl
    yield f"modes found of 1,000, {n:,} samples", found.found


RECIPE = Recipe(
    name="stacked-digits",
    summary="a game that finds all 1,000 modes of stacked digits",
    factory="genlib.gans:DCGAN",
    arguments={
        "width": 64,
        "event_shape": [3, 28, 28],
        "penalties": [{"factory": "genlib.gans:R1", "arguments": {"gamma": 1.0, "closed": True}}],
        "batch_norm": False,
        "std": None,
        "betas": [0.0, 0.99],
    },
    phases=[
        Phase(
            steps=12_000,
            data=stacks,
            fit={
                "batch_size": 64,
                "precision": "bf16",
                "channels_last": True,
                "ema": 0.999,
                "evaluate": evaluation,
                "every": 1_000,
            },
        )
    ],
    data="MNIST, first 55,000 training images, stacked three at a time, anew for each batch",
    objective="non-saturating game with R1, gamma 1",
    score=scores,
    low=samples.LOW,
    without=("discriminator",),
)
