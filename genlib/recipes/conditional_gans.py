"""Where the label enters a game, and what comes of it: a table of games on small digits.

Chapter: "Conditional GANs".
"""

from dataclasses import astuple, dataclass
from functools import cache

from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from genlib import fit, seed
from genlib.data import load
from genlib.gans import ACGAN, R1, ConditionalGAN
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.labelled import compared, on_demand
from genlib.recipes.experiments.rounding import rounded
from genlib.recipes.experiments.samples import in_unit

SEEDS = range(2, 8)  # the weight of R1 was chosen with seed 1, of three
STEPS = 1000
BATCH = 64
SIDE = 14
EXAMPLES = 5000  # validation images, and samples with their labels
PLAYERS = {
    "nowhere": (None, None),
    "G alone": ("concatenation", None),
    "D alone": (None, "projection"),
    "both, concatenated": ("concatenation", "concatenation"),
    "projection": ("concatenation", "projection"),
}
WEIGHTS = {"AC 0.1": 0.1, "AC 1": 1.0, "AC 10": 10.0}
KINDS = (*PLAYERS, *WEIGHTS)


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: where the label enters, a key of ``PLAYERS``, or the weight of an auxiliary
            classifier, a key of ``WEIGHTS``.
        seed: of the weights, the batches and the codes.
    """

    kind: str = "projection"
    seed: int = 2


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a game, and what 5,000 samples of its averaged G are worth.

    Samples and validation images are enlarged to 28 x 28 and compared as the digit classifier sees
    them; the columns are those of ``compared``.
    """

    accuracy: float = 0.0
    sure: float = 0.0
    distance: float = 0.0
    class_distance: float = 0.0
    precision: float = 0.0
    recall: float = 0.0
    spread: float = 0.0


def small(images: Tensor) -> Tensor:
    """Return images of 28 x 28 in [0, 1] as such of 14 x 14 in [-1, 1], by means of four pixels."""
    return 2 * avg_pool2d(images, 2) - 1


def large(images: Tensor) -> Tensor:
    """Return images of 14 x 14 in [-1, 1] as such of 28 x 28 in [0, 1], by cubic interpolation."""
    return interpolate(in_unit(images), scale_factor=2, mode="bicubic").clamp(0, 1)


@cache
def digits(split: str = "train") -> tuple[Tensor, Tensor]:
    """Return small images and their labels."""
    found = load("mnist", split)
    return small(found.unit()), found.labels


def model(run: Run) -> ConditionalGAN:
    """Build both players; those of one kind and seed are the same each time."""
    seed(run.seed)
    options = {
        "event_shape": (1, SIDE, SIDE),
        "width": 16,
        "discriminator_hidden": (256, 128),
        "batch_norm": False,
        "std": None,
        "penalties": [R1(0.1, closed=True)],
        "lr": 2e-3,
    }
    if run.kind in WEIGHTS:
        return ACGAN(WEIGHTS[run.kind], **options)
    g, d = PLAYERS[run.kind]
    return ConditionalGAN(into_generator=g, into_discriminator=d, **options)


def judge(made: ConditionalGAN) -> dict[str, float]:
    """Return what samples are worth, of which each has the label of a validation image."""
    real, label = (part[:EXAMPLES] for part in digits("validation"))
    found = compared(large(on_demand(made, label)), label, large(real), label)
    return {name: rounded(value) for name, value in found.items()}


def rows(run: Run, steps: int) -> list[Row]:
    """Play one game, and judge the average of its weights."""
    options = {"batch_size": BATCH, "ema": 0.995, "progress": False, "seed": run.seed}
    history = fit(model(run), digits(), steps=steps, **options)
    return [Row(*astuple(run), **judge(history.ema))]


RECIPE = Table(
    name="conditional-gans",
    summary="where the label enters a game, and what comes of it",
    steps=STEPS,
    cases=lambda: [Run(kind, number) for number in SEEDS for kind in KINDS],
    row=Row,
    run_case=rows,
    about=f"digits of {SIDE} x {SIDE} pixels, seeds {SEEDS[0]} to {SEEDS[-1]}, {{steps}} rounds of "
    f"{BATCH}; R1 of weight 0.1, step size 0.002 for all",
)
read, column = RECIPE.read, RECIPE.column
