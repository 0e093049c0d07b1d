"""Translations of towns on several seeds: with a judge and without, with a cycle and without.

Each model of a kind is judged by what only a rendered world knows, the true partners.
Chapter: "Image to image".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from torch import Tensor
from torch.nn.functional import one_hot

from genlib import Model, fit, seed
from genlib.data import scenes
from genlib.data.pixels import symmetric
from genlib.data.scenes import Scenes
from genlib.metrics import (
    Shift,
    best_shift,
    mean_absolute_error,
    nearest_colour,
    pixel_accuracy,
    quantised,
    retrieval,
    sliced_wasserstein_pyramid,
)
from genlib.nn import LaplacianPyramid
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded
from genlib.training.batches import Data
from genlib.translation import UNIT, CycleGAN, Pix2Pix

STEPS = 220
SEEDS = range(5)
STEP_SIZES = (2e-4, 5e-4, 1e-3)  # of which UNIT's is chosen
CHOOSING = (100,)  # seeds on which it is
UNIT_STEP = 5e-4  # that had the most right pixels there
TOWNS, STREETS = 4_000, 4_000  # that are trained on
JUDGED = 256  # test scenes
WIDTH = 16  # channels of all networks next to the image
WEATHERS = ("day", "night", "fog", "snow")
PIX2PIX = {"batch_size": 16, "precision": "bf16", "channels_last": True}
CYCLEGAN = {"batch_size": 4, "precision": "bf16", "channels_last": True}


@cache
def towns(split: str = "train") -> Scenes:
    """Return towns to train on, or those that judge."""
    return scenes.aerial(TOWNS if split == "train" else JUDGED, split=split)


@cache
def streets(split: str = "train") -> Scenes:
    """Return streets to train on, or those that judge."""
    return scenes.streets(STREETS if split == "train" else JUDGED, split=split)


def maps_and_photos(model: Pix2Pix) -> Data:
    """Return maps with the photographs of the same towns, in [-1, 1]."""
    return towns().pairs("map", "photo").symmetric()


def strangers(model: CycleGAN | UNIT) -> Data:
    """Return photographs and maps of other towns, in [-1, 1]."""
    return towns().pairs("photo", "map").unpaired().symmetric()


def unit(x: Tensor) -> Tensor:
    """Return images in [-1, 1] as images in [0, 1], in float32."""
    return (x.float() + 1) / 2


def texture(x: Tensor, like: Tensor) -> float:
    """Return the variance of the finest details of images, as a share of that of others."""
    finest = LaplacianPyramid(1)
    return (finest(x)[1].var() / finest(like)[1].var()).item()


def grain(x: Tensor, like: Tensor) -> float:
    """Return the sliced Wasserstein distance of the finest patches, times 1,000."""
    options = {"levels": 1, "patches": 64, "directions": 64}
    return 1000 * sliced_wasserstein_pyramid(x, like, **options)[x.shape[-1]]


def best_accuracy(labels: Tensor, truth: Tensor, classes: int) -> tuple[float, Shift]:
    """Return the share of right labels at the best shift of up to two pixels, and that shift.

    Images of noughts and ones that differ at a pixel do so in two of K channels: their mean
    absolute difference is 2 / K times the share of wrong pixels.
    """
    both = [one_hot(one.long(), classes).movedim(-1, 1) for one in (labels, truth)]
    found = best_shift(*both, reach=2)
    return 1 - found.error * classes / 2, found


def scored_photos(model: Pix2Pix, images: int = JUDGED) -> dict[str, float]:
    """Return how photographs that are made from maps compare with the true ones."""
    judged = towns("test")[:images]
    maps, photos = judged.pairs("map", "photo").symmetric()
    made, true = unit(model.translate(maps, to="photo")), unit(photos)
    return {
        "texture": texture(made, true),
        "grain": grain(made, true),
        "error": mean_absolute_error(made, true),
    }


def scored_cycle(model: CycleGAN | UNIT, images: int = JUDGED) -> dict[str, float]:
    """Return how maps made of photographs compare with the true ones, and what comes back."""
    judged = towns("test")[:images]
    photos, maps = judged.pairs("photo", "map").symmetric()
    colours = symmetric(judged.colours)
    made = model.translate(photos, to="map").float()
    back = model.round_trip(maps, of="map").float()
    labels, classes = judged.labels.long(), len(judged.classes)
    found = nearest_colour(made, colours)
    content = {
        "accuracy": pixel_accuracy(found, labels),
        "accuracy at the best shift": best_accuracy(found, labels, classes)[0],
        "partner found": retrieval(made, maps),
        "round trip": pixel_accuracy(nearest_colour(back, colours), labels),
    }
    plain = quantised(made, colours)
    ways = {"as it is": made, "in five colours": plain, "the true map": maps}
    return content | {
        f"photo from {name}": mean_absolute_error(
            unit(model.translate(given, to="photo")), unit(photos)
        )
        for name, given in ways.items()
    }


@dataclass(frozen=True)
class Kind:
    """A model that is compared.

    Attributes:
        model: makes it.
        data: what it is trained on.
        fit: how.
        longer: how many times the table's steps it is trained.
        score: what is measured.
    """

    model: Callable[[], Model]
    data: Callable[[Model], Data]
    fit: Mapping[str, object]
    longer: int
    score: Callable[[Model], dict[str, float]]


def painter(adversarial: float) -> Kind:
    """Return pix2pix from maps to photographs."""
    domains = ("map", "photo")
    return Kind(
        lambda: Pix2Pix(domains, adversarial=adversarial, width=WIDTH),
        maps_and_photos, PIX2PIX, 2, scored_photos,
    )  # fmt: skip


def cycle(**weights: float) -> Kind:
    """Return a CycleGAN of photographs and maps."""
    return Kind(lambda: CycleGAN(width=WIDTH, **weights), strangers, CYCLEGAN, 1, scored_cycle)


def coded(**options: float) -> Kind:
    """Return a UNIT of photographs and maps, on the data and in the batches of a CycleGAN."""
    return Kind(lambda: UNIT(width=WIDTH, **options), strangers, CYCLEGAN, 1, scored_cycle)


TRIES = {f"UNIT, step size {lr:g}": coded(lr=lr) for lr in STEP_SIZES}
KINDS = {
    "cycle": cycle(),
    "no cycle": cycle(cycle=0.0),
    "L1": painter(0.0),
    "L1 + GAN": painter(1.0),
    **TRIES,
    "no identity": cycle(identity=0.0),
    "UNIT": coded(lr=UNIT_STEP),
    "UNIT, nothing shared": coded(lr=UNIT_STEP, shared=0),
}


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: a key of ``KINDS``.
        seed: of the weights, the batches and all noise.
    """

    kind: str = "cycle"
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table.

    Attributes:
        measure: what was measured on the test scenes.
        value: what it is.
    """

    measure: str = ""
    value: float = 0.0


def runs() -> list[Run]:
    """Return each kind on its seeds."""
    return [
        Run(kind, number) for kind in KINDS for number in (CHOOSING if kind in TRIES else SEEDS)
    ]


def rows(run: Run, steps: int) -> list[Row]:
    """Train one model and return what was measured, a row each."""
    kind = KINDS[run.kind]
    seed(run.seed)
    model = kind.model()
    told = {"device": "cpu", "seed": run.seed, "progress": False, **kind.fit}
    fit(model, kind.data(model), steps=kind.longer * steps, **told)
    found = kind.score(model)
    return [Row(run.kind, run.seed, name, rounded(value)) for name, value in found.items()]


def measured(kind: str, measure: str) -> Tensor:
    """Return what was measured of a kind, (seeds,)."""
    return RECIPE.column("value", kind=kind, measure=measure)


RECIPE = Table(
    name="image-to-image",
    summary="translations with a judge and a cycle, by seed",
    steps=STEPS,
    cases=runs,
    row=Row,
    run_case=rows,
    about="CycleGAN and UNIT {steps} steps of 4 pictures, pix2pix from maps to photographs twice "
    f"as many of 16; {JUDGED} test scenes; errors of images in [0, 1]",
    index=("measure",),
)
read, column = RECIPE.read, RECIPE.column
