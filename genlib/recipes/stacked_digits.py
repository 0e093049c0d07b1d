"""The GAN of stacked digits: three small digits as colours, a picture of 1,000 modes.

Chapter: "A thousand modes".
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import pad

from genlib import Model
from genlib.data import PerBatch, load, stacked
from genlib.metrics import Modes, label_probabilities, labelled_modes
from genlib.recipes import conditional_gans
from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.experiments.samples import LOW, drawn

SIDE = 16  # a digit of 14 x 14 and an edge of black, so that a side can be halved twice
COUNTED = 26_000  # samples, as in the published tables
EVALUATED = 10_000  # samples that the history counts


def small(images: Tensor) -> Tensor:
    """Return images of 28 x 28 in [0, 1] as such of 16 x 16 in [-1, 1], by means of four pixels."""
    return pad(conditional_gans.small(images), (1, 1, 1, 1), value=LOW)


def large(images: Tensor) -> Tensor:
    """Return images of 16 x 16 in [-1, 1] as such of 28 x 28 in [0, 1], without their edge."""
    return conditional_gans.large(images[..., 1:-1, 1:-1])


def digits(split: str = "train") -> Tensor:
    """Return the small images of a split, (N, 1, 16, 16)."""
    return small(load("mnist", split).unit())


def stacks(model: Model) -> PerBatch:
    """Return the training images, which are stacked anew for every batch."""
    return PerBatch(stacked, digits())


def labels(images: Tensor) -> Tensor:
    """Return the digit classifier's probabilities for small stacks, (N, S, 16, 16), in parts."""
    return torch.cat([label_probabilities(large(part)) for part in images.split(1_000)])


def counted(images: Tensor) -> Modes:
    """Count the modes of small stacks, (N, S, 16, 16), as the digit classifier names them."""
    return labelled_modes(labels(images))


def held_out(model: Model) -> dict[str, float]:
    """Return how many modes 10,000 samples have, how evenly, and how often it is clear."""
    found = counted(drawn(model, EVALUATED))
    return {"modes": found.found, "kl": found.kl, "sure": found.good}


def scores(model: Model, images: int | None = None) -> Iterator[tuple[str, float]]:
    """Yield how many modes samples have, how often the classifier is sure, and how even they are.

    Args:
        model: what to score.
        images: how many samples; by default 26,000.
    """
    n = images or COUNTED
    found = counted(drawn(model, n))
    yield f"modes of 1,000, {n:,} samples", found.found
    yield f"stacks surer than 0.9 in each digit, %, {n:,} samples", 100 * found.good
    yield f"KL of mode shares to even ones, nats, {n:,} samples", found.kl


RECIPE = Recipe(
    name="stacked-digits",
    summary="three small digits as colours, a thousand modes",
    factory="genlib.gans:DCGAN",
    arguments={
        "width": 32,
        "batch_norm": False,
        "std": None,
        "penalties": [{"factory": "genlib.gans:R1", "arguments": {"gamma": 0.1, "closed": True}}],
        "event_shape": [3, SIDE, SIDE],
        "lr": 1.5e-3,
        "betas": [0.0, 0.99],
        "schedule": "cosine",
    },
    phases=[
        Phase(
            steps=90_000,
            data=stacks,
            fit={
                "batch_size": 64,
                "precision": "bf16",
                "channels_last": True,
                "ema": 0.9995,
                "evaluate": held_out,
                "every": 5_000,
            },
        )
    ],
    data="MNIST, first 55,000 training images, 16 x 16 in [-1, 1], three at random as colours",
    objective="non-saturating game, R1 (0.1)",
    score=scores,
    low=LOW,
    without=("discriminator",),
)
