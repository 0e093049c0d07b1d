"""Every family of the book on one set of digits, for one budget: a table with its kinds of numbers.

``--steps`` is the budget, in CPU seconds of training a run (of one thread).

Chapter: "Bounds and estimates".
"""

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial
from time import perf_counter, process_time

import torch
from torch import Tensor

from genlib import Model, coding, fit, seed
from genlib.autoregressive import MADE
from genlib.latent import VQVAE, GaussianMixture
from genlib.likelihoods import Symbols
from genlib.metrics import LogWeights, ais, authenticity, bidirectional, features, vendi
from genlib.nn import one_thread
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.families import (
    FAMILIES,
    SQUEEZE,
    Family,
    as_bits,
    bits,
    data,
    decoder_of,
    enlarged,
    lattice,
    log_partition,
)
from genlib.recipes.experiments.rounding import rounded
from genlib.recipes.experiments.samples import compared, in_parts
from genlib.runtime import seeded

SECONDS = 30
SEEDS = range(2)
BATCH = 64
TEST = 500  # images whose likelihood is found where that is cheap
FEW = 32  # and where it is not
SAMPLES = 1_000
REFERENCE = 2_000  # test images that samples are compared with
MIXED = 20_000  # training images of a mixture, which are looked at all at once
CLOSE = 300  # samples whose nearest training image is looked for
CODED = 200  # images in a file
DRAWS = 500  # K of an importance bound
BOXES = 16  # K of a density over a pixel's box
REAL = "other digits"  # the row of the data themselves
TRIAL = (5, 25)  # steps by whose difference a step is timed
STEPS_OF_SAMPLES = {"DDPM": {"steps": 25}, "flow matching": {"steps": 25, "method": "euler"}}
NONE = math.nan


@dataclass(frozen=True)
class Case:
    """What decides one run.

    Attributes:
        family: a key of ``FAMILIES``, or ``REAL``: as many validation images.
        seed: of the weights, the batches and the samples.
    """

    family: str = "VAE"
    seed: int = 0


@dataclass(frozen=True)
class Row(Case):
    """One line of the table.

    Attributes:
        seconds: of CPU that the training took.
        images: that it saw.
        parameters: of the model.
        score: what kind of number ``nats`` is, see ``Family``.
        nats: log P of a test image, as well as it is known.
        gap: how far a second, weaker number lies from it: of ``importance`` the ELBO, of
            ``dequantised`` one draw, of ``equation`` half the steps; of ``annealed`` the bracket of
            simulated images, of ``partition`` a standard error.
        flip: the chance to flip a pixel that a decoder without a likelihood was given.
        distance: Fréchet's, to the first 2,000 test images, by ``digit-classifier``.
        precision: and
        recall: by the same features.
        vendi: by the same features.
        authentic: share of samples that are no near copies of training images.
        labels: found, of ten.
        kl: of the label shares from even ones, in nats.
        milliseconds: a sample.
        bytes: a test image, coded without loss.
    """

    seconds: float = 0.0
    images: int = 0
    parameters: int = 0
    score: str = ""
    nats: float = NONE
    gap: float = NONE
    flip: float = NONE
    distance: float = NONE
    precision: float = NONE
    recall: float = NONE
    vendi: float = NONE
    authentic: float = NONE
    labels: int = 0
    kl: float = NONE
    milliseconds: float = NONE
    bytes: float = NONE


def cases() -> list[Case]:
    """Return every family, seed after seed."""
    return [Case(family, number) for number in SEEDS for family in (REAL, *FAMILIES)]


def trained(family: Family, seconds: float, number: int) -> tuple[Model, float, int]:
    """Return a model that was trained for so many CPU seconds, how many it took, and images seen.

    A VQ-VAE has 70 per cent of them, and its prior the rest.
    """
    seed(number)
    model = family.build()
    if isinstance(model, GaussianMixture):
        return model, *mixed(model, seconds, number)
    if not isinstance(model, VQVAE):
        spent = budgeted(family.build, model, data(family.space), seconds, number)
        return model.eval(), *spent
    first = budgeted(family.build, model, data(family.space), 0.7 * seconds, number)
    codes, prior = model.encode(bits("train")), code_model(model)
    second = budgeted(partial(code_model, model), prior, codes, 0.3 * seconds, number)
    model.prior = prior
    return model.eval(), first[0] + second[0], first[1] + second[1]


def code_model(model: VQVAE) -> MADE:
    """Return a model of the codes of a VQ-VAE."""
    options = {"event_shape": model.code_shape, "likelihood": Symbols(model.entries)}
    return MADE((256,), lr=3e-3, schedule="cosine", **options)


def budgeted(
    build: Callable[[], Model], model: Model, x: object, seconds: float, number: int
) -> tuple[float, int]:
    """Train a model for so many CPU seconds, as a trial of another one foretells.

    Returns:
        how many seconds it took, and how many images it saw.
    """
    options = {"batch_size": BATCH, "device": "cpu", "progress": False}
    trials = []
    for steps in TRIAL:
        begin = process_time()
        fit(build(), x, steps=steps, seed=number, **options)
        trials.append(process_time() - begin)
    each = max((trials[1] - trials[0]) / (TRIAL[1] - TRIAL[0]), 1e-5)
    steps = max(1, round(seconds / each))
    begin = process_time()
    fit(model, x, steps=steps, seed=number, **options)
    spent = process_time() - begin
    updates = sum(player.updates for player in model.players()) / len(model.players())
    return spent, round(steps * BATCH * updates)


def mixed(model: GaussianMixture, seconds: float, number: int) -> tuple[float, int]:
    """Fit a mixture by EM until it has had so many CPU seconds, or gains no more."""
    x = bits("train")[:MIXED]
    generator = torch.Generator().manual_seed(number)
    x = (x + torch.rand(x.shape, generator=generator)) / 2
    begin, seen, resume = process_time(), 0, False
    while process_time() - begin < seconds:
        history = model.em(x, steps=1, tolerance=0.0, resume=resume, generator=generator)
        values = history["log_likelihood"]
        seen, resume = seen + len(x), True
        if values[-1] - values[0] < 1e-3 and seen > len(x):
            break
    return process_time() - begin, seen


def measured(model: Model, family: Family) -> dict[str, float]:
    """Return nats, gap and flip: log P of test images, by what the family offers."""
    x = bits("test")[:TEST]
    with torch.no_grad():
        return SCORES[family.score](model, x)


def exact(model: Model, x: Tensor) -> dict[str, float]:
    """Return log P itself."""
    return {"nats": mean(model.log_prob, x), "gap": 0.0}


def one_code(model: Model, x: Tensor) -> dict[str, float]:
    """Return the bound of the code that stands for an image."""
    return {"nats": mean(model.elbo, x)}


def importance(model: Model, x: Tensor) -> dict[str, float]:
    """Return a bound of many codes, and how much lower that of one is."""
    nats = mean(partial(model.log_prob, samples=DRAWS), x)
    return {"nats": nats, "gap": nats - mean(partial(model.elbo, samples=20), x)}


def dequantised(model: Model, x: Tensor) -> dict[str, float]:
    """Return a bound of many points of a pixel's box, and how much lower that of one is."""
    one, many = (mean(partial(lattice, model.log_prob, draws=k), x) for k in (1, BOXES))
    return {"nats": many, "gap": many - one}


def chain(model: Model, x: Tensor) -> dict[str, float]:
    """Return the bound of a chain of noise, at one point of each box."""
    bound = partial(model.elbo, samples=100)
    return {"nats": mean(partial(lattice, bound, draws=1), x[:FEW])}


def equation(model: Model, x: Tensor) -> dict[str, float]:
    """Return what an equation gives, and how much half the steps change it."""
    densities = [partial(solved, model, steps=steps) for steps in (20, 40)]
    coarse, fine = (mean(partial(lattice, one, draws=4), x[:FEW]) for one in densities)
    return {"nats": fine, "gap": abs(fine - coarse)}


def partition(model: Model, x: Tensor) -> dict[str, float]:
    """Return minus the energy less an annealed log Z, which is too low in the mean."""
    weights = log_partition(model)
    nats = -mean(model.energy, x) - weights.estimate.item()
    return {"nats": nats, "gap": weights.error.item()}


def solved(model: Model, x: Tensor, *, steps: int) -> Tensor:
    """Return the density by the equation, by four random signs a step, always the same."""
    generator = torch.Generator().manual_seed(0)
    return model.log_prob(x, steps=steps, method="euler", probes=4, generator=generator)


def mean(log_prob: Callable[[Tensor], Tensor], x: Tensor) -> float:
    """Return the mean over images, in parts."""
    return torch.cat([log_prob(part).double() for part in x.split(100)]).mean().item()


def annealed(model: Model, x: Tensor) -> dict[str, float]:
    """Return log P by annealed importance sampling from the prior, with its gap.

    The chance to flip a pixel is chosen on validation images.
    """
    model.requires_grad_(requires_grad=False)
    flips = SQUEEZE if getattr(model, "likelihood", None) is None else (NONE,)
    chosen = bits("validation")[:8]
    small = {"chains": 8, "steps": 60, "scouts": 2}
    found = {flip: run(decoder_of(model, flip), chosen, **small) for flip in flips}
    flip = max(found, key=lambda one: found[one].estimate.mean().item())
    decoder, options = decoder_of(model, flip), {"chains": 8, "steps": 400, "scouts": 2}
    weights = run(decoder, x[:FEW], **options)
    own, codes = decoder.simulate(FEW // 2)
    bracket = bidirectional(decoder.log_joint(own), decoder.prior(len(own)), codes, **options)
    return {
        "nats": weights.estimate.mean().item(),
        "gap": bracket.gap.mean().item(),
        "flip": flip,
    }


def run(decoder: object, x: Tensor, **options: int) -> LogWeights:
    """Return the weights of annealing from the prior."""
    return ais(decoder.log_joint(x), decoder.prior(len(x)), **options)


SCORES = {
    "exact": exact,
    "code": one_code,
    "importance": importance,
    "dequantised": dequantised,
    "chain": chain,
    "equation": equation,
    "partition": partition,
    "annealed": annealed,
}


@cache
def real() -> tuple[Tensor, Tensor]:
    """Return the features of all training images, and of the test images of a comparison."""
    return features(enlarged(bits("train"))), features(enlarged(bits("test")[:REFERENCE]))


def judged(images: Tensor) -> dict[str, float]:
    """Return what samples, as bits, are worth to the digit classifier."""
    train, test = real()
    large = enlarged(images)
    found = compared(large, test, low=0.0)
    own = features(large)
    names = ("distance", "precision", "recall", "kl")
    rest = {"vendi": vendi(own), "authentic": authenticity(train, own[:CLOSE])}
    return {name: found[name] for name in names} | rest | {"labels": int(found["labels"])}


def drawn(model: Model, case: Case, space: str) -> tuple[Tensor, float]:
    """Return samples as bits, and milliseconds a sample."""
    options = STEPS_OF_SAMPLES.get(case.family, {})
    begin = perf_counter()
    found = in_parts(lambda n, **told: model.sample(n, **told, **options), SAMPLES, case.seed)
    return as_bits(found, space), 1000 * (perf_counter() - begin) / SAMPLES


def coded(model: Model) -> float:
    """Return bytes a test image, nan if the model cannot code."""
    x = bits("test")[:CODED]
    try:
        return len(coding.encode(model, x)) / len(x)
    except ValueError:
        return NONE


def others(number: int) -> Tensor:
    """Return as many validation images as there are samples."""
    x = bits("validation")
    return x[torch.randperm(len(x), generator=torch.Generator().manual_seed(number))[:SAMPLES]]


def row(case: Case, seconds: float) -> Row:
    """Train one model and measure it."""
    with one_thread(), seeded(case.seed, torch.device("cpu")):
        if case.family == REAL:
            return filled(case, judged(others(case.seed)))
        family = FAMILIES[case.family]
        model, spent, images = trained(family, seconds, case.seed)
        numbers = {"seconds": spent, "images": images, "score": family.score}
        numbers["parameters"] = sum(weight.numel() for weight in model.state_dict().values())
        numbers |= measured(model, family)
        samples, numbers["milliseconds"] = drawn(model, case, family.space)
        return filled(case, numbers | judged(samples) | {"bytes": coded(model)})


def filled(case: Case, numbers: dict[str, float]) -> Row:
    """Return a row whose numbers have five digits at most."""
    kept = {n: rounded(v, 5) if isinstance(v, float) else v for n, v in numbers.items()}
    return Row(*astuple(case), **kept)


RECIPE = Table(
    name="all-families",
    summary="every family, one set of digits, one budget",
    steps=SECONDS,
    cases=cases,
    row=Row,
    run_case=lambda case, seconds: [row(case, seconds)],
    about=f"digits of 14 x 14 bits, {{steps}} CPU seconds of one thread a run, batches of {BATCH}; "
    f"likelihoods of the first {TEST} test images ({FEW} where annealed or solved), "
    f"{SAMPLES:,} samples",
)
read, column = RECIPE.read, RECIPE.column
