"""Losses and penalties on stacked digits, and what turns mode collapse on again: a table.

One thing changes at a time: the loss and the penalty, from a discriminator without batch norm
that starts as He et al. do; or, without a penalty, one of the habits of other papers.

Chapter: "Stabilising GANs".
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

from torch import Tensor

from genlib import Model, fit, seed
from genlib.data import PerBatch, load, stacked
from genlib.gans import DCGAN, R1, R2, Hinge, NonSaturating, Relativistic, SpectralNorm
from genlib.gans.networks.dcgan import STD
from genlib.metrics import Modes
from genlib.recipes.experiments import Table, samples
from genlib.recipes.stacked_digits import modes_of

SEEDS = range(3)
WIDTH = 16
BATCH = 32
ROUNDS = 3000
LR = 5e-4
SAMPLES = 10_000  # even shares would leave KL 0.05, by chance alone
GAMMA = 1.0
EMA = 0.999
LOSSES = {"non-saturating": NonSaturating, "relativistic": Relativistic, "hinge": Hinge}
PENALTIES = {"no penalty": (), "R1": (R1,), "R1 + R2": (R1, R2)}


@dataclass(frozen=True)
class Kind:
    """What a game is told.

    Attributes:
        loss: a key of ``LOSSES``.
        penalty: a key of ``PENALTIES``.
        spectral: whether D's layers are divided by their largest singular values.
        options: what else ``DCGAN`` is told.
    """

    loss: str = "non-saturating"
    penalty: str = "no penalty"
    spectral: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def model(self) -> DCGAN:
        """Build both players."""
        penalties = [one(GAMMA, closed=True) for one in PENALTIES[self.penalty]]
        told = {"width": WIDTH, "event_shape": (3, 28, 28), "batch_norm": False, "std": None}
        told |= {"betas": (0.0, 0.99), "lr": LR} | dict(self.options)
        stabilisers = [SpectralNorm()] if self.spectral else []
        loss = LOSSES[self.loss]()
        return DCGAN(loss=loss, penalties=penalties, stabilisers=stabilisers, **told)


def habit(**options: object) -> Kind:
    """Return the game without a penalty, with one thing changed."""
    return Kind(options=options)


BASE = "non-saturating, no penalty"
KINDS = {
    BASE: Kind(),
    "non-saturating, R1": Kind(penalty="R1"),
    "relativistic, no penalty": Kind("relativistic"),
    "relativistic, R1 + R2": Kind("relativistic", "R1 + R2"),
    "hinge, spectral norm": Kind("hinge", spectral=True),
    "batch norm in D, weights from N(0, 0.02)": habit(batch_norm=True, std=STD),
    "betas 0.5, 0.999": habit(betas=(0.5, 0.999)),
}


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: what is different, a key of ``KINDS``.
        seed: of the weights, the batches and the codes.
    """

    kind: str = BASE
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: the modes that 10,000 samples find, of 1,000.

    ``kl`` is the divergence of their shares from even ones in nats, ``sure`` the share of samples
    all of whose three digits the classifier is surer of than 0.9; ``averaged_`` is the same of
    the averaged generator.
    """

    modes: int = 0
    kl: float = 0.0
    sure: float = 0.0
    averaged_modes: int = 0
    averaged_kl: float = 0.0
    averaged_sure: float = 0.0


def digits() -> Tensor:
    """Return the training images, in [-1, 1]."""
    return load("mnist").symmetric()


def judge(model: Model) -> tuple[int, float, float]:
    """Return modes, KL and the share of sure samples."""
    found: Modes = modes_of(samples.drawn(model, SAMPLES))
    return found.found, float(f"{found.kl:.3g}"), float(f"{found.good:.3g}")


def rows(run: Run, rounds: int) -> list[Row]:
    """Play one game, and judge both generators."""
    seed(run.seed)
    model = KINDS[run.kind].model()
    options = {"precision": "bf16", "channels_last": True, "progress": False, "ema": EMA}
    data = PerBatch(stacked, digits())
    history = fit(model, data, steps=rounds, batch_size=BATCH, seed=run.seed, **options)
    return [Row(*astuple(run), *judge(model), *judge(history.ema))]


RECIPE = Table(
    name="stacked-digits-losses",
    summary="losses and penalties on stacked digits, and what turns mode collapse on, three seeds",
    steps=ROUNDS,
    cases=lambda: [Run(kind, number) for number in SEEDS for kind in KINDS],
    row=Row,
    run_case=rows,
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, {{steps}} rounds of {BATCH} pictures of 28 x 28, "
    f"width {WIDTH}; {SAMPLES:,} samples",
)
read, column = RECIPE.read, RECIPE.column
