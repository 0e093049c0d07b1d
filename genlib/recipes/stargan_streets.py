"""Streets by day, by night, in fog and in snow: one ResNet for all twelve ways between them.

Chapter: "Image to image".
"""

from collections.abc import Iterator

from torch import Tensor

from genlib.data.pixels import symmetric
from genlib.metrics import mean_absolute_error, retrieval
from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.image_to_image import JUDGED, PIX2PIX, WEATHERS, WIDTH, streets, unit
from genlib.training.batches import Data
from genlib.translation import StarGAN

START, *OTHERS = WEATHERS  # from which the scores translate, and to which
STEPS = 6_000


def by_weather(model: StarGAN) -> Data:
    """Return streets in [-1, 1] with the number of their weather."""
    return streets().domains(*WEATHERS).symmetric(labels=True)


def compared(model: StarGAN, day: Tensor, true: Tensor, to: str) -> dict[str, float]:
    """Return how streets by day, translated to a weather, compare with the true ones in it."""
    made = model.translate(day, to=to)
    back = model.translate(made, to=START)
    return {
        "named": (model.name(made) == WEATHERS.index(to)).double().mean().item(),
        "partner found": retrieval(made, true),
        "error": mean_absolute_error(unit(made), unit(true)),
        "round trip": mean_absolute_error(unit(back), unit(day)),
    }


WORDS = {
    "named": "day to {to}, share that D names {to}",
    "partner found": "day to {to}, true street found as the nearest",
    "round trip": "day to {to} and back, absolute error of images in [0, 1]",
    "error": "day to {to}, absolute error of images in [0, 1]",
}


def scores(model: StarGAN, images: int = JUDGED) -> Iterator[tuple[str, float]]:
    """Yield what is compared for each weather but the day, in words, of so many test streets."""
    judged = streets("test")[:images]
    day = symmetric(judged.view(START))
    for to in OTHERS:
        found = compared(model, day, symmetric(judged.view(to)), to)
        for name, words in WORDS.items():
            yield f"{words.format(to=to)}, {images} test streets", found[name]


RECIPE = Recipe(
    name="stargan-streets",
    summary="one network for streets in four weathers",
    factory="genlib.translation:StarGAN",
    arguments={"domains": list(WEATHERS), "width": WIDTH, "lr": 5e-4, "schedule": "cosine"},
    phases=[Phase(steps=STEPS, data=by_weather, fit=PIX2PIX)],
    data="4,000 rendered streets of 32 x 32 pixels, each picture in one of four weathers",
    objective="Wasserstein game with gradient penalty, names, 10 times the cycle's error",
    score=scores,
    low=None,
)
