"""Autoregressive models of small digits at equal budget: architectures, and orders of the pixels.

Chapter: "Autoregressive models".
"""

import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial

from torch import Tensor

from genlib import fit, seed
from genlib.autoregressive import (
    AutoregressiveModel,
    DiagonalBiLSTM,
    GatedPixelCNN,
    PixelCNN,
    RowLSTM,
)
from genlib.data import load, thresholded
from genlib.nn import one_thread
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.exact import log_prob

SEEDS = range(5)
# Step sizes are chosen on other seeds; those that are far off need be seen on the first only.
TUNING = {100: (0.003, 0.01, 0.03, 0.1), 101: (0.01, 0.03), 102: (0.01, 0.03)}
STEPS, BATCH = 200, 32
SIDE = 9  # pixels, each the mean of 3 x 3
FEW = 1_000  # images that judge


@dataclass(frozen=True)
class Kind:
    """What is compared: a network, and how its images are turned before.

    Attributes:
        build: makes the network, of about 12,000 weights.
        turn: of images ``(N, 1, 9, 9)``; raster order then is another order of their pixels.
        lr: the best on the seeds ``TUNING``; all orders of one network have the same.
    """

    build: Callable[..., AutoregressiveModel]
    turn: Callable[[Tensor], Tensor] = lambda x: x
    lr: float = 0.03


CNN = partial(PixelCNN, 16, 4, 5)
KINDS = {
    "Row LSTM": Kind(partial(RowLSTM, 13, 2, 5)),
    "Diagonal BiLSTM": Kind(partial(DiagonalBiLSTM, 12, 2, 5)),
    "PixelCNN": Kind(CNN, lr=0.01),
    "Gated PixelCNN": Kind(partial(GatedPixelCNN, 14, 3, 5)),
    "PixelCNN, columns first": Kind(CNN, lambda x: x.mT, 0.01),
    "PixelCNN, from below": Kind(CNN, lambda x: x.flip(2, 3), 0.01),
}


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: a key of ``KINDS``.
        lr: step size of Adam at its first step.
        seed: of the weights and the batches.
    """

    kind: str = "PixelCNN"
    lr: float = 0.01
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table.

    Attributes:
        weights: how many the network has.
        nats: of the first validation images, the mean.
        step: seconds that one thread works at a step of training, waiting left out.
    """

    weights: int = 0
    nats: float = 0.0
    step: float = 0.0


def runs() -> list[Run]:
    """Return what the table compares: first the step sizes, then the kinds at the best of them."""
    tuned = [name for name in KINDS if "," not in name]
    chosen = [
        Run(name, lr, seed) for seed, rates in TUNING.items() for name in tuned for lr in rates
    ]
    return chosen + [Run(name, kind.lr, seed) for seed in SEEDS for name, kind in KINDS.items()]


@cache
def digits(split: str) -> Tensor:
    """Return digits of 9 x 9 pixels, zeros and ones, ``(N, 1, 9, 9)``."""
    return thresholded(load("mnist", split).images, 28 // SIDE, 0.25)


def rows(run: Run, steps: int) -> list[Row]:
    """Train one model on one thread and score it."""
    with one_thread():
        return [trained(run, steps)]


def trained(run: Run, steps: int) -> Row:
    """Return the line of one run."""
    kind = KINDS[run.kind]
    train, validation = (kind.turn(digits(split)) for split in ("train", "validation"))
    seed(run.seed)
    model = kind.build(event_shape=(1, SIDE, SIDE), lr=run.lr, schedule="cosine")
    begin = time.process_time()
    options = {"batch_size": BATCH, "seed": run.seed, "device": "cpu", "progress": False}
    fit(model, train, steps=steps, **options)
    step = (time.process_time() - begin) / steps
    weights = sum(parameter.numel() for parameter in model.parameters())
    nats = -log_prob(model, validation[:FEW])
    return Row(*astuple(run), weights, round(nats, 3), round(step, 4))


def of_kind(name: str, kind: str) -> Tensor:
    """Return a column of the stored table for one kind at its own step size, (seeds,)."""
    return RECIPE.column(name, seeds=SEEDS, kind=kind).double()


RECIPE = Table(
    name="autoregressive-models",
    summary="recurrent, masked and gated networks, and three orders",
    steps=STEPS,
    cases=runs,
    row=Row,
    run_case=rows,
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, before them three that choose lr; {{steps}} steps of "
    f"{BATCH} images",
)
read = RECIPE.read
