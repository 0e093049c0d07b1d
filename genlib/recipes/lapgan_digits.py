"""The LAPGAN of the book: digits of 7 pixels, and a game for each of two doublings.

Chapter: "Progressive growing".
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from genlib.data import load
from genlib.gans import LAPGAN
from genlib.metrics import digit_features, features, frechet
from genlib.nn import LaplacianPyramid
from genlib.recipes.experiments import Recipe, samples

SIDE = 28
SIDES = (7, 14, SIDE)  # of the three games


def begun(model: LAPGAN, side: int, images: Tensor) -> Tensor:
    """Return as many images of 28 pixels as there are, of which only the details are drawn.

    Args:
        model: what draws them.
        side: of the given images, to which these are halved; 0 if nothing is given.
        images: (N, 1, 28, 28), in [-1, 1].
    """
    if not side:
        return samples.drawn(model, len(images))
    noise = torch.Generator().manual_seed(0)
    with torch.autocast(model.device.type, enabled=False):
        parts = halved(images, side).split(samples.TOGETHER)
        return torch.cat([model.refine(part, generator=noise).cpu() for part in parts])


def halved(images: Tensor, side: int) -> Tensor:
    """Return images as the chain sees them at a side."""
    down = LaplacianPyramid(0).down
    while images.shape[-1] > side:
        images = down(images)
    return images


def scores(model: LAPGAN, images: int | None = None) -> Iterator[tuple[str, float]]:
    """Yield how near samples are to test images, of the whole chain and of its upper parts.

    Real images that the games above start from are validation images.

    Args:
        model: what to score.
        images: how many samples and test images; by default 5,000, all validation images.
    """
    given = load("mnist", "validation")[:images].symmetric()
    test = digit_features("test")[: len(given)]
    n = f"{len(given):,}"
    for side in (*reversed(SIDES[:-1]), 0):
        found = features(begun(model, side, given), low=samples.LOW)
        start = f"from real {side} x {side}" if side else "of the whole chain"
        yield f"Fréchet distance {start}, {n} samples, {n} test images", frechet(found, test)


RECIPE = Recipe(
    name="lapgan-digits",
    summary="digits of 7 pixels, doubled twice, a game each",
    factory="genlib.gans:LAPGAN",
    arguments={
        "width": 16,
        "lr": 1e-3,
        "betas": [0.0, 0.99],
        "schedule": "cosine",
        "penalties": [{"factory": "genlib.gans:R1", "arguments": {"gamma": 0.01, "closed": True}}],
    },
    phases=[
        samples.phase(12_000, batch_size=32, precision="bf16", channels_last=True, every=2_000)
    ],
    data=samples.DATA,
    objective="three non-saturating games, R1 (0.01)",
    score=scores,
    low=samples.LOW,
)
