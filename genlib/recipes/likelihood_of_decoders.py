"""How near estimates of a decoder's likelihood come, and at what price: a table of small runs.

Two decoders: a linear one, whose likelihood is known exactly, and the stored VAE. Each seed has
images of its own, which all methods of that seed share, so that their differences are paired.

Chapter: "Likelihood of decoders".
"""

import math
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import cache

import torch
from torch import Tensor
from torch.distributions import Independent

from genlib import latent, runtime, zoo
from genlib.data import load
from genlib.metrics import (
    Bracket,
    Decoder,
    LogWeights,
    ais,
    bidirectional,
    gaussian_codes,
    importance,
)
from genlib.nn import one_thread
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.decoders import decoder_of, linear_decoder
from genlib.recipes.experiments.rounding import rounded

IMAGES = {"linear": 16, "vae": 12}
SEEDS = range(5)
MORE_SEEDS = range(5, 7)  # of the longest run on the linear decoder: 112 images in all
LONGEST = ("linear", "real", "prior", 3000, 1, "power")
PASSES = 3  # what a gradient costs: the pass forward, and twice as much for the way back
NONE = math.nan


@cache
def stored(name: str = "vae") -> latent.VAE:
    """Return a stored model, whose weights want no gradients."""
    return zoo.load(name).requires_grad_(requires_grad=False)


def order(seed: int) -> Tensor:
    """Return the places of the test digits, shuffled."""
    return torch.randperm(10_000, generator=runtime.generator(seed))


@dataclass(frozen=True)
class Case:
    """What decides one row.

    Attributes:
        model: ``"linear"`` or ``"vae"``.
        images: ``"real"`` test digits, or ``"simulated"`` ones, bracketed from both sides.
        start: where codes come from, ``"prior"`` or ``"encoder"``.
        draws: K of importance sampling, where ``leaps`` is 0; else T, the number of temperatures.
        leaps: leapfrog steps in a move.
        schedule: of the temperatures.
        seed: of the images and the draws.
    """

    model: str = "linear"
    images: str = "real"
    start: str = "prior"
    draws: int = 1000
    leaps: int = 1
    schedule: str = "power"
    seed: int = 0

    @property
    def chains(self) -> dict[str, int]:
        """How many chains and scouts run for an image."""
        return {"chains": 16, "scouts": 4} if self.model == "linear" else {"chains": 4, "scouts": 2}

    @property
    def effort(self) -> int:
        """Passes through the decoder for one image; one with a gradient counts as three."""
        if not self.leaps:
            return self.draws
        visits = 1 + (self.draws - 1) * self.leaps
        back = self.chains["chains"] if self.images == "simulated" else 0
        return PASSES * visits * (sum(self.chains.values()) + back)


@dataclass(frozen=True)
class Row(Case):
    """One line of the table, in nats, means over the images of a seed.

    Attributes:
        passes: through the decoder for one image.
        estimate: of log p(x), from below.
        rmse: root of the mean square error of one image's estimate, where log p(x) is known.
        bias: estimate less log p(x), likewise.
        upper: bound of log p(x), of simulated images.
        effective: median effective sample size.
    """

    passes: int = 0
    estimate: float = NONE
    rmse: float = NONE
    bias: float = NONE
    upper: float = NONE
    effective: float = NONE


def cases() -> list[Case]:
    """Return what is compared: on the linear decoder, and on the stored one."""
    return [
        *(Case(*kind, seed) for kind in kinds() for seed in SEEDS),
        *(Case(*LONGEST, seed) for seed in MORE_SEEDS),
    ]


def kinds() -> Iterator[tuple[object, ...]]:
    """Yield all that decides a row but its seed."""
    for steps in (100, 300, 1000, 3000):
        yield "linear", "real", "prior", steps, 1, "power"
    for schedule in ("linear", "geometric", "sigmoid"):
        yield "linear", "real", "prior", 1000, 1, schedule
    yield "linear", "real", "prior", 100, 10, "power"
    for draws in (50, 500, 5000, 50_000):
        yield "vae", "real", "encoder", draws, 0, "none"
    yield "vae", "real", "prior", 5000, 0, "none"
    yield "vae", "real", "prior", 1000, 1, "power"
    yield "vae", "real", "encoder", 300, 1, "power"
    for images in ("real", "simulated"):
        yield "vae", images, "encoder", 60, 5, "power"
    yield "vae", "simulated", "prior", 1000, 1, "power"
    yield "vae", "simulated", "encoder", 300, 5, "power"


def setting(case: Case) -> tuple[Decoder, Tensor, Tensor | None]:
    """Return the decoder of a case, its images, and their codes where these are known."""
    number = IMAGES[case.model]
    chosen = order(case.seed)[:number]
    if case.model == "linear":
        return linear_decoder()[0], load("mnist", "test").unit()[chosen].flatten(1), None
    decoder = decoder_of(stored())
    if case.images == "simulated":
        return decoder, *decoder.simulate(number)
    return decoder, load("mnist", "test").binary(seed=0)[chosen], None


def estimated(case: Case) -> tuple[Tensor, LogWeights | Bracket]:
    """Return the images of a case, and what its method finds."""
    with runtime.seeded(case.seed, torch.device("cpu")):
        decoder, x, codes = setting(case)
        start: Independent = decoder.prior(len(x))
        if case.start == "encoder":
            start = gaussian_codes(*stored().encode(x))
        joint = decoder.log_joint(x)
        if not case.leaps:
            return x, importance(joint, start, case.draws)
        how = {"steps": case.draws, "leaps": case.leaps, "schedule": case.schedule} | case.chains
        if codes is not None:
            return x, bidirectional(joint, start, codes, **how)
        return x, ais(joint, start, **how)


def rows(case: Case, _steps: int) -> list[Row]:
    """Return the row of one case."""
    with one_thread():
        x, found = estimated(case)
    weights = found.forward if isinstance(found, Bracket) else found
    numbers = {"estimate": weights.estimate.mean(), "effective": weights.effective.median()}
    if isinstance(found, Bracket):
        numbers["upper"] = found.upper.mean()
    if case.model == "linear":
        error = weights.estimate - linear_decoder()[1].log_prob(x.double())
        numbers |= {"bias": error.mean(), "rmse": error.square().mean().sqrt()}
    kept = {name: rounded(value.item(), 6) for name, value in numbers.items()}
    return [Row(*astuple(case), passes=case.effort, **kept)]


RECIPE = Table(
    name="likelihood-of-decoders",
    summary="estimates of log p(x) by their price",
    steps=1,
    cases=cases,
    row=Row,
    run_case=rows,
    about="16 (linear) or 12 (vae) images a seed; a pass with its gradient counts as 3",
)
read, column = RECIPE.read, RECIPE.column
