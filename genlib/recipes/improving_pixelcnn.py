"""What each improvement of the PixelCNN is worth on small grey digits, at equal budget.

Chapter: "PixelCNN++ and faster sampling".
"""

import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial

from torch import Tensor
from torch.nn.functional import avg_pool2d

from genlib import fit, seed
from genlib.autoregressive import (
    AutoregressiveModel,
    GatedPixelCNN,
    MultiScalePixelCNN,
    PixelCNN,
    PixelCNNPP,
)
from genlib.data import load
from genlib.likelihoods import Categorical, Levels, LogisticMixture
from genlib.nn import one_thread
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.exact import log_prob

FIVE_LOGISTICS = partial(LogisticMixture, 5)
SEEDS = range(5)
TUNING = (100, 101)  # seeds on which the step sizes were chosen
LOW, HIGH = (0.004, 0.008, 0.016), (0.008, 0.016, 0.032)
HIGHER = (*HIGH, 0.064)
STEPS, BATCH = 200, 16
FEW = 500  # images that judge
AVERAGED = 0.97  # decay of the averaged weights

Images = Callable[[Tensor], Tensor]


def pooled(images: Tensor) -> Tensor:
    """Return the mean brightness of blocks of 2 x 2 pixels, ``(N, 1, 14, 14)``."""
    return avg_pool2d(images.float(), 2) / 255


def middle(images: Tensor) -> Tensor:
    """Return the middle of the images as it is, ``(N, 1, 14, 14)``: mostly black or white."""
    return images[..., 7:21, 7:21].float() / 255


@dataclass(frozen=True)
class Kind:
    """What is compared.

    Attributes:
        build: makes the model.
        lr: the best of ``rates`` on the seeds ``TUNING``.
        rates: step sizes to choose from.
        head: makes the likelihood.
        images: what the digits are cut to.
        schedule: of the step size.
    """

    build: Callable[..., AutoregressiveModel]
    lr: float
    rates: tuple[float, ...] = LOW
    head: Callable[[], Levels] = FIVE_LOGISTICS
    images: Images = pooled
    schedule: str | None = "cosine"


def coarse_to_fine(
    scales: int, channels: int, likelihood: Levels, **options: object
) -> MultiScalePixelCNN:
    """Return a multi-scale model whose coarsest image has a PixelCNN of four blocks."""
    side = -(-14 // 2**scales)
    base = PixelCNN(16, 4, 5, event_shape=(1, side, side), likelihood=likelihood)
    return MultiScalePixelCNN(scales, channels, 2, base, likelihood=likelihood, **options)


FULL, SMALL = partial(PixelCNNPP, 12, 1, 2), partial(GatedPixelCNN, 12, 3, 5)
LOGISTIC, SOFTMAX = (partial(head, levels=4) for head in (FIVE_LOGISTICS, Categorical))
KINDS = {
    "PixelCNN++": Kind(FULL, 0.008),
    "softmax": Kind(FULL, 0.008, head=Categorical),
    "no short-cuts": Kind(partial(FULL, short_cuts=False), 0.008),
    "no downsampling": Kind(partial(FULL, downsampling=False), 0.004, (0.002, *LOW)),
    "neither": Kind(partial(FULL, short_cuts=False, downsampling=False), 0.004, (0.002, *LOW)),
    "dropout": Kind(partial(FULL, dropout=0.5), 0.008),
    "gated": Kind(partial(GatedPixelCNN, 22, 5, 5), 0.016, HIGH),
    "one doubling": Kind(partial(coarse_to_fine, 1, 24), 0.008),
    "two doublings": Kind(partial(coarse_to_fine, 2, 16), 0.016, (*LOW, 0.032)),
    "small": Kind(SMALL, 0.032, HIGHER),
    "small, softmax": Kind(SMALL, 0.032, HIGHER, Categorical),
    "4 levels": Kind(SMALL, 0.016, HIGHER, LOGISTIC),
    "4 levels, softmax": Kind(SMALL, 0.032, HIGHER, SOFTMAX),
    "middle": Kind(SMALL, 0.032, HIGHER, images=middle),
    "middle, softmax": Kind(SMALL, 0.032, HIGHER, Categorical, middle),
    "constant step": Kind(SMALL, 0.032, HIGHER, schedule=None),
}


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: a key of ``KINDS``.
        lr: step size of Adam at its first step.
        seed: of the weights and the batches.
    """

    kind: str = "PixelCNN++"
    lr: float = 0.008
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table.

    Attributes:
        weights: how many the network has.
        nats: of the first validation images, the mean.
        averaged: the same by the averaged weights.
        step: seconds of one thread for one step of training, waiting left out.
    """

    weights: int = 0
    nats: float = 0.0
    averaged: float = 0.0
    step: float = 0.0


def runs() -> list[Run]:
    """Return what the table compares: first the step sizes, then the kinds at the best of them."""
    chosen = [
        Run(name, lr, seed) for seed in TUNING for name, kind in KINDS.items() for lr in kind.rates
    ]
    return chosen + [Run(name, kind.lr, seed) for seed in SEEDS for name, kind in KINDS.items()]


@cache
def digits(split: str, images: Images, levels: int) -> Tensor:
    """Return digits of 14 x 14 pixels in so many levels, ``(N, 1, 14, 14)``."""
    cut = images(load("mnist", split).images)
    return (cut * (levels - 1)).round() / (levels - 1)


def model(run: Run) -> AutoregressiveModel:
    """Build the model of a run; its weights depend on the seed alone."""
    kind = KINDS[run.kind]
    seed(run.seed)
    options = {"event_shape": (1, 14, 14), "likelihood": kind.head()}
    return kind.build(**options, lr=run.lr, schedule=kind.schedule)


def rows(run: Run, steps: int) -> list[Row]:
    """Train one model on one thread, and score it."""
    with one_thread():
        return [measured(run, steps)]


def measured(run: Run, steps: int) -> Row:
    """Return the line of one run."""
    made, kind = model(run), KINDS[run.kind]
    train, judged = (
        digits(split, kind.images, made.likelihood.levels) for split in ("train", "validation")
    )
    options = {"batch_size": BATCH, "seed": run.seed, "device": "cpu", "progress": False}
    begin = time.process_time()
    history = fit(made, train, steps=steps, ema=AVERAGED, **options)
    step = (time.process_time() - begin) / steps
    nats, averaged = (-log_prob(one, judged[:FEW]) for one in (made, history.ema))
    weights = sum(parameter.numel() for parameter in made.parameters())
    return Row(*astuple(run), weights, round(nats, 3), round(averaged, 3), round(step, 4))


def of_kind(name: str, kind: str) -> Tensor:
    """Return a column of the stored table for one kind at its own step size, (seeds,)."""
    return RECIPE.column(name, seeds=SEEDS, kind=kind).double()


RECIPE = Table(
    name="improving-pixelcnn",
    summary="PixelCNN++ without each of its parts; heads; several scales",
    steps=STEPS,
    cases=runs,
    row=Row,
    run_case=rows,
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, before them two that choose lr; {{steps}} steps of "
    f"{BATCH} images",
)
read = RECIPE.read
