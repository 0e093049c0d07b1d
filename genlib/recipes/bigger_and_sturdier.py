"""BigGAN's parts left out in turn, the size of a batch, and a D that is attacked: a table.

Chapter: "Bigger and sturdier GANs".
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from genlib import fit
from genlib.gans import (
    GAN,
    R1,
    AdversarialLoss,
    AdversarialTraining,
    BigGANGenerator,
    FreeAdversarialTraining,
    Hinge,
    NonSaturating,
    OrthogonalRegularisation,
    SpectralNorm,
)
from genlib.gans.stabilisers.orthogonal import filters
from genlib.metrics import features, frechet
from genlib.nn import evaluating, standing_statistics, truncated_normal
from genlib.recipes import conditional_gans as small
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.labelled import compared, on_demand
from genlib.recipes.experiments.rounding import rounded
from genlib.recipes.experiments.samples import TOGETHER

SEEDS = range(2, 5)  # the step size was chosen with seed 1
STEPS = 300  # a unit of time; a kind says after how many it is judged
BATCH = 64
EXAMPLES = 2000  # samples and validation images that are compared
CUT = 0.5  # where codes are truncated
ATTACK = 0.1  # by how much a pixel of 2 from black to white is changed when D is attacked
STRENGTHS = (0.02, 0.1)  # of the attacks that D is trained on
REPLAYS = 2  # of a batch, in free adversarial training


@dataclass(frozen=True)
class Kind:
    """What is different in a game.

    Attributes:
        big: whether G is BigGAN's, or the smaller one of "Conditional GANs".
        generator: what BigGAN's is told.
        loss: what both players minimise.
        orthogonal: weight of orthogonal regularisation.
        spectral: whether D has spectral norm, in the place of R1.
        stabilisers: what else is changed, each made by a call.
        updates: of D in a round.
        batch: examples a round.
        pace: what the step size is multiplied by.
        at: when the game is judged, in units of ``STEPS``.
    """

    big: bool = False
    generator: Mapping[str, Any] = field(default_factory=dict)
    loss: type[AdversarialLoss] = NonSaturating
    orthogonal: float = 0.0
    spectral: bool = False
    stabilisers: tuple[partial, ...] = ()
    updates: int = 1
    batch: int = BATCH
    pace: float = 1.0
    at: Sequence[float] = (1.0,)


ALL = Kind(big=True, loss=Hinge, orthogonal=1e-4)
PARTS = {
    "all parts": ALL,
    "no skip-z": replace(ALL, generator={"skip": False}),
    "no shared embedding": replace(ALL, generator={"skip": False, "shared": None}),
    "no attention": replace(ALL, generator={"attention": False}),
    "no orthogonal cost": replace(ALL, orthogonal=0.0),
    "no hinge": replace(ALL, loss=NonSaturating),
    "spectral norm for R1": replace(ALL, spectral=True),
    "half the width": replace(ALL, generator={"width": 8}),
}
BATCHES = {
    "16": Kind(batch=16, at=(1.0, 4.0)),
    "64": Kind(batch=64, at=(1.0, 2.75)),
    "256": Kind(batch=256, at=(0.25, 1.0, 1.25)),
    "16, half the step": Kind(batch=16, pace=0.5, at=(4.0,)),
    "256, twice the step": Kind(batch=256, pace=2.0, at=(1.0, 1.25)),
}
LONGER = 1.5  # units that a game about attacks is played
ROBUST = {
    "plain": Kind(at=(LONGER,)),
    "plain, two updates": Kind(updates=REPLAYS, at=(LONGER,)),
    **{
        f"{name} {epsilon}": Kind(stabilisers=(partial(stabiliser, epsilon, *own),), at=(LONGER,))
        for name, stabiliser, own in (
            ("attacked", AdversarialTraining, ()),
            ("free", FreeAdversarialTraining, (REPLAYS,)),
        )
        for epsilon in STRENGTHS
    },
}
WORTH = ("accuracy", "distance", "class_distance", "precision", "recall")
GROUPS = {"parts": PARTS, "batch": BATCHES, "robust": ROBUST}


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        group: which question it belongs to, a key of ``GROUPS``.
        kind: what is different, a key of the group.
        seed: of the weights, the batches and the codes.
    """

    group: str = "parts"
    kind: str = "all parts"
    seed: int = 2


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a game after some rounds, and what 2,000 samples are worth.

    Samples of the averaged G, whose batch statistics are counted anew, are compared with validation
    images as in the table of "Conditional GANs".

    Attributes:
        step: rounds played.
        seconds: of one core, without what the judging took.
        accuracy: share of samples that are of the class they should be.
        distance: Fréchet's.
        class_distance: its mean over the classes.
        precision: share of samples that lie among the data.
        recall: share of the data that lie among the samples.
        auc: how often the D that is not averaged scores a validation image above a sample of its
            G; of ``robust`` alone, else 0.
        attacked_auc: the same when both are changed by ``ATTACK`` so as to mislead D.
        raw_distance: Fréchet distance of the G that is not averaged; this and what follows of
            ``parts`` alone, else 0.
        cosine: of two filters of a layer of the averaged G, root of the mean square over the pairs
            of a layer, then the mean over the layers.
        cut_accuracy: as ``accuracy``, of samples of codes truncated at ``CUT``.
        cut_distance: as ``distance``, of these.
        cut_precision: as ``precision``, of these.
        cut_recall: as ``recall``, of these.
    """

    step: int = 0
    seconds: float = 0.0
    accuracy: float = 0.0
    distance: float = 0.0
    class_distance: float = 0.0
    precision: float = 0.0
    recall: float = 0.0
    auc: float = 0.0
    attacked_auc: float = 0.0
    raw_distance: float = 0.0
    cosine: float = 0.0
    cut_accuracy: float = 0.0
    cut_distance: float = 0.0
    cut_precision: float = 0.0
    cut_recall: float = 0.0


def model(run: Run) -> GAN:
    """Build both players; those of one group, kind and seed are the same each time.

    D is the projecting one of "Conditional GANs" in all games; G is theirs, or BigGAN's.
    """
    kind = GROUPS[run.group][run.kind]
    theirs = small.model(small.Run("projection", run.seed))
    generator, stabilisers = theirs.generator, [make() for make in kind.stabilisers]
    penalties = [R1(0.1, closed=True)]
    shape = {"event_shape": theirs.event_shape}
    if kind.big:
        sizes = {"latent": theirs.latent, "width": 16, **kind.generator}
        generator = BigGANGenerator(10, **sizes, **shape)
    if kind.spectral:
        penalties, stabilisers = [], [*stabilisers, SpectralNorm()]
    if kind.orthogonal:
        stabilisers = [*stabilisers, OrthogonalRegularisation(kind.orthogonal)]
    return GAN(
        generator,
        theirs.discriminator,
        theirs.latent,
        kind.loss(),
        classes=10,
        penalties=penalties,
        stabilisers=stabilisers,
        lr=kind.pace * theirs.lr,
        betas=theirs.betas,
        discriminator_turn={} if kind.updates == 1 else {"updates": kind.updates},
        **shape,
    )


def count_statistics(game: GAN, batch: int = BATCH, batches: int = 32) -> None:
    """Count G's batch statistics anew, on fixed codes of all labels."""
    generator = torch.Generator().manual_seed(0)
    pairs = (
        (game.codes(batch, generator), game.labels_for(batch, None, generator))
        for _ in range(batches)
    )
    standing_statistics(game.generator, pairs)


def worth(samples: Tensor, label: Tensor, prefix: str = "") -> dict[str, float]:
    """Return what samples are worth, of which each has the label of a validation image."""
    real = small.digits("validation")[0][: len(label)]
    found = compared(small.large(samples), label, small.large(real), label)
    return {prefix + name: found[name] for name in WORTH}


def truncated(game: GAN, label: Tensor) -> Tensor:
    """Return samples of codes of which no number is beyond ``CUT``."""
    generator, like = torch.Generator().manual_seed(0), next(game.generator.parameters())
    size = (len(label), game.latent)
    codes = truncated_normal(*size, threshold=CUT, like=like, generator=generator)
    with torch.no_grad(), evaluating(game.generator):
        parts = zip(codes.split(TOGETHER), label.split(TOGETHER), strict=True)
        return torch.cat([game.generator(*pair) for pair in parts])


@torch.no_grad()
def cosine(network: nn.Module) -> float:
    """Return how alike the filters of a layer are, on average over a network's layers."""
    found = []
    for rows in filters(network):
        angles = normalize(rows, dim=1) @ normalize(rows, dim=1).T
        others = angles[~torch.eye(len(rows), dtype=torch.bool)]
        found += [others.square().mean().sqrt().item()] if len(others) else []
    return sum(found) / len(found)


def judged(game: GAN, run: Run) -> dict[str, float]:
    """Return what is said of an averaged G."""
    count_statistics(game)
    label = small.digits("validation")[1][:EXAMPLES]
    found = worth(on_demand(game, label), label)
    if run.group == "parts":
        cut = worth(truncated(game, label), label, "cut_")
        del cut["cut_class_distance"]
        found |= cut | {"cosine": cosine(game.generator)}
    return found


def distance(game: GAN) -> float:
    """Return the Fréchet distance alone."""
    count_statistics(game)
    real, label = (part[:EXAMPLES] for part in small.digits("validation"))
    return frechet(*(features(small.large(x)) for x in (on_demand(game, label), real)))


def above(real: Tensor, fake: Tensor) -> float:
    """Return how often a score of the first set is above one of the second; a tie is a half."""
    apart = real[:, None] - fake[None, :]
    return (apart.sign().double().mean().item() + 1) / 2


def told_apart(game: GAN) -> dict[str, float]:
    """Return how often D ranks a validation image above a sample, as they are and under attack."""
    real, label = (part[:EXAMPLES] for part in small.digits("validation"))
    fake = on_demand(game, label)
    attacked = AdversarialTraining(ATTACK, steps=5).shown(game, real, fake, label)
    with torch.no_grad():
        pairs = [[game.scores(x, label) for x in pair] for pair in ((real, fake), attacked[:2])]
    return dict(zip(("auc", "attacked_auc"), (above(*pair) for pair in pairs), strict=True))


def stages(game: GAN, run: Run, unit: int) -> Iterator[tuple[int, float, GAN]]:
    """Play a game; yield rounds, seconds and the averaged game at each time it is judged."""
    kind, seconds = GROUPS[run.group][run.kind], 0.0
    options = {"batch_size": kind.batch, "ema": 0.99, "progress": False, "seed": run.seed}
    with TemporaryDirectory() as folder:
        for step in (max(1, round(part * unit)) for part in kind.at):
            start = process_time()
            history = fit(game, small.digits(), steps=step, checkpoint=folder, **options)
            seconds += process_time() - start
            yield step, seconds, history.ema


def rows(run: Run, steps: int) -> list[Row]:
    """Play one game, and judge the average of its weights when its kind says."""
    game, found = model(run), []
    for step, seconds, averaged in stages(game, run, steps):
        raw = copy.deepcopy(game)  # whose statistics may be changed
        seen = judged(averaged, run) | {"seconds": seconds}
        seen |= told_apart(raw) if run.group == "robust" else {}
        seen |= {"raw_distance": distance(raw)} if run.group == "parts" else {}
        found.append(Row(*astuple(run), step, **{k: rounded(v) for k, v in seen.items()}))
    return found


RECIPE = Table(
    name="bigger-and-sturdier",
    summary="BigGAN's parts, batch sizes and an attacked discriminator",
    steps=STEPS,
    cases=lambda: [
        Run(group, kind, number) for number in SEEDS for group in GROUPS for kind in GROUPS[group]
    ],
    row=Row,
    run_case=rows,
    index=("step",),
    about=f"digits of {small.SIDE} x {small.SIDE} pixels with labels, seeds {SEEDS[0]} to "
    f"{SEEDS[-1]}, {{steps}} rounds of {BATCH} unless the kind says otherwise; R1 of weight 0.1, "
    f"step size 0.002",
)
read, column = RECIPE.read, RECIPE.column
