"""The denoising diffusion of the book: digits on demand, 0.3 million parameters, a bound."""

from collections.abc import Iterator

import torch
from torch import Tensor

from genlib.data import load
from genlib.diffusion import DDPM
from genlib.metrics import bits_per_dim, digit_features, label_probabilities
from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.experiments.labelled import accuracy, on_demand
from genlib.recipes.experiments.samples import TOGETHER, compared
from genlib.runtime import seeded
from genlib.training.batches import Data

CLASSES = 10
SAMPLES = 2_000  # drawn, by default, and as many test images beside them
BOUNDED = 500  # test images of the bound, by default
WATCHED = 1_000  # validation images of the loss that the history keeps
VARIANCES = ("lower", "upper")
LEVELS = 256


def labelled_digits(model: DDPM) -> Data:
    """Return the training images, dequantised anew for each batch, with their labels."""
    return load("mnist").dequantised(labels=True)


@torch.no_grad()
def held_out(model: DDPM) -> dict[str, float]:
    """Return the loss on the first validation images, the same noise each time."""
    x, label = load("mnist", "validation")[:WATCHED].dequantised(seed=0, labels=True)
    with seeded(0, model.device):
        return {"validation": model.loss((x.to(model.device), label.to(model.device))).item()}


def scores(model: DDPM, images: int | None = None, draws: int = 50) -> Iterator[tuple[str, float]]:
    """Yield how samples compare with test images, and a bound on the likelihood of some of these.

    The samples are ancestral ones of 50 steps with even labels, without guidance. The bound is of
    grey levels 0 to 255 and holds by dequantisation, by steps of either variance.

    Args:
        model: what to score.
        images: how many samples, and how many test images of the bound; by default 2,000 and 500.
        draws: of noise for each image of the bound.
    """
    with torch.autocast(model.device.type, enabled=False):
        real = digit_features("test")[: images or SAMPLES]
        label, n = torch.arange(len(real)) % CLASSES, f"{len(real):,}"
        samples = on_demand(model, label)
        found, named = compared(samples, real, 0.0), label_probabilities(samples)[:, 0]
        yield f"samples that show their label, %, of {n}", 100 * accuracy(named, label)
        yield f"precision, {n} samples, {n} test images", found["precision"]
        yield f"recall, {n} samples, {n} test images", found["recall"]
        yield f"Fréchet distance, {n} samples, {n} test images", found["distance"]
        x = load("mnist", "test")[: images or BOUNDED].dequantised(seed=0)
        for variance in VARIANCES:
            words = f"test bound, bits/dim, first {len(x):,} images, {draws} draws, "
            bits = bits_per_dim(bound(model, x, draws, variance), x.shape[1:], levels=LEVELS)
            yield f"{words}{variance} variance", bits


@torch.no_grad()
def bound(model: DDPM, x: Tensor, draws: int, variance: str) -> float:
    """Return the mean bound on log p(x), labels unknown, in nats, by steps of that variance."""
    own, model.variance = model.variance, variance
    try:
        parts = [model.elbo(part.to(model.device), draws) for part in x.split(TOGETHER)]
    finally:
        model.variance = own
    return torch.cat(parts).double().mean().item()


RECIPE = Recipe(
    name="ddpm",
    summary="digits on demand from noise, with a bound",
    factory="genlib.diffusion:DDPM",
    arguments={"classes": CLASSES, "lr": 3e-3},
    phases=[
        Phase(
            steps=20_000,
            data=labelled_digits,
            fit={
                "batch_size": 32,
                "ema": 0.999,
                "evaluate": held_out,
                "precision": "bf16",
                "channels_last": True,
                "every": 2_000,
            },
        )
    ],
    data="MNIST, first 55,000 training images with labels, dequantised anew for each batch",
    objective="squared error of v",
    score=scores,
)
