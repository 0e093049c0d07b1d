"""What the recipes of latent-variable models on binary MNIST have in common: data and scores."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from genlib.data import load
from genlib.latent import LatentModel
from genlib.recipes.experiments.phase import Phase
from genlib.runtime import seeded
from genlib.training.batches import Data

DATA = "MNIST, first 55,000 training images, binarised anew for each batch"
TOGETHER = 100  # images scored at once


def binary_digits(model: LatentModel) -> Data:
    """Return the training images, whose pixels are drawn anew for each batch."""
    return load("mnist").binary()


def held_out(model: LatentModel) -> dict[str, float]:
    """Return the ELBO of the validation images, their pixels drawn once, in nats."""
    x = load("mnist", "validation").binary(seed=0)
    return {"validation": model.elbo(x.to(model.device)).mean().item()}


def phase(steps: int, **fit: Any) -> Phase:  # noqa: ANN401
    """Return the training on binary digits; the averaged weights are what is kept."""
    kept = {"ema": 0.9995, "evaluate": held_out}
    return Phase(steps=steps, data=binary_digits, fit=kept | fit)


def bounds(
    model: LatentModel, images: int | None = None, draws: int = 5000
) -> Iterator[tuple[str, float]]:
    """Yield ELBO and importance bound in nats, of validation and test images.

    Args:
        model: what to score.
        images: how many of each split; by default all for the ELBO, 1,000 for the bound.
        draws: K of the importance bound.
    """
    for split in ("validation", "test"):
        yield from bounds_of(model, split, load("mnist", split).binary(seed=0), images, draws)


def bounds_of(
    model: LatentModel, split: str, x: Tensor, images: int | None, draws: int
) -> Iterator[tuple[str, float]]:
    """Yield ELBO and importance bound of the images ``x`` of a split; see ``bounds``."""
    every, few = x[:images], x[: images or 1000]
    yield f"{split} ELBO, nats, {share(every, x)}", bound(model, every, 1)
    yield f"{split} bound, {draws:,} draws, nats, {share(few, x)}", bound(model, few, draws)


def share(part: Tensor, whole: Tensor) -> str:
    """Say how many images of a split these are."""
    return f"{'first ' if len(part) < len(whole) else ''}{len(part):,} images"


def bound(model: LatentModel, x: Tensor, draws: int) -> float:
    """Return the mean importance bound with ``draws`` draws over the images ``x``, in nats.

    The parts, of ``TOGETHER`` images, have the seeds 0, 1, 2, ...: what one of them gives does not
    depend on how many others are scored.
    """
    total = 0.0
    for number, part in enumerate(x.split(TOGETHER)):
        with torch.no_grad(), seeded(number, model.device):
            total += model.log_prob(part.to(model.device), draws).double().sum().item()
    return total / len(x)
