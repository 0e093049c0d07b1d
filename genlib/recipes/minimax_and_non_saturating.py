"""The two generator costs from the same start, by SGD and by Adam: a table of many small games.

Chapter: "Minimax and non-saturating".
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial

import torch
from torch import Tensor

from genlib import History, fit, seed
from genlib.data import load
from genlib.divergences import mmd
from genlib.gans import GAN, Minimax, NonSaturating
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded

COSTS = {"minimax": Minimax, "non-saturating": NonSaturating}
SEEDS = range(5)
ROUNDS = 1000
EVERY = 100
EXAMPLES = 2000  # images a side in the distance
BANDWIDTHS = (4.0, 8.0, 16.0)  # two digits are about 20 apart in [-1, 1]^784


@dataclass(frozen=True)
class Game:
    """What decides one run.

    Attributes:
        cost: which cost G minimises, a key of ``COSTS``.
        optimizer: G's, "sgd" or "adam"; D always has Adam at 1e-3.
        lr: G's step size.
        ahead: rounds in which D trains alone before the game begins.
        seed: of the weights, the batches and the codes.
    """

    cost: str = "minimax"
    optimizer: str = "sgd"
    lr: float = 0.1
    ahead: int = 30
    seed: int = 0

    def model(self) -> GAN:
        """Build both players; weights depend on the seed alone, not on the cost."""
        seed(self.seed)
        sgd = {"optimizer": partial(torch.optim.SGD, lr=self.lr)}
        turn = sgd if self.optimizer == "sgd" else {"lr": self.lr}
        return GAN(loss=COSTS[self.cost](), generator_turn=turn)


def begin(game: Game, images: Tensor) -> GAN:
    """Return the players after D's head start, the same for both costs."""
    model = game.model()
    if game.ahead:
        alone = {"steps": game.ahead, "only": ("discriminator",), "seed": game.seed}
        fit(model, images, progress=False, **alone)
    return model


@torch.no_grad()
def judge(model: GAN, held_out: Tensor) -> dict[str, float]:
    """Return how things stand, from 2,000 samples and as many held-out digits.

    ``distance`` is the squared maximum mean discrepancy between the two, ``verdict`` D's mean
    probability on the samples, ``loss`` what G minimises, in nats.
    """
    samples = model.sample(EXAMPLES, generator=torch.Generator().manual_seed(0))
    logits = model.discriminator(samples)
    return {
        "distance": mmd(samples, held_out[:EXAMPLES].to(samples.device), BANDWIDTHS).item(),
        "verdict": logits.sigmoid().mean().item(),
        "loss": model.adversarial_loss.generator(logits).item(),
    }


def play(
    model: GAN, images: Tensor, held_out: Tensor, rounds: int, every: int, seed: int
) -> History:
    """Let both players play; the History has ``judge``'s numbers each ``every`` rounds."""
    evaluate = partial(judge, held_out=held_out)
    options = {"evaluate": evaluate, "every": every, "progress": False}
    return fit(model, images, steps=rounds, seed=100 + seed, **options)


@dataclass(frozen=True)
class Row(Game):
    """One line of the table: a game, a round, and how things stood."""

    round: int = 0
    distance: float = 0.0
    verdict: float = 0.0
    loss: float = 0.0


def games() -> list[Game]:
    """Return what the table compares; the last four kinds have SGD's step raised."""
    kinds: list[Callable[[int], Game]] = [
        partial(Game, cost, optimizer, lr, ahead)
        for ahead in (0, 30)
        for optimizer, lr in (("sgd", 0.1), ("adam", 1e-3))
        for cost in COSTS
    ]
    raised = [("minimax", 1000.0), ("minimax", 50.0), ("non-saturating", 1.0), ("minimax", 1.0)]
    kinds += [partial(Game, cost, "sgd", lr, 30) for cost, lr in raised]
    return [kind(seed) for kind in kinds for seed in SEEDS]


@cache
def digits(split: str) -> Tensor:
    """Return the images of a split, in [-1, 1]."""
    return load("mnist", split).symmetric()


def rows(game: Game, rounds: int) -> list[Row]:
    """Play one game of the table; its first row stands after the head start."""
    images, held_out = digits("train"), digits("validation")
    model = begin(game, images)
    numbers = [judge(model, held_out)]
    history = play(model, images, held_out, rounds, EVERY, game.seed)
    steps = [0, *history.steps("distance")]
    numbers += [{name: history[name][i] for name in numbers[0]} for i in range(len(steps) - 1)]
    return [
        Row(*astuple(game), step, **{name: rounded(value) for name, value in now.items()})
        for step, now in zip(steps, numbers, strict=True)
    ]


RECIPE = Table(
    name="minimax-and-non-saturating",
    summary="the two generator costs from the same start, five seeds",
    steps=ROUNDS,
    cases=games,
    row=Row,
    run_case=rows,
    index=("round",),
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, {{steps}} rounds of 128 images a game",
)
read, column = RECIPE.read, RECIPE.column
