"""Models with exact likelihoods on small digits: what a step of training takes, and a drawing."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

from benchmarks.timing import seconds, side_by_side
from genlib import fit
from genlib.autoregressive import DiagonalBiLSTM, GatedPixelCNN, PixelCNN, RowLSTM, Transformer
from genlib.data import load
from genlib.flows import RealNVP
from genlib.model import Model

SIDE, BATCH, STEPS, IMAGES, ROUNDS = 14, 32, 4, 16, 3
SHAPE = {"event_shape": (1, SIDE, SIDE)}
BINARY: dict[str, Callable[[], Model]] = {
    "Row LSTM": lambda: RowLSTM(**SHAPE),
    "Diagonal BiLSTM": lambda: DiagonalBiLSTM(**SHAPE),
    "PixelCNN": lambda: PixelCNN(**SHAPE),
    "gated PixelCNN": lambda: GatedPixelCNN(**SHAPE),
    "transformer": lambda: Transformer(**SHAPE),
}
FLOW = "flow (RealNVP)"


def training(models: dict[str, Model]) -> dict[str, float]:
    """Return each model's milliseconds of training on an image."""
    data = load("mnist")
    half = F.avg_pool2d(data.unit(), 2)
    images = {name: (half > 0.5).float() for name in BINARY} | {FLOW: half}
    options = {"steps": STEPS, "batch_size": BATCH, "progress": False}
    ways = {
        name: lambda name=name, model=model: fit(model, images[name], **options)
        for name, model in models.items()
    }
    times = side_by_side(ways, ROUNDS)
    return {name: 1e3 * value / (STEPS * BATCH) for name, value in times.items()}


@torch.no_grad()
def drawing(models: dict[str, Model], **options: bool) -> dict[str, float]:
    """Return each model's seconds of drawing ``IMAGES`` images: once, for the slow ones' sake."""
    return {
        name: seconds(lambda model=model: model.eval().sample(IMAGES, **options))
        for name, model in models.items()
    }


def report() -> None:
    """Print one line a model."""
    binary = {name: build() for name, build in BINARY.items()}
    flow = {FLOW: RealNVP(**SHAPE)}
    models = binary | flow
    trained, cached = training(models), drawing(binary)
    naive = drawing(binary, cached=False) | drawing(flow)
    for name, model in models.items():
        weights = sum(one.numel() for one in model.parameters())
        print(
            f"{name}, {weights:,} weights: {trained[name]:.2f} ms to train on an image of {SIDE} x "
            f"{SIDE}, {naive[name]:.2f} s to draw {IMAGES}"
            + (f", {cached[name]:.2f} s with a cache" if name in cached else "")
        )
