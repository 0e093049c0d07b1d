"""Digits of the stored diffusion model by steps, by noise and by guidance: a table.

Chapter: "Denoising diffusion".
"""

from dataclasses import astuple, dataclass
from functools import cache

import torch
from torch import Tensor

from genlib import Model, zoo
from genlib.data import load
from genlib.metrics import (
    digit_features,
    features,
    label_probabilities,
    vendi,
)
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.labelled import accuracy
from genlib.recipes.experiments.rounding import rounded
from genlib.recipes.experiments.samples import by_features, in_unit

SEEDS = range(5)
EXAMPLES = 500  # samples of a run, and test images beside them, others for each seed
CLASSES = 10
STEPS = (4, 10, 50)
METHODS = ("ancestral", "ddim")
SCALES = (1.0, 2.0, 4.0, 8.0)
GUIDED = 20  # steps of the runs with guidance
REAL, GAME = "validation images", "dcgan"  # what stands beside the samples


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        method: how to sample, or what stands beside it.
        steps: how many; 0 of what takes none.
        guidance: g.
        seed: of the noise, and of which images it is compared with.
    """

    method: str = "ddim"
    steps: int = 50
    guidance: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a run, and how its samples compare with as many test images.

    ``distance`` is Fréchet's, ``precision`` and ``recall`` are taken on the same, all in the digit
    classifier's features. ``right`` is the share of the samples, in percent, that the classifier
    takes for what was asked; ``kinds`` is the Vendi score within a label, by the features' cosine,
    the mean over labels. Both are nan where no label was asked for.
    """

    distance: float = 0.0
    precision: float = 0.0
    recall: float = 0.0
    right: float = 0.0
    kinds: float = 0.0


@cache
def model(name: str) -> Model:
    """Return a stored model."""
    return zoo.load(name, device="cpu")


def samples(run: Run) -> tuple[Tensor, Tensor | None]:
    """Return images in [0, 1], and their labels if these were asked for."""
    first = run.seed * EXAMPLES
    generator = torch.Generator().manual_seed(run.seed)
    if run.method == REAL:
        return load("mnist", "validation")[first : first + EXAMPLES].unit(labels=True)
    if run.method == GAME:
        return in_unit(model(GAME).sample(EXAMPLES, generator=generator)), None
    label = torch.arange(EXAMPLES) % CLASSES
    options = {"steps": run.steps, "method": run.method, "guidance": run.guidance}
    return model("ddpm").sample(EXAMPLES, label=label, generator=generator, **options), label


def compared(x: Tensor, label: Tensor | None, real: Tensor) -> dict[str, float]:
    """Return how images compare with the features of real ones; see ``Row``."""
    found = features(x)
    said = {"right": float("nan"), "kinds": float("nan")}
    if label is not None:
        named = label_probabilities(x)[:, 0]
        kinds = [vendi(found[label == k]) for k in label.unique()]
        said = {"right": 100 * accuracy(named, label), "kinds": sum(kinds) / len(kinds)}
    return by_features(found, real) | said


@torch.no_grad()
def rows(run: Run, steps: int) -> list[Row]:
    """Draw and judge; of the steps asked for in all, a run takes no more than these."""
    limited = Run(run.method, min(run.steps, steps), run.guidance, run.seed)
    first = run.seed * EXAMPLES
    real = digit_features("test")[first : first + EXAMPLES]
    found = compared(*samples(limited), real)
    return [Row(*astuple(run), **{name: rounded(value) for name, value in found.items()})]


def cases() -> list[Run]:
    """Return what is compared, all of one seed before the next."""
    return [
        Run(*case, number)
        for number in SEEDS
        for case in (
            *((method, steps, 1.0) for steps in STEPS for method in METHODS),
            *(("ddim", GUIDED, scale) for scale in SCALES),
            (REAL, 0, 1.0),
            (GAME, 0, 1.0),
        )
    ]


RECIPE = Table(
    name="denoising-diffusion",
    summary="stored digits by steps, by noise and by guidance",
    steps=max(STEPS),
    cases=cases,
    row=Row,
    run_case=rows,
    about=f"weights ddpm; seeds {SEEDS[0]} to {SEEDS[-1]}, {EXAMPLES} samples and test images each",
)
read, column = RECIPE.read, RECIPE.column
