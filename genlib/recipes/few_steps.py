"""How few evaluations of a network make a digit: a table of solvers, shortcuts and a GAN.

Chapter: "Flow matching".
"""

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial
from time import perf_counter

import torch
from torch import Tensor

from genlib import fit, zoo
from genlib.data import load
from genlib.diffusion import EVALUATIONS, Consistency, FlowMatching, length_over_chord
from genlib.metrics import (
    digit_features,
    features,
    frechet,
    label_probabilities,
    labelled_modes,
)
from genlib.model import Model
from genlib.recipes.experiments import Table, samples
from genlib.recipes.experiments.rounding import rounded

SEEDS = range(3)  # of the noise, the couples and the further training
SAMPLES = 2_000
STEPS = 600  # of reflow; distilling and consistency have a share of them
SHARE = 0.6
LR = 1e-3
RATES = {"consistency": 3e-4, "consistency at 0.001": LR}  # at the second its loss explodes
BATCH = 32
COUPLES = 3_000
TRAINING = {"batch_size": BATCH, "precision": "bf16", "channels_last": True, "ema": 0.99}
PATHS = 100  # whose length is measured
FINE = 20  # Heun steps, of the couples half as many
MANY = 50  # evaluations that take long: on the first seed only
WAYS = {
    "digits": (0,),
    "DCGAN": (1,),
    "Euler": (1, 2, 4, 10, 50),
    "Heun": (2, 4, 10, 50),
    "reflow": (1, 2, 4, 10),
    "distilled": (1,),
    "consistency": (1, 2, 4),
    "consistency at 0.001": (1,),
}
Draw = Callable[..., Tensor]


@dataclass(frozen=True)
class Case:
    """What decides one set of samples.

    Attributes:
        way: a key of ``WAYS``: ``digits`` are other real ones; ``Euler`` and ``Heun`` solve the
            equation of the stored ``flow-matching``; ``reflow`` is trained further on its couples;
            ``distilled`` is that, trained on from noise in one step; ``consistency`` is trained
            with the stored model as teacher, at a step size of its own and at that of the others.
        evaluations: of the network, for a sample.
        seed: of all randomness.
    """

    way: str = "Euler"
    evaluations: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Row(Case):
    """One line of the table: how the samples compare with the test digits.

    Attributes:
        distance: Fréchet's, in the stored ``digit-classifier``'s features.
        sure: share of the samples whose label the classifier is surer of than 0.9.
        entropy: of the label shares, in nats; log 10 at most.
        seconds: of drawing all samples.
        training: seconds of the further training, with the couples.
        bend: mean length of the paths over their chords, where there are paths.
    """

    distance: float = 0.0
    sure: float = 0.0
    entropy: float = 0.0
    seconds: float = 0.0
    training: float = 0.0
    bend: float | None = None


def cases() -> list[Case]:
    """Return every way with every number of evaluations, seed after seed."""
    return [
        Case(way, n, seed)
        for seed in SEEDS
        for way, counts in WAYS.items()
        for n in counts
        if n < MANY or seed == SEEDS[0]
    ]


def stored() -> FlowMatching:
    """Load the stored model."""
    return zoo.load("flow-matching", device="cpu")


def further(model: Model, data: object, steps: int, seed: int) -> Model:
    """Train a model and return its average."""
    options = {"steps": max(1, steps), "seed": seed, "device": "cpu", "progress": False}
    return fit(model, data, **options, **TRAINING).ema


def student(kind: type[Model], start: FlowMatching, *, lr: float = LR, **options: object) -> Model:
    """Build a model that starts with the weights of another."""
    model = kind(lr=lr, schedule="cosine", **options)
    model.network.load_state_dict(start.network.state_dict())
    return model


@cache
def couples(seed: int) -> tuple[tuple[Tensor, ...], float]:
    """Return data and noise that the stored model joins, and the seconds it took."""
    begin = perf_counter()
    draw = partial(fast(stored()).couples, steps=FINE // 2, method="heun")
    generator = torch.Generator().manual_seed(seed)
    with torch.autocast("cpu", torch.bfloat16):
        parts = [
            draw(samples.TOGETHER, generator=generator) for _ in range(COUPLES // samples.TOGETHER)
        ]
    return tuple(torch.cat(part) for part in zip(*parts, strict=True)), perf_counter() - begin


@cache
def trained(way: str, seed: int, steps: int) -> tuple[Model, float]:
    """Return the model of a way, and the seconds of its further training."""
    if way in ("Euler", "Heun"):
        return stored(), 0.0
    if way == "DCGAN":
        return zoo.load("dcgan", device="cpu"), 0.0
    if way in RATES:
        begin = perf_counter()
        model = student(Consistency, stored(), lr=RATES[way], teacher=stored())
        model = further(model, load("mnist").dequantised(), round(SHARE * steps), seed)
    elif way == "reflow":
        pairs, spent = couples(seed)
        begin, model = perf_counter() - spent, student(FlowMatching, stored(), coupled=True)
        model = further(model, pairs, steps, seed)
    else:
        start, spent = trained("reflow", seed, steps)
        begin = perf_counter() - spent
        model = student(FlowMatching, start, coupled=True, earliest=1.0)
        model = further(model, couples(seed)[0], round(SHARE * steps), seed)
    return model, perf_counter() - begin


def fast(model: Model) -> Model:
    """Lay a model out as it computes fastest."""
    return model.to(memory_format=torch.channels_last)


def sampler(case: Case, model: Model) -> Draw:
    """Return what draws the samples of a case."""
    if case.way == "DCGAN":
        return model.sample
    if case.way in RATES:
        return partial(model.sample, steps=case.evaluations)
    method = "heun" if case.way == "Heun" else "euler"
    steps = case.evaluations // EVALUATIONS[method]
    return partial(model.sample, steps=steps, method=method)


@cache
def bend(way: str, seed: int, steps: int) -> float:
    """Return the mean length over chord of a way's paths, from noise to data."""
    model = trained(way, seed, steps)[0]
    noise = torch.randn(PATHS, *model.event_shape, generator=torch.Generator().manual_seed(seed))
    times = torch.linspace(1, 0, FINE + 1)
    return length_over_chord(model.velocity, noise, times).mean().item()


def others(seed: int) -> Tensor:
    """Return real digits that are not among the test images."""
    x = load("mnist").unit()
    return x[torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))[:SAMPLES]]


def row(case: Case, steps: int) -> Row:
    """Draw the samples of a case and compare them with all test digits."""
    if case.way == "digits":
        return judged(case, others(case.seed), 0.0, 0.0, 0.0, None)
    model, training = trained(case.way, case.seed, steps)
    draw, begin = sampler(case, fast(model)), perf_counter()
    with torch.autocast("cpu", torch.bfloat16):
        found = samples.in_parts(draw, SAMPLES, case.seed)
    seconds = perf_counter() - begin
    length = bend(case.way, case.seed, steps) if case.way in ("Euler", "reflow") else None
    low = samples.LOW if case.way == "DCGAN" else 0.0
    return judged(case, found.float(), low, seconds, training, length)


def judged(
    case: Case, found: Tensor, low: float, seconds: float, training: float, length: float | None
) -> Row:
    """Return the row of some samples."""
    found = found.clamp(low, 1)
    distance = frechet(features(found, low=low), digit_features("test"))
    shares = labelled_modes(label_probabilities(found, low=low))
    numbers = (distance, shares.good, math.log(10) - shares.kl, seconds, training)
    return Row(*astuple(case), *map(rounded, numbers), None if length is None else round(length, 4))


RECIPE = Table(
    name="few-steps",
    summary="digits by one to fifty evaluations of a network",
    steps=STEPS,
    cases=cases,
    row=Row,
    run_case=lambda case, steps: [row(case, steps)],
    about=f"{SAMPLES:,} samples against all test images; {COUPLES:,} couples, {{steps}} steps of "
    f"reflow, {SHARE:g} times as many of distilling and of consistency, batches of {BATCH}, step "
    f"size {LR:g}, of consistency {RATES['consistency']:g} too; seeds {SEEDS[0]} to {SEEDS[-1]}",
)
read, column = RECIPE.read, RECIPE.column
