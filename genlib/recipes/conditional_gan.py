"""The conditional GAN of the book: digits on demand, judged by projection."""

from collections.abc import Iterator

from torch import Tensor

from genlib.data import load
from genlib.gans import ConditionalGAN
from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.experiments.labelled import compared, on_demand
from genlib.recipes.experiments.samples import DATA, LOW, in_unit

EVALUATED = 2_000  # samples that the history's scores are taken on


def labelled_digits(model: ConditionalGAN) -> tuple[Tensor, Tensor]:
    """Return the training images in [-1, 1], with their labels."""
    return load("mnist").symmetric(labels=True)


def judged(model: ConditionalGAN, split: str, images: int | None = None) -> dict[str, float]:
    """Return what samples are worth, of which each has the label of a real image beside it."""
    digits = load("mnist", split)[:images]
    samples = in_unit(on_demand(model, digits.labels))
    return compared(samples, digits.labels, digits.unit(), digits.labels)


def held_out(model: ConditionalGAN) -> dict[str, float]:
    """Return the Fréchet distance to validation images, and how many labels are as asked."""
    found = judged(model, "validation", EVALUATED)
    return {"validation": found["distance"], "accuracy": found["accuracy"]}


def scores(model: ConditionalGAN, images: int | None = None) -> Iterator[tuple[str, float]]:
    """Yield how samples with the labels of test images compare with these.

    Args:
        model: what to score.
        images: how many of each; by default 10,000, all that there are.
    """
    found, n = judged(model, "test", images), len(load("mnist", "test")[:images])
    yield f"label as asked, %, {n:,} samples", 100 * found["accuracy"]
    yield f"samples surer than 0.9, %, {n:,} samples", 100 * found["sure"]
    yield "pixel spread within a class, multiple of the data's", found["spread"]
    yield "precision, first 2,000 of each", found["precision"]
    yield "recall, first 2,000 of each", found["recall"]
    yield f"Fréchet distance, mean of ten classes, {n:,} samples", found["class_distance"]
    yield f"Fréchet distance, {n:,} samples, {n:,} test images", found["distance"]


RECIPE = Recipe(
    name="conditional-gan",
    summary="digits on demand, judged by projection",
    factory="genlib.gans:ConditionalGAN",
    arguments={
        "width": 24,
        "discriminator_hidden": [512, 256],
        "batch_norm": False,
        "std": None,
        "penalties": [{"factory": "genlib.gans:R1", "arguments": {"gamma": 0.1, "closed": True}}],
        "lr": 2e-3,
        "schedule": "cosine",
    },
    phases=[
        Phase(
            steps=20_000,
            data=labelled_digits,
            fit={
                "batch_size": 64,
                "precision": "bf16",
                "channels_last": True,
                "ema": 0.999,
                "evaluate": held_out,
                "every": 4_000,
            },
        )
    ],
    data=f"{DATA}, with labels",
    objective="non-saturating game about pairs, R1 (0.1)",
    score=scores,
    low=LOW,
    without=("discriminator",),
)
