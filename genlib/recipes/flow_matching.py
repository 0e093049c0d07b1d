"""The flow matching of the book: a U-Net of 0.28 million parameters, dequantised MNIST."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from genlib.data import load
from genlib.diffusion import FlowMatching
from genlib.metrics import bits_per_dim, digit_features
from genlib.recipes.experiments import Phase, Recipe, density, samples
from genlib.runtime import seeded

STEPS = (20, 80)  # of Heun's method, of the likelihoods
SCORED = 100  # images of the likelihoods
EULER = 50  # steps, of the samples that are scored


def held_out(model: FlowMatching) -> dict[str, float]:
    """Return the squared error of the velocity of the validation images, their noise fixed."""
    x = load("mnist", "validation").dequantised(seed=0)
    with seeded(0, model.device):
        errors = [model.loss(part.to(model.device)).item() for part in x.split(density.TOGETHER)]
    return {"validation": sum(errors) / len(errors)}


def scores(model: FlowMatching, images: int = 2_000) -> Iterator[tuple[str, float]]:
    """Yield bits a dimension by the differential equation, and how samples compare with digits.

    All of it is computed in float32.

    Args:
        model: what to score.
        images: how many samples to compare with all test images.
    """
    with torch.autocast(model.device.type, enabled=False):
        x = load("mnist", "test")[: min(SCORED, images)].dequantised(seed=0)
        for steps in STEPS:
            nats = log_prob(model, x, steps).mean().item()
            bits = bits_per_dim(nats, x.shape[1:], levels=density.LEVELS)
            yield f"test bits/dim, Heun {steps}, first {len(x):,} images", bits
        drawn = samples.in_parts(partial(model.sample, steps=EULER, method="euler"), images)
        found = samples.compared(drawn, digit_features("test"), low=0.0)
        yield f"KL of label shares to even ones, nats, {images:,} samples", found["kl"]
        yield f"samples surer than 0.9, %, {images:,} samples", 100 * found["sure"]
        distance = f"Fréchet distance, Euler {EULER}, {images:,} samples, all test images"
        yield distance, found["distance"]


def log_prob(model: FlowMatching, x: Tensor, steps: int) -> Tensor:
    """Return log p by Heun's steps and one probe of the divergence, the same at each call, (N,)."""
    generator = torch.Generator().manual_seed(0)
    return model.log_prob(x.to(model.device), steps=steps, probes=1, generator=generator)


RECIPE = Recipe(
    name="flow-matching",
    summary="digits along a learnt velocity, a small U-Net",
    factory="genlib.diffusion:FlowMatching",
    arguments={"lr": 3e-3, "schedule": "cosine"},
    phases=[
        Phase(
            steps=10_000,
            data=density.dequantised_digits,
            fit={
                "batch_size": 32,
                "precision": "bf16",
                "channels_last": True,
                "ema": 0.999,
                "evaluate": held_out,
                "every": 2_000,
            },
        )
    ],
    data=density.DATA,
    objective="squared error of the velocity",
    score=scores,
)
