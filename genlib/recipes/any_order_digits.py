"""What it costs to know all orders: transformers of 3 x 3 digits, a table of 20 trainings.

Chapter: "Sequences".
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch
from torch import Tensor

from genlib import fit, seed
from genlib.autoregressive import AnyOrderTransformer, Transformer
from genlib.data import load, thresholded
from genlib.recipes.experiments import Table
from genlib.runtime import seeded

NETWORK = {"layers": 1, "width": 32, "heads": 4, "event_shape": (1, 3, 3)}
TRAINING = {"lr": 1e-2, "schedule": "cosine"}  # the same for both, not tuned
SEEDS = range(5)
DRAWS = 8  # sets of known pixels an image, in the bound


@dataclass(frozen=True)
class Run:
    """What decides one training.

    Attributes:
        kind: "raster" for a causal transformer, "any" for one that is trained on all orders.
        seed: of the weights, the batches and the sets.
    """

    kind: Literal["raster", "any"] = "raster"
    seed: int = 0

    def model(self) -> Transformer | AnyOrderTransformer:
        """Build the model; its weights depend on the seed alone."""
        seed(self.seed)
        network = Transformer if self.kind == "raster" else AnyOrderTransformer
        return network(**NETWORK, **TRAINING)


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a run, its steps, and nats an image of the 10,000 test digits.

    ``in_raster`` is -log p(x) in the raster order, exact; ``trained`` is what was trained, which
    is the same but for "any": there it is minus the bound, of eight sets an image.
    """

    steps: int = 0
    in_raster: float = 0.0
    trained: float = 0.0


def runs() -> list[Run]:
    """Return what the table compares."""
    return [Run(kind, number) for number in SEEDS for kind in ("raster", "any")]


@cache
def images(split: str) -> Tensor:
    """Return digits of 3 x 3 black and white pixels, each a mean of 8 x 8, (N, 1, 3, 3)."""
    return thresholded(load("mnist", split).images[:, :, 2:26, 2:26], 8, 0.3)


@torch.no_grad()
def judge(model: Transformer | AnyOrderTransformer) -> dict[str, float]:
    """Return the numbers of a row, always with the same sets."""
    x = images("test").to(model.device)
    found = {"in_raster": -model.log_prob(x).mean()}
    found["trained"] = found["in_raster"]
    if isinstance(model, AnyOrderTransformer):
        with seeded(0, model.device):
            found["trained"] = -model.elbo(x, samples=DRAWS).mean()
    return {name: round(value.item(), 4) for name, value in found.items()}


def train(run: Run, steps: int) -> Transformer | AnyOrderTransformer:
    """Return the trained model of a run."""
    model = run.model()
    fit(model, images("train"), steps=steps, batch_size=128, seed=run.seed, progress=False)
    return model


def rows(run: Run, steps: int) -> list[Row]:
    """Train one model for a fifth of the steps, another for all of them, and judge both."""
    return [Row(run.kind, run.seed, n, **judge(train(run, n))) for n in (steps // 5, steps)]


RECIPE = Table(
    name="any-order-digits",
    summary="one order or all of them, five seeds",
    steps=1_000,
    cases=runs,
    row=Row,
    run_case=rows,
    index=("steps",),
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, at most {{steps}} steps of 128 images a run",
)
read, column = RECIPE.read, RECIPE.column
