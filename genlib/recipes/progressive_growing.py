"""Games that grow and games that do not, and games without a part: a table of games on digits.

Chapter: "Progressive growing".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from time import process_time

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pad

from genlib import fit, seed
from genlib.data import load
from genlib.gans import R1, ProgressiveGAN
from genlib.metrics import digit_features, features
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded
from genlib.recipes.experiments.samples import by_features, drawn, in_unit
from genlib.training.batches import Data

SEEDS = range(4)  # step sizes were chosen with seed 100
STEPS = 36  # rounds of a unit, of which a part of a game has some
BATCH = 32
EXAMPLES = 2_000  # samples, and validation images
LR = 1e-2
SPARING = 1e-1  # of the step size, for weights that are not scaled
FIT: Mapping[str, object] = {
    "batch_size": BATCH, "precision": "bf16", "channels_last": True, "ema": 0.98,
    "progress": False, "device": "cpu",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One call of ``fit``; after those of the last stage the game is judged.

    Attributes:
        stage: which one, from 0; -1 is the last.
        units: how long, in units of the table's rounds.
        fading: whether the stage is faded in.
    """

    stage: int
    units: int
    fading: bool = False


def grown(lower: int, last: Sequence[int], stages: int, fading: bool = True) -> list[Part]:
    """Return a game of all stages, of which the last is played for some parts."""
    begin = [Part(stage, lower, fading and stage > 0) for stage in range(stages - 1)]
    first, *others = last
    return [*begin, Part(-1, first, fading), *(Part(-1, units) for units in others)]


@dataclass(frozen=True)
class Kind:
    """A game that is compared.

    Attributes:
        side: of its images.
        parts: what is played.
        options: what the model is told.
    """

    side: int
    parts: list[Part]
    options: Mapping[str, object] = field(default_factory=dict)


LAST = (3, 2, 2, 2)  # units of the last stage
GROWING = {
    "from the start": Kind(32, [Part(-1, units) for units in (4, 3, 3, 3)]),
    "faded in": Kind(32, grown(3, LAST, 4)),
    "switched on": Kind(32, grown(3, LAST, 4, fading=False)),
}
at_16 = partial(Kind, 16, grown(3, [8], 3))
PARTS = {
    "all parts": at_16(),
    "not equalised": at_16({"equalised": False}),
    "not equalised, small steps": at_16({"equalised": False, "lr": SPARING * LR}),
    "no pixel norm": at_16({"pixel_norm": False}),
    "no minibatch std": at_16({"minibatch_std": False}),
}
KINDS = GROWING | PARTS


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: a key of ``KINDS``.
        seed: of the weights, the batches and the codes.
    """

    kind: str = "faded in"
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a game after one part of its last stage.

    Attributes:
        point: which part, from 0.
        rounds: until then.
        work: multiplications in the networks of all images until then, forwards, in billions.
        seconds: of one CPU, spent on training until then.
        distance: Fréchet's, of 2,000 samples of the averaged G and validation images.
        precision, recall: of them.
    """

    point: int = 0
    rounds: int = 0
    work: float = 0.0
    seconds: float = 0.0
    distance: float = 0.0
    precision: float = 0.0
    recall: float = 0.0


def padded(images: Tensor) -> Tensor:
    """Return images of 28 x 28 in [0, 1] as such of 32 x 32 in [-1, 1], on black."""
    return 2 * pad(images, (2, 2, 2, 2)) - 1


def unpadded(images: Tensor) -> Tensor:
    """Return images of 16 x 16 or 32 x 32 in [-1, 1] as such of 28 x 28 in [0, 1]."""
    found = in_unit(images)
    if images.shape[-1] < 32:
        found = interpolate(found, size=(32, 32), mode="bicubic").clamp(0, 1)
    return found[..., 2:-2, 2:-2]


@cache
def digits(side: int = 32, split: str = "train") -> Tensor:
    """Return digits of a side, by means of pixels."""
    return avg_pool2d(padded(load("mnist", split).unit()), 32 // side)


def model(run: Run) -> ProgressiveGAN:
    """Build both players; those of one kind and seed are the same each time."""
    seed(run.seed)
    kind = KINDS[run.kind]
    told = {"width": 8, "most": 32, "penalties": [R1()], "lr": LR, **kind.options}
    return ProgressiveGAN(event_shape=(1, kind.side, kind.side), **told)


def multiplications(game: ProgressiveGAN) -> tuple[int, int]:
    """Return how many products G and D sum up for one image of the stage in use."""
    found = [_products(game.generator, torch.zeros(1, game.latent))]
    side = game.generator.sides[game.stage]
    image = torch.zeros(1, game.event_shape[0], side, side)
    found.append(_products(game.discriminator, image))
    return found[0], found[1]


@torch.no_grad()
def _products(network: nn.Module, x: Tensor) -> int:
    """Return the products that convolutions and linear layers sum up for an input."""
    counts: list[int] = []

    def count(layer: nn.Module, _inputs: object, output: Tensor) -> None:
        places = output[0, 0].numel() if isinstance(layer, nn.Conv2d) else 1
        counts.append(layer.weight.numel() * places)

    kinds = (nn.Conv2d, nn.Linear)
    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, kinds)]
    network(x)
    for hook in hooks:
        hook.remove()
    return sum(counts)


@cache
def expected(side: int) -> Tensor:
    """Return the features of validation images, at the side that a game makes."""
    if side == 32:
        return digit_features("validation")[:EXAMPLES]
    return features(unpadded(digits(side, "validation")[:EXAMPLES]))


def judge(made: ProgressiveGAN) -> dict[str, float]:
    """Return what samples are worth, to the features of the digit classifier."""
    samples = features(unpadded(drawn(made, EXAMPLES)))
    found = by_features(samples, expected(made.event_shape[-1]))
    return {name: rounded(value) for name, value in found.items()}


def played(run: Run, steps: int) -> Iterator[Row]:
    """Play one game, and yield what it is worth after each part of the last stage."""
    kind, game = KINDS[run.kind], model(run)
    data: Data = digits(kind.side)
    rounds, work, seconds = 0, 0.0, 0.0
    lower = sum(part.stage >= 0 for part in kind.parts)
    for number, part in enumerate(kind.parts):
        game.grow(part.stage % game.stages, fading=part.fading)
        begun, length = process_time(), part.units * steps
        history = fit(game, data, steps=length, seed=100 * number + run.seed, **FIT)
        seconds += process_time() - begun
        rounds += length
        work += length * BATCH * sum(multiplications(game)) / 1e9
        if number >= lower:
            yield Row(
                run.kind, run.seed, number - lower, rounds, rounded(work), rounded(seconds, 3),
                **judge(history.ema),
            )  # fmt: skip


RECIPE = Table(
    name="progressive-growing",
    summary="games that grow, and games without a part",
    steps=STEPS,
    cases=lambda: [Run(kind, number) for number in SEEDS for kind in KINDS],
    row=Row,
    run_case=lambda run, steps: list(played(run, steps)),
    about=f"digits padded to 32 x 32, or halved; {{steps}} rounds of {BATCH} a unit; R1 of weight "
    f"1, step size {LR} and seeds {SEEDS[0]} to {SEEDS[-1]}",
    index=("point",),
)
read, column = RECIPE.read, RECIPE.column
