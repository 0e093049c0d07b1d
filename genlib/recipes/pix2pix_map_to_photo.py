"""Photographs made from maps, by pairs and a judge: a U-Net of 93,000 weights.

Chapter: "Image to image".
"""

from collections.abc import Callable, Iterator
from functools import partial

from genlib import Model
from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.image_to_image import (
    JUDGED,
    PIX2PIX,
    WIDTH,
    maps_and_photos,
    scored_photos,
)

STEPS = 2_000
WORDS = {
    "texture": "high-pass variance over the true one",
    "grain": "sliced Wasserstein of finest patches, times 1,000",
    "error": "absolute error of images in [0, 1]",
}


def told(
    score: Callable[[Model, int], dict[str, float]],
    words: dict[str, str],
    model: Model,
    images: int = JUDGED,
) -> Iterator[tuple[str, float]]:
    """Yield what a score says, in words, of so many test scenes."""
    found = score(model, images)
    for name, meaning in words.items():
        yield f"{meaning}, {images} test scenes", found[name]


def painter(name: str, summary: str, objective: str, **weights: float) -> Recipe:
    """Return the recipe of a network from maps to photographs."""
    return Recipe(
        name=name,
        summary=summary,
        factory="genlib.translation:Pix2Pix",
        arguments={"domains": ["map", "photo"], "width": WIDTH, **weights},
        phases=[Phase(steps=STEPS, data=maps_and_photos, fit=PIX2PIX)],
        data="4,000 rendered towns of 32 x 32 pixels, maps with their photographs",
        objective=objective,
        score=partial(told, scored_photos, WORDS),
        low=None,
        without=("discriminators",),
    )


RECIPE = painter(
    "pix2pix-map-to-photo",
    "photographs from maps, by absolute error and a judge",
    "non-saturating game, and 100 times the absolute error",
)
