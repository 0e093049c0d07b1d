"""Pixel by pixel, or coarse to fine? Digits of 28 x 28, and painted ones of 32 x 32 in colour.

Chapter: "PixelCNN++ and faster sampling".
"""

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial

import torch
from torch import Tensor
from torch.nn.functional import pad

from genlib import fit, generator, seed
from genlib.autoregressive import AutoregressiveModel, MultiScalePixelCNN, PixelCNN
from genlib.data import load
from genlib.likelihoods import Bernoulli, ColourLogisticMixture, Likelihood
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.exact import log_prob

SEEDS = range(3)
TUNING = 100  # the seed on which the step sizes were chosen
STEPS, BATCH = 300, 8
FEW = 200  # images that judge
PAINTED = 4_000  # training digits that are painted: more than are seen


def painted(images: Tensor, seed: int) -> Tensor:
    """Paint grey digits (N, 1, 28, 28): dark ink on light paper, in [0, 1], (N, 3, 32, 32)."""
    chance, n = generator(seed), len(images)
    paper = 0.6 + 0.4 * torch.rand(n, 3, 1, 1, generator=chance)
    ink = 0.5 * torch.rand(n, 3, 1, 1, generator=chance)
    return paper + (ink - paper) * pad(images, (2, 2, 2, 2))


def grained(pictures: Tensor, seed: int, size: float = 0.04) -> Tensor:
    """Add a grain of brightness, the same in all channels, and round to 256 levels."""
    shape = (len(pictures), 1, *pictures.shape[2:])
    grain = size * torch.randn(shape, generator=generator(seed))
    return (255 * (pictures + grain).clamp(0, 1)).round() / 255


@cache
def digits(split: str) -> Tensor:
    """Return black and white digits, drawn once, ``(N, 1, 28, 28)``."""
    return load("mnist", split).binary(seed=0)[: PAINTED if split == "train" else FEW]


@cache
def pictures(split: str) -> Tensor:
    """Return painted digits with grain, ``(N, 3, 32, 32)``."""
    first, seed = (PAINTED, 15) if split == "train" else (FEW, 17)
    return grained(painted(load("mnist", split).unit()[:first], seed), seed + 1)


@dataclass(frozen=True)
class Data:
    """What is modelled.

    Attributes:
        images: of a split.
        head: makes the likelihood.
        rates: step sizes to choose from.
        best: the best of them for each kind, on the seed ``TUNING``.
    """

    images: Callable[[str], Tensor]
    head: Callable[[], Likelihood]
    rates: tuple[float, ...]
    best: dict[str, float]


THREE_COLOURS = partial(ColourLogisticMixture, 3)
RATES = (0.002, 0.004, 0.008, 0.016, 0.032)
DATA = {
    "digits": Data(digits, Bernoulli, RATES[1:], {"plain": 0.008, "multi-scale": 0.016}),
    "pictures": Data(pictures, THREE_COLOURS, RATES, {"plain": 0.004, "multi-scale": 0.016}),
}
KINDS = ("plain", "multi-scale")


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        data: a key of ``DATA``.
        kind: one of ``KINDS``.
        lr: step size of Adam at its first step.
        seed: of the weights and the batches.
    """

    data: str = "digits"
    kind: str = "plain"
    lr: float = 0.004
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table.

    Attributes:
        weights: how many the network has.
        turns: steps of drawing.
        nats: of the first validation images, the mean.
    """

    weights: int = 0
    turns: int = 0
    nats: float = 0.0


def runs() -> list[Run]:
    """Return what the table compares: first the step sizes, then the kinds at the best of them."""
    pairs = [(name, kind) for name in DATA for kind in KINDS]
    chosen = [Run(*pair, lr, TUNING) for pair in pairs for lr in DATA[pair[0]].rates]
    return chosen + [
        Run(name, kind, DATA[name].best[kind], seed) for seed in SEEDS for name, kind in pairs
    ]


def model(run: Run) -> AutoregressiveModel:
    """Build the model of a run, about as large as the other kind; the seed decides its weights."""
    data = DATA[run.data]
    channels, height, width = shape = tuple(data.images("validation").shape[1:])
    seed(run.seed)
    options = {"likelihood": data.head(), "lr": run.lr, "schedule": "cosine"}
    if run.kind == "plain":
        return PixelCNN(24, 4, 7, event_shape=shape, **options)
    base = PixelCNN(16, 4, 7, event_shape=(channels, height // 4, width // 4), **options)
    return MultiScalePixelCNN(2, 8, 2, base, event_shape=shape, **options)


def rows(run: Run, steps: int) -> list[Row]:
    """Train one model, and score it."""
    made, images = model(run), DATA[run.data].images
    options = {"batch_size": BATCH, "seed": run.seed, "device": "cpu", "progress": False}
    fit(made, images("train"), steps=steps, precision="bf16", channels_last=True, **options)
    nats = -log_prob(made, images("validation"))
    weights = sum(parameter.numel() for parameter in made.parameters())
    return [Row(*astuple(run), weights, len(made.places()), round(nats, 3))]


def nats(data: str, kind: str) -> Tensor:
    """Return nats an image of one kind at its own step size, (seeds,)."""
    return RECIPE.column("nats", seeds=SEEDS, data=data, kind=kind)


def bits(data: str, kind: str) -> Tensor:
    """Return bits a channel of one kind at its own step size, (seeds,)."""
    channels = DATA[data].images("validation")[0].numel()
    return nats(data, kind) / math.log(2) / channels


RECIPE = Table(
    name="coarse-to-fine",
    summary="plain and multi-scale PixelCNN, digits and small pictures",
    steps=STEPS,
    cases=runs,
    row=Row,
    run_case=rows,
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, before them one that chooses lr; {{steps}} steps of "
    f"{BATCH} images",
)
read = RECIPE.read
