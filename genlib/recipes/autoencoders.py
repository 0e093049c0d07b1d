"""What codes, steps and sparsity do to an autoencoder of digits: a table of 18 runs.

Chapter: "Autoencoders".
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial

import torch
from torch import Tensor

from genlib import fit, seed
from genlib.autoencoders import Autoencoder, SparseAutoencoder
from genlib.data import load
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded
from genlib.runtime import seeded

SIZES = (2, 8, 32)
WIDE = 900  # codes, for 784 pixels
SEEDS = range(3)
STEPS = 2000
FEW = 2000  # images of each kind that a row is measured on
START = 0.1  # factor on the first weights of a wide decoder, so that they hold what was learnt


def wide(codes: int, weight: float) -> SparseAutoencoder:
    """Return an overcomplete autoencoder whose decoder begins with small weights."""
    model = SparseAutoencoder(codes, weight=weight, lr=4e-3, schedule="cosine")
    with torch.no_grad():
        model.decoder[0].weight.mul_(START)
    return model


KINDS: dict[str, Callable[[int], Autoencoder]] = {
    "linear decoder": partial(Autoencoder, decoder_hidden=(), lr=1e-2, schedule="cosine"),
    "deep": partial(Autoencoder, lr=3e-3, schedule="cosine"),
    "free": partial(wide, weight=0.0),
    "sparse": partial(wide, weight=0.3),
}
BATCHES = {"linear decoder": 250, "deep": 250, "free": 100, "sparse": 100}
PARTS = {"linear decoder": (5, 1), "deep": (5, 1), "free": (20, 5, 1), "sparse": (20, 5, 1)}


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: which model, a key of ``KINDS``.
        codes: how many it has.
        seed: of the weights and the batches.
    """

    kind: str = "deep"
    codes: int = 8
    seed: int = 0

    def model(self) -> Autoencoder:
        """Build the model; its weights depend on the seed alone."""
        seed(self.seed)
        return KINDS[self.kind](self.codes)


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a run, its steps, and the error that they left.

    ``digits``, ``negatives`` and ``noise`` are mean squared errors, summed over an image; the first
    is of validation images, and nothing like the other two was ever seen in training. ``active`` is
    the share of codes above one half on the digits, which means something for codes in [0, 1].
    """

    steps: int = 0
    digits: float = 0.0
    negatives: float = 0.0
    noise: float = 0.0
    active: float = 0.0


def runs() -> list[Run]:
    """Return what the table compares."""
    kinds = [("linear decoder", 8), *(("deep", codes) for codes in SIZES)]
    kinds += [("free", WIDE), ("sparse", WIDE)]
    return [Run(*kind, seed) for seed in SEEDS for kind in kinds]


@cache
def shown() -> dict[str, Tensor]:
    """Return the images that models are judged on: digits, the same in negative, and noise."""
    digits = load("mnist", "validation").unit()[:FEW]
    with seeded(0, torch.device("cpu")):
        noise = torch.rand_like(digits)
    return {"digits": digits, "negatives": 1 - digits, "noise": noise}


@torch.no_grad()
def judge(model: Autoencoder) -> dict[str, float]:
    """Return the numbers of a row, to four digits: more would not carry to another machine."""
    sets = {name: images.to(model.device) for name, images in shown().items()}
    found = {name: model.error(images).mean() for name, images in sets.items()}
    found["active"] = (model.encode(sets["digits"]) > 0.5).float().mean()
    return {name: rounded(value.item()) for name, value in found.items()}


def train(run: Run, steps: int) -> Autoencoder:
    """Return the trained model of a run."""
    model, x = run.model(), load("mnist", "train").unit()
    batch = BATCHES[run.kind]
    fit(model, x, steps=steps, batch_size=batch, seed=run.seed, progress=False)
    return model


def rows(run: Run, steps: int) -> list[Row]:
    """Train models for a part of the steps and for all of them, and judge each."""
    budgets = [max(1, steps // part) for part in PARTS[run.kind]]
    return [Row(*astuple(run), n, **judge(train(run, n))) for n in budgets]


RECIPE = Table(
    name="autoencoders",
    summary="errors by codes and by steps, free and sparse, three seeds",
    steps=STEPS,
    cases=runs,
    row=Row,
    run_case=rows,
    index=("steps",),
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, at most {{steps}} steps a run, of 250 images, or 100",
)
read, column = RECIPE.read, RECIPE.column
