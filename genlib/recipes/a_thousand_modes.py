"""What makes a game lose modes: losses, penalties, one switch at a time, on stacks of two digits.

Chapter: "A thousand modes".
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cache, partial
from typing import Any

from torch import Tensor

from genlib import fit, seed
from genlib.data import PerBatch, stacked
from genlib.gans import (
    GAN,
    R1,
    R2,
    DCGANDiscriminator,
    DCGANGenerator,
    Hinge,
    NonSaturating,
    Relativistic,
    SpectralNorm,
)
from genlib.metrics import labelled_modes
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded
from genlib.recipes.experiments.samples import drawn
from genlib.recipes.stacked_digits import SIDE, digits, labels

SEEDS = range(3)
CHOOSING = 100  # the seed on which each kind's step size is chosen
STEP_SIZES = (1e-3, 4e-3)
ROUNDS = 1_200
BATCH = 32
WIDTH = 16
STACK = 2  # digits of a picture, so there are a hundred modes
COUNTED = 5_000  # samples
GAMMA = 0.3


@dataclass(frozen=True)
class Kind:
    """A game; by default the plain one.

    Attributes:
        loss: what the players minimise.
        penalties: what D pays beside, each of weight ``GAMMA``.
        spectral: whether each layer of D has norm 1.
        batch_norm: whether D has any.
        std: of D's weights at the start; None for He's.
        betas: Adam's decay rates.
        judge: width of D.
    """

    loss: type = NonSaturating
    penalties: tuple[type, ...] = ()
    spectral: bool = False
    batch_norm: bool = False
    std: float | None = None
    betas: tuple[float, float] = (0.5, 0.999)
    judge: int = WIDTH


PLAIN = "non-saturating"
KINDS: Mapping[str, Kind] = {
    PLAIN: Kind(),
    "R1": Kind(penalties=(R1,)),
    "relativistic + R1 + R2": Kind(loss=Relativistic, penalties=(R1, R2)),
    "hinge + spectral norm": Kind(loss=Hinge, spectral=True),
    "batch norm in D": Kind(batch_norm=True),
    "start 0.02 in D": Kind(std=0.02),
    "batch norm and start 0.02": Kind(batch_norm=True, std=0.02),
    "betas 0.9, 0.999": Kind(betas=(0.9, 0.999)),
    "D a quarter as wide": Kind(judge=WIDTH // 4),
}


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: a key of ``KINDS``.
        seed: of the weights, the batches and the codes.
    """

    kind: str = PLAIN
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a game, and what 5,000 samples of its averaged G are worth.

    Attributes:
        lr: Adam's step size of both players, the better one on the seed that chooses.
        modes: of 100, with one sample at least.
        fair: modes with a quarter of their fair share at least.
        kl: divergence of the modes' shares from even ones, in nats.
        sure: share of samples of whose digits the classifier is surer than 0.9.
    """

    lr: float = STEP_SIZES[0]
    modes: int = 0
    fair: int = 0
    kl: float = 0.0
    sure: float = 0.0


@cache
def small_digits() -> Tensor:
    """Return the training digits, (N, 1, 16, 16)."""
    return digits()


def model(run: Run, lr: float = STEP_SIZES[0], **options: Any) -> GAN:  # noqa: ANN401
    """Build both players; those of one kind and seed are the same each time."""
    seed(run.seed)
    kind, shape = KINDS[run.kind], (STACK, SIDE, SIDE)
    return GAN(
        DCGANGenerator(width=WIDTH, event_shape=shape),
        DCGANDiscriminator(kind.judge, shape, kind.batch_norm, kind.std),
        loss=kind.loss(),
        penalties=[penalty(GAMMA, closed=True) for penalty in kind.penalties],
        stabilisers=[SpectralNorm()] if kind.spectral else [],
        event_shape=shape,
        lr=lr,
        betas=kind.betas,
        **options,
    )


def played(run: Run, lr: float, rounds: int) -> Tensor:
    """Play one game, and return samples of the average of its generators."""
    options = {"precision": "bf16", "channels_last": True, "progress": False, "seed": run.seed}
    data = PerBatch(partial(stacked, channels=STACK), small_digits())
    game = model(run, lr, schedule="cosine")
    history = fit(game, data, steps=rounds, batch_size=BATCH, ema=0.99, **options)
    return drawn(history.ema, COUNTED)


def numbers(images: Tensor) -> tuple[int, int, float, float]:
    """Return what the columns of the table say of small stacks."""
    said = labels(images)
    one, quarter = (labelled_modes(said, least=least) for least in (0.0, 0.25))
    return one.found, quarter.found, rounded(one.kl), rounded(one.good)


@cache
def step_size(kind: str, rounds: int) -> float:
    """Return the step size whose shares of modes are more even on the choosing seed."""
    run = Run(kind, CHOOSING)
    return min(STEP_SIZES, key=lambda lr: numbers(played(run, lr, rounds))[2])


def rows(run: Run, rounds: int) -> list[Row]:
    """Play one game with its kind's step size, and count the modes of its samples."""
    lr = step_size(run.kind, rounds)
    return [Row(*astuple(run), lr, *numbers(played(run, lr, rounds)))]


RECIPE = Table(
    name="a-thousand-modes",
    summary="what makes a game lose modes, on stacks of two digits",
    steps=ROUNDS,
    cases=lambda: [Run(kind, number) for kind in KINDS for number in SEEDS],
    row=Row,
    run_case=rows,
    about=f"two digits of {SIDE} x {SIDE}, a hundred modes, {{steps}} rounds of {BATCH}; the step "
    f"size is the better of {STEP_SIZES} on seed {CHOOSING}",
)
read, column = RECIPE.read, RECIPE.column
