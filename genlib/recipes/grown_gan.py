"""A GAN that grows from 4 to 32 pixels, on rendered streets by day.

Chapter: "Progressive growing".
"""

from collections.abc import Iterator
from functools import cache, partial

from torch import Tensor

from genlib.data import scenes
from genlib.gans import ProgressiveGAN
from genlib.metrics import sliced_wasserstein_pyramid
from genlib.model import Model
from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.experiments.samples import LOW, drawn

STREETS = 3_000
JUDGED = 256  # samples, and test scenes
ROUNDS = (900, 1_400, 2_200, 5_000)  # of each stage
DISTANCE = {"levels": 2, "patches": 64, "directions": 256}


@cache
def streets(split: str = "train", n: int = STREETS) -> Tensor:
    """Return streets by day in [-1, 1], (n, 3, 32, 32)."""
    return scenes.streets(n, split=split).images("day").symmetric()


def streets_by_day(model: Model) -> Tensor:
    """Return streets to train on."""
    return streets()


def grown(stage: int, model: ProgressiveGAN) -> ProgressiveGAN:
    """Return the model at a stage."""
    return model.grow(stage)


def distances(x: Tensor, y: Tensor) -> dict[int, float]:
    """Return 1,000 times the sliced Wasserstein distance of patches at each scale."""
    found = sliced_wasserstein_pyramid(x, y, **DISTANCE)
    return {side: 1000 * distance for side, distance in found.items()}


def scores(model: ProgressiveGAN, images: int = JUDGED) -> Iterator[tuple[str, float]]:
    """Yield how samples compare with test scenes, patch by patch.

    Args:
        model: what to score.
        images: how many of each.
    """
    for side, distance in distances(drawn(model, images), streets("test", images)).items():
        yield f"sliced Wasserstein, times 1,000, patches at {side} pixels, {images}", distance


RECIPE = Recipe(
    name="grown-gan",
    summary="streets of 32 x 32 pixels, grown from 4",
    factory="genlib.gans:ProgressiveGAN",
    arguments={"width": 8, "most": 64, "event_shape": [3, 32, 32], "lr": 5e-3},
    phases=[
        Phase(
            steps=rounds,
            data=streets_by_day,
            part=partial(grown, stage),
            fit={
                "batch_size": 32,
                "precision": "bf16",
                "channels_last": True,
                "ema": 0.998 if stage == len(ROUNDS) - 1 else 0.9,
                "every": 1_000,
            },
            name=f"stage-{stage}",
        )
        for stage, rounds in enumerate(ROUNDS)
    ],
    data=f"{STREETS:,} rendered streets by day, 32 x 32 pixels, in [-1, 1]",
    objective="non-saturating game, R1 (1), grown by doublings with fade-in",
    score=scores,
    low=LOW,
    without=("discriminator",),
)
