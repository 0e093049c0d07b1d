"""The BigGAN of the book: all its parts, at small size."""

from collections.abc import Iterator

import torch

from genlib.gans import BigGAN
from genlib.recipes import conditional_gan as pairs
from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.experiments.samples import DATA, LOW

BATCH = 64


def counted(model: BigGAN) -> BigGAN:
    """Count G's batch statistics anew, on fixed codes of all labels; return the model."""
    model.collect_statistics(32, BATCH, torch.Generator().manual_seed(0))
    return model


def scores(model: BigGAN, images: int | None = None) -> Iterator[tuple[str, float]]:
    """Count the statistics that the averaged weights need, then score as other conditional games.

    Args:
        model: what to score.
        images: how many samples, and test images; by default 10,000, all that there are.
    """
    yield from pairs.scores(counted(model), images)


RECIPE = Recipe(
    name="big-gan",
    summary="digits on demand by all parts of BigGAN",
    factory="genlib.gans:BigGAN",
    arguments={
        "width": 8,
        "lr": 2e-3,
        "discriminator_turn": {"lr": 2e-3},
        "schedule": "cosine",
    },
    phases=[
        Phase(
            steps=3_200,
            data=pairs.labelled_digits,
            fit={
                "batch_size": BATCH,
                "precision": "bf16",
                "channels_last": True,
                "ema": 0.999,
                "evaluate": pairs.held_out,
                "every": 800,
            },
        )
    ],
    data=f"{DATA}, with labels",
    objective="hinge game about pairs, spectral norm in both players",
    score=scores,
    low=LOW,
    without=("discriminator",),
)
