"""Scores of any model of MNIST: what the model offers decides which there are."""

import math
import time
from collections.abc import Iterator

import torch
from torch import Tensor

from genlib import Model, coding
from genlib.coding.codec import scheme_of
from genlib.data import load
from genlib.metrics import features
from genlib.metrics.features import NAME
from genlib.recipes.experiments import density, exact, likelihood
from genlib.recipes.experiments.samples import compared, drawn
from genlib.runtime import seeded

EVENT = (1, 28, 28)
SPACES = {  # in words; what is black is in LOW
    "binary": "binarised once",
    "unit": "in [0, 1]",
    "symmetric": "in [-1, 1]",
    "dequantised": "in [0, 1], dequantised",
}
LOW = dict.fromkeys(SPACES, 0.0) | {"symmetric": -1.0}
CODED = 100  # test images in one file
DRAWS = {"bound": 5_000, "density": 16}


def digits(split: str, space: str) -> Tensor:
    """Return the images of a split as events of a space, noise drawn once, (N, 1, 28, 28)."""
    images = load("mnist", split)
    if space in ("binary", "dequantised"):
        return getattr(images, space)(seed=0)
    return getattr(images, space)()


@torch.no_grad()
def check(model: Model, space: str) -> None:
    """Raise ``ValueError`` unless a model is one of digits in that space."""
    shape = getattr(model, "event_shape", EVENT)
    if samples_are_offered(model):
        shape = model.sample(2).shape[1:]
    if tuple(shape) != EVENT:
        raise ValueError(
            f"events of {type(model).__name__} have shape {tuple(shape)}; what is scored here are "
            f"models of MNIST, {EVENT}"
        )
    check_bounds(model, space)
    model.check(digits("test", space)[:2].to(model.device))


def check_bounds(model: Model, space: str) -> None:
    """Raise ``ValueError`` if a model says within which bounds it draws, and they are others."""
    low, high = getattr(model, "bounds", None) or (-math.inf, math.inf)
    if math.isfinite(high - low) and (low, high) != (LOW[space], 1.0):
        fitting = [name for name, black in LOW.items() if (low, high) == (black, 1.0)]
        raise ValueError(
            f"{type(model).__name__} draws in [{low:g}, {high:g}], {space} digits are in "
            f"[{LOW[space]:g}, 1]; of its range are: {', '.join(fitting) or 'none'}"
        )


def scores(
    model: Model, space: str, images: int | None = None, draws: int | None = None
) -> Iterator[tuple[str, float]]:
    """Yield what can be measured of a model of MNIST, in words, and the number.

    These are, where the model offers it: seconds a sample; how samples compare with test images,
    to the features of the digit classifier; bytes a test image, coded without loss; last, the
    log-likelihood of validation and test images, or bounds of it. A model that wants labels is
    sampled evenly, and has no likelihood here.

    Args:
        model: what to score, in evaluation mode.
        space: in which it draws digits, one of ``SPACES``.
        images: how many of each split, and how many samples; by default as the book's recipes.
        draws: K of an importance bound, or of the noise of a density.
    """
    with torch.no_grad(), seeded(0, model.device):
        if samples_are_offered(model):
            yield from scores_of_samples(model, space, images)
        if model.classes is None:
            yield from bytes_an_image(model, space, images)
            yield from scores_of_likelihood(model, space, images, draws)


def samples_are_offered(model: Model) -> bool:
    """Whether a model draws samples."""
    return type(model).sample is not Model.sample


def scores_of_samples(model: Model, space: str, images: int | None) -> Iterator[tuple[str, float]]:
    """Yield seconds a sample, and how samples compare with as many test images."""
    real, low = test_features(space, images), LOW[space]
    begin = time.perf_counter()
    samples = drawn(model, len(real))
    seconds = (time.perf_counter() - begin) / len(real)
    # what a density or an unbounded network draws may lie beyond black and white
    found, n = compared(samples.clamp(low, 1.0), real, low), f"{len(real):,}"
    yield f"milliseconds a sample, of {n}", 1000 * seconds
    yield f"labels found, of ten, {n} samples", found["labels"]
    yield f"KL of label shares to even ones, nats, {n} samples", found["kl"]
    yield f"samples surer than 0.9, %, {n} samples", 100 * found["sure"]
    yield f"precision by {NAME}, {n} samples, {n} test images", found["precision"]
    yield f"recall by {NAME}, {n} samples, {n} test images", found["recall"]
    yield f"Fréchet distance by {NAME}, {n} samples, {n} test images", found["distance"]


def test_features(space: str, images: int | None) -> Tensor:
    """Return the features of test images as samples of a space should be: binary, or grey."""
    return features(digits("test", "binary" if space == "binary" else "unit")[:images])


def bytes_an_image(model: Model, space: str, images: int | None) -> Iterator[tuple[str, float]]:
    """Yield how long a file of test images is, if the model can write one."""
    try:
        scheme_of(model)
    except ValueError:  # it has no probabilities of discrete values
        return
    x = digits("test", space)[: min(CODED, images or CODED)].to(model.device)
    size = len(coding.encode(model, x)) / len(x)
    yield f"bytes a test image, {len(x):,} in one file", size


def scores_of_likelihood(
    model: Model, space: str, images: int | None, draws: int | None
) -> Iterator[tuple[str, float]]:
    """Yield exact log-likelihoods, or bounds, in the words of the book's recipes."""
    bound, exactly = hasattr(model, "elbo"), hasattr(model, "log_prob")
    if space == "dequantised" and exactly and not bound:
        yield from density.scores(model, images, draws or DRAWS["density"])
        return
    for split in ("validation", "test"):
        x = digits(split, space)
        if bound and exactly:
            yield from likelihood.bounds_of(model, split, x, images, draws or DRAWS["bound"])
        elif bound:
            yield elbo(model, split, x, images)
        elif exactly:
            yield exact.score(model, split, x, images)


def elbo(model: Model, split: str, x: Tensor, images: int | None) -> tuple[str, float]:
    """Return the bound of a model without an importance bound, one draw an image, and its name."""
    parts = (part.to(model.device) for part in x[:images].split(exact.TOGETHER))
    total = sum(model.elbo(part).double().sum().item() for part in parts)
    return f"{split} ELBO, nats, {likelihood.share(x[:images], x)}", total / len(x[:images])
