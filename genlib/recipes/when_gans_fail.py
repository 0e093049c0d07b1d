"""The step sizes, decay rates and turns for which a small GAN finds all modes: a table of maps.

Chapter: "When GANs fail".
"""

from dataclasses import astuple, dataclass
from functools import cache

import torch
from torch import Tensor

from genlib.data import toys
from genlib.gans import ManyGames
from genlib.metrics import modes
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded

STEP_SIZES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
SEEDS = range(5)  # of the first map
FEW_SEEDS = range(3)  # of the others
MAPS = ((0.5, 1, SEEDS), (0.9, 1, FEW_SEEDS), (0.0, 1, FEW_SEEDS), (0.5, 3, FEW_SEEDS))
ROUNDS = 2000
LATER = 4  # how many times longer some settings are played, with other seeds
LONG_STEP_SIZES, LONG_SEEDS = (1e-3, 3e-3), range(100, 110)
SAMPLES = 2000
DIGITS = 3  # that the table keeps
RADIUS = 0.25  # about a mode; neighbouring modes are 1.53 apart
ring = toys.ring()


@dataclass(frozen=True)
class Game:
    """What decides one run.

    Attributes:
        beta1: Adam's decay rate of the mean gradient, of both players.
        updates: steps of D in a round.
        longer: how many times the table's rounds are played.
        lr: G's step size.
        discriminator_lr: D's.
        seed: of the weights, the data and the codes.
    """

    beta1: float = 0.5
    updates: int = 1
    longer: int = 1
    lr: float = 1e-3
    discriminator_lr: float = 1e-3
    seed: int = 0


@dataclass(frozen=True)
class Row(Game):
    """One line of the table: a game, a round, and how things stood.

    Attributes:
        round: after which this was measured.
        found: modes with a quarter of their fair share of the samples within ``RADIUS``.
        touched: modes with one sample there.
        good: share of the samples within ``RADIUS`` of any mode.
        loss: D's, in nats, on fresh data and samples.
    """

    round: int = 0
    found: int = 0
    touched: int = 0
    good: float = 0.0
    loss: float = 0.0


def draw(n: int, generator: torch.Generator) -> Tensor:
    """Draw points of the ring, (n, 2), in float32."""
    return ring.sample(n, generator=generator).float()


def judge(games: ManyGames) -> list[tuple[int, int, float, float]]:
    """Return found, touched, good and loss of every run, from fresh data and samples."""
    samples, data = games.sample(SAMPLES), draw(SAMPLES, torch.Generator().manual_seed(1))
    data = data.to(games.device).expand(len(games.seeds), -1, -1)
    with torch.no_grad():
        real, fake = games.discriminator(data), games.discriminator(samples)
    counts = [modes(own.cpu(), ring.modes, RADIUS) for own in samples]
    touched = [int((one.counts > 0).sum()) for one in counts]
    losses = [games.loss.discriminator(*pair).item() for pair in zip(real, fake, strict=True)]
    return [
        (one.found, any_one, rounded(one.good, DIGITS), rounded(loss, DIGITS))
        for one, any_one, loss in zip(counts, touched, losses, strict=True)
    ]


def cases() -> list[Game]:
    """Return four maps of both step sizes, and a few settings that are played for longer."""
    found = [
        Game(beta1, updates, 1, lr, discriminator_lr, seed)
        for beta1, updates, seeds in MAPS
        for lr in STEP_SIZES
        for discriminator_lr in STEP_SIZES
        for seed in seeds
    ]
    pairs = [(lr, other) for lr in LONG_STEP_SIZES for other in LONG_STEP_SIZES]
    return found + [Game(0.5, 1, LATER, *pair, seed) for pair in pairs for seed in LONG_SEEDS]


@cache
def played(beta1: float, updates: int, longer: int, rounds: int) -> dict[Game, list[Row]]:
    """Play all games of a map as one batch, and look at them twice."""
    group = [game for game in cases() if astuple(game)[:3] == (beta1, updates, longer)]
    games = ManyGames(
        [game.seed for game in group],
        lr=[game.lr for game in group],
        discriminator_lr=[game.discriminator_lr for game in group],
        discriminator_updates=updates,
        beta1=beta1,
    )
    rows: dict[Game, list[Row]] = {game: [] for game in group}
    for look in (longer * rounds // 4, longer * rounds):
        games.play(draw, look - games.rounds)
        for game, numbers in zip(group, judge(games), strict=True):
            rows[game].append(Row(*astuple(game), look, *numbers))
    return rows


def rows(game: Game, rounds: int) -> list[Row]:
    """Return the rows of one game, whose whole map is played at the first call."""
    return played(game.beta1, game.updates, game.longer, rounds)[game]


RECIPE = Table(
    name="when-gans-fail",
    summary="the step sizes for which a small GAN finds eight modes",
    steps=ROUNDS,
    cases=cases,
    row=Row,
    run_case=rows,
    index=("round",),
    about=f"ring of 8, batches of 64, {{steps}} rounds (some {LATER} times as many)",
)
read, column = RECIPE.read, RECIPE.column
