"""What the recipes of games that draw digits have in common: data and scores of samples."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from genlib import Model
from genlib.data import load
from genlib.metrics import (
    digit_features,
    features,
    frechet,
    label_probabilities,
    labelled_modes,
    precision_recall,
)
from genlib.recipes.experiments.phase import Phase
from genlib.training.batches import Data

DATA = "MNIST, first 55,000 training images, in [-1, 1]"
LOW = -1.0  # what is black
TOGETHER = 500  # samples drawn at once
EVALUATED = 2_000  # samples of the distance that the history keeps


def symmetric_digits(model: Model) -> Data:
    """Return the training images in [-1, 1]."""
    return load("mnist").symmetric()


def phase(steps: int, **fit: object) -> Phase:
    """Return the training of a game on digits; the averaged weights are what is kept."""
    return Phase(steps=steps, data=symmetric_digits, fit={"ema": 0.999, "evaluate": held_out} | fit)


def in_unit(images: Tensor) -> Tensor:
    """Return images in [-1, 1] in [0, 1]; what lies beyond black or white is cut off."""
    return (images.clamp(LOW, 1.0) - LOW) / (1 - LOW)


def held_out(model: Model) -> dict[str, float]:
    """Return the Fréchet distance of 2,000 samples to as many validation images."""
    found = features(drawn(model, EVALUATED), low=LOW)
    return {"validation": frechet(found, digit_features("validation")[:EVALUATED])}


def scores(model: Model, images: int | None = None) -> Iterator[tuple[str, float]]:
    """Yield how samples compare with as many test images, to the digit classifier's features.

    Args:
        model: what to score.
        images: how many samples and test images; by default 10,000, all that there are.
    """
    test = digit_features("test")[:images]
    found, n = compared(drawn(model, len(test)), test), f"{len(test):,}"
    yield f"KL of label shares to even ones, nats, {n} samples", found["kl"]
    yield f"samples surer than 0.9, %, {n} samples", 100 * found["sure"]
    yield f"precision, {n} samples, {n} test images", found["precision"]
    yield f"recall, {n} samples, {n} test images", found["recall"]
    yield f"Fréchet distance, {n} samples, {n} test images", found["distance"]


def compared(samples: Tensor, real: Tensor, low: float = LOW) -> dict[str, float]:
    """Return how samples compare with digits, of which the features are given.

    Args:
        samples: (N, 1, 28, 28), in [low, 1].
        real: the classifier's features of real images, (M, D).
        low: what is black.

    Returns:
        ``distance`` (Fréchet's), ``precision`` and ``recall`` in these features; ``kl``, the
        divergence of the label shares from even ones in nats; ``sure``, the share of samples whose
        label the classifier is surer of than 0.9; ``labels``, how many labels it finds.
    """
    shares = labelled_modes(label_probabilities(samples, low=low))
    named = {"kl": shares.kl, "sure": shares.good, "labels": shares.found}
    return by_features(features(samples, low=low), real) | named


def by_features(found: Tensor, real: Tensor) -> dict[str, float]:
    """Return Fréchet's ``distance``, ``precision`` and ``recall``, of features (N, D), (M, D)."""
    lie = precision_recall(real, found)
    return {"distance": frechet(found, real), "precision": lie.precision, "recall": lie.recall}


def drawn(model: Model, n: int) -> Tensor:
    """Return ``n`` samples of fixed codes, in [-1, 1], computed in float32, on the CPU."""
    with torch.autocast(model.device.type, enabled=False):
        return in_parts(model.sample, n)


def in_parts(draw: Callable[..., Tensor], n: int, seed: int = 0) -> Tensor:
    """Return ``n`` samples of fixed noise, on the CPU.

    Args:
        draw: ``draw(n, generator=generator)`` returns so many.
        n: how many.
        seed: of the noise.
    """
    generator = torch.Generator().manual_seed(seed)
    sizes = [min(TOGETHER, n - begin) for begin in range(0, n, TOGETHER)]
    return torch.cat([draw(size, generator=generator).cpu() for size in sizes])
