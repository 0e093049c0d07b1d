"""What each score of samples makes of known damage, and of stored models: a table of scores.

For each seed the test digits, none of which the classifier was trained on, are shuffled: the first
4,000 are a training set, of which the first half is the reference that scores compare with; the
others are fresh. Samples are 2,000 fresh digits, damaged in one way, or copies.

Stored models have the 55,000 training digits as their training set. Those of black and white pixels
are compared with black and white digits, drawn pixel by pixel from the grey ones.

Chapter: "Evaluating samples".
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from functools import cache, partial

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from genlib import metrics, runtime, zoo
from genlib.data import load
from genlib.metrics import digit_features, features, label_probabilities
from genlib.nn import one_thread
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded
from genlib.recipes.experiments.samples import in_parts, in_unit

N = 2000  # samples, and examples of the reference
SEEDS = range(10)
REAL_SEEDS = range(20)  # of undamaged digits: their spread is what damage is measured in
MODEL_SEEDS = range(5)
FEWER_SEEDS = range(3)  # of the models beside the DCGAN, a row of which takes up to a minute
NONE = "none"
REAL = "real, 55,000"  # fresh digits beside the training set of a stored model
BINARY = "real, binary"  # the same in black and white


@dataclass(frozen=True)
class Stored:
    """How a stored model draws digits.

    Attributes:
        name: of its weights.
        symmetric: whether it draws in [-1, 1].
        binary: whether its pixels are black or white, and so are the digits beside them.
        mean: whether the mean image of each code is taken, in place of pixels drawn from it.
        how: what else ``sample`` is told.
    """

    name: str
    symmetric: bool = False
    binary: bool = False
    mean: bool = False
    how: Mapping[str, object] = field(default_factory=dict)


GAMES = ("dcgan", "big-gan", "conditional-gan")
FLOWS = ("nice", "real-nvp", "glow")
PIXELS = ("vae", "iwae", "residual-vae", "pixelcnn")  # models of binary pixels
MODELS = {
    **{name: Stored(name, symmetric=True) for name in GAMES},
    "ddpm, DDIM 20": Stored("ddpm", how={"steps": 20, "method": "ddim"}),
    "flow-matching, Euler 20": Stored("flow-matching", how={"steps": 20, "method": "euler"}),
    **{name: Stored(name) for name in FLOWS},
    "vae, mean images": Stored("vae", mean=True),
    **{name: Stored(name, binary=True) for name in PIXELS},
}


@dataclass(frozen=True)
class Digits:
    """The digits of one seed, each with shape (2000, 1, 28, 28), in [0, 1].

    Attributes:
        reference: half of the training set.
        rest: its other half.
        fresh: of the same distribution, not trained on, (6000, 1, 28, 28).
        labels: of the fresh ones.
    """

    reference: Tensor
    rest: Tensor
    fresh: Tensor
    labels: Tensor


def digits(seed: int) -> Digits:
    """Return the test digits, shuffled and cut."""
    order = torch.randperm(10_000, generator=runtime.generator(seed))
    x, label = (each[order] for each in load("mnist", "test").unit(labels=True))
    return Digits(x[:N], x[N : 2 * N], x[2 * N :], label[2 * N :])


def blurred(x: Tensor, width: float) -> Tensor:
    """Return images after a Gaussian blur of a standard deviation in pixels."""
    places = torch.arange(-6, 7)
    kernel = torch.exp(-0.5 * (places / width) ** 2)
    kernel = (kernel / kernel.sum()).to(x)
    rows = conv2d(pad(x, (6, 6, 6, 6)), kernel.view(1, 1, 1, -1))
    return conv2d(rows, kernel.view(1, 1, -1, 1)).clamp(0, 1)


def noisy(x: Tensor, scale: float) -> Tensor:
    """Return images with Gaussian noise, the same at each call, clipped to [0, 1]."""
    noise = torch.randn(x.shape, generator=runtime.generator(len(x)), dtype=x.dtype)
    return (x + scale * noise).clamp(0, 1)


def shifted(x: Tensor, pixels: float) -> Tensor:
    """Return images moved to the right."""
    return pad(x, (int(pixels), 0, 0, 0))[..., : x.shape[3]]


def inverted(x: Tensor, share: float) -> Tensor:
    """Return images mixed with their negatives; a share of 1 leaves these alone."""
    return (1 - share) * x + share * (1 - x)


def without_classes(of: Digits, classes: float) -> Tensor:
    """Return fresh digits, as many as ever, of which the last labels are missing."""
    return of.fresh[of.labels < 10 - classes][:N]


def few(of: Digits, distinct: float) -> Tensor:
    """Return so many distinct fresh digits, as many of each label, again and again."""
    each = int(distinct) // 10
    places = torch.cat([(of.labels == label).nonzero()[:each, 0] for label in range(10)])
    return of.fresh[places].repeat(N // len(places), 1, 1, 1)


def partly(copied: Tensor, fresh: Tensor, share: float) -> Tensor:
    """Return samples of which a share are copies."""
    return torch.cat([copied[: int(share * N)], fresh[int(share * N) : N]])


@dataclass(frozen=True)
class Damage:
    """One way to spoil samples.

    Attributes:
        strengths: from weak to strong, in units of its own.
        unit: what these are.
        apply: takes digits and a strength, and returns samples.
    """

    strengths: tuple[float, ...]
    unit: str
    apply: Callable[[Digits, float], Tensor]


DAMAGES = {
    "blur": Damage((0.5, 0.75, 1.0), "pixels", lambda of, s: blurred(of.fresh[:N], s)),
    "noise": Damage((0.02, 0.05, 0.1), "of white", lambda of, s: noisy(of.fresh[:N], s)),
    "shift": Damage((1, 2, 3), "pixels", lambda of, s: shifted(of.fresh[:N], s)),
    "inverted contrast": Damage((0.02, 0.1, 1), "share", lambda of, s: inverted(of.fresh[:N], s)),
    "lost classes": Damage((1, 2, 5), "of ten", without_classes),
    "few distinct": Damage((1000, 100, 10), "images", few),
    "copies of the training set": Damage(
        (0.5, 1), "share", lambda of, s: partly(of.rest, of.fresh, s)
    ),
    "copies of the reference": Damage(
        (0.5, 1), "share", lambda of, s: partly(of.reference, of.fresh, s)
    ),
}


@dataclass(frozen=True)
class Case:
    """What decides one row.

    Attributes:
        damage: a key of ``DAMAGES``, ``NONE``, or one of ``MODELS``, ``REAL`` or ``BINARY``, whose
            training set are the 55,000 training digits, 2,000 of them the reference.
        strength: of the damage, in its units; 0 if it has none.
        seed: of the digits and the samples.
    """

    damage: str = NONE
    strength: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Row(Case):
    """One line of the table: what each score makes of 2,000 samples beside 2,000 digits.

    Attributes:
        inception: score, of one part.
        frechet: distance of features.
        kernel: distance of features.
        precision: with k = 5, as the three that follow.
        recall: of the reference.
        density: of samples.
        coverage: of the reference.
        vendi: score of the samples' features, by the cosine.
        sliced: Wasserstein distance of features, 128 directions.
        labels: how many of ten have a quarter of their share of the samples.
        authenticity: with the whole training set.
        told: accuracy of the nearest-neighbour classifier, samples from reference.
    """

    inception: float = 0.0
    frechet: float = 0.0
    kernel: float = 0.0
    precision: float = 0.0
    recall: float = 0.0
    density: float = 0.0
    coverage: float = 0.0
    vendi: float = 0.0
    sliced: float = 0.0
    labels: float = 0.0
    authenticity: float = 0.0
    told: float = 0.0


def cases() -> list[Case]:
    """Return undamaged digits, every damage at every strength, and the stored models."""
    damaged = [(name, s) for name, damage in DAMAGES.items() for s in damage.strengths]
    others = [*(name for name in MODELS if name != "dcgan"), BINARY]
    return [
        *(Case(seed=seed) for seed in REAL_SEEDS),
        *(Case(*each, seed) for each in damaged for seed in SEEDS),
        *(Case(name, 0.0, seed) for name in (REAL, "dcgan") for seed in MODEL_SEEDS),
        *(Case(name, 0.0, seed) for seed in FEWER_SEEDS for name in others),
    ]


def samples(case: Case) -> Tensor:
    """Return the samples of a case, (2000, 1, 28, 28), in [0, 1]."""
    if case.damage in MODELS:
        return drawn(MODELS[case.damage], case.seed)
    of = digits(case.seed)
    if case.damage == BINARY:
        return torch.bernoulli(of.fresh[:N], generator=runtime.generator(case.seed))
    if case.damage in DAMAGES:
        return DAMAGES[case.damage].apply(of, case.strength)
    return of.fresh[:N]


@torch.no_grad()
def drawn(stored: Stored, seed: int) -> Tensor:
    """Return the samples of a stored model, (2000, 1, 28, 28), in [0, 1]."""
    model, generator = zoo.load(stored.name), runtime.generator(seed)
    if stored.mean:
        return model.mean(model.sample_code(N, generator=generator))
    found = in_parts(partial(model.sample, **stored.how), N, generator.initial_seed())
    return in_unit(found) if stored.symmetric else found.clamp(0, 1)


@cache
def training(case: Case) -> tuple[Tensor, Tensor]:
    """Return the features of the reference and of the whole training set of a case."""
    if case.damage in (REAL, BINARY):
        train = digit_features("train") if case.damage == REAL else binary_features()
        order = torch.randperm(len(train), generator=runtime.generator(case.seed))
        return train[order[:N]], train
    of = digits(case.seed)
    reference = features(of.reference)
    return reference, torch.cat([reference, features(of.rest)])


@cache
def binary_features() -> Tensor:
    """Return the features of the training digits in black and white."""
    return features(load("mnist").binary(seed=0))


def scores(images: Tensor, reference: Tensor, train: Tensor) -> dict[str, float]:
    """Return all scores of samples beside features of a reference, and of a training set."""
    probabilities, found = label_probabilities(images), features(images)
    near = metrics.precision_recall(reference, found)
    return {
        "inception": metrics.inception_score(probabilities[:, 0], splits=1).value,
        "frechet": metrics.frechet(reference, found),
        "kernel": metrics.kernel(reference, found).value,
        **{name: getattr(near, name) for name in ("precision", "recall", "density", "coverage")},
        "vendi": metrics.vendi(found),
        "sliced": metrics.sliced_wasserstein(reference, found, directions=128),
        "labels": metrics.labelled_modes(probabilities, least=0.25).found,
        "authenticity": metrics.authenticity(train, found),
        "told": metrics.nearest_neighbour_test(reference, found).accuracy,
    }


def rows(case: Case, _steps: int) -> list[Row]:
    """Return the row of one case."""
    with one_thread():
        found = scores(samples(case), *training(Case(_kind(case), 0.0, case.seed)))
    return [Row(*astuple(case), **{name: rounded(value) for name, value in found.items()})]


def _kind(case: Case) -> str:
    """Return which training set a case has: models of the same pixels share one."""
    if case.damage in MODELS:
        return BINARY if MODELS[case.damage].binary else REAL
    return case.damage if case.damage in (REAL, BINARY) else NONE


RECIPE = Table(
    name="evaluating-samples",
    summary="what each score of samples makes of known damage",
    steps=1,
    cases=cases,
    row=Row,
    run_case=rows,
    about=f"{N} samples beside {N} digits, features of the stored digit-classifier, k = 5",
)
read, column = RECIPE.read, RECIPE.column
