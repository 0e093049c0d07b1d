"""The step sizes for which a small GAN finds all modes, by remedy: a table of maps.

Chapter: "Stabilising GANs".
"""

from dataclasses import astuple, dataclass
from functools import cache

from genlib.gans import grid
from genlib.recipes import stabilising_gans as remedies
from genlib.recipes.experiments import Table

STEP_SIZES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
SEEDS = range(3)
ROUNDS = 2000
MAPS = {  # remedies and their strengths
    remedies.NO_REMEDY: 0.0,
    "R1 + R2": 0.1,
    "relativistic": 0.0,
    "instance noise": 0.5,
    "hinge + spectral norm": 0.0,
}


@dataclass(frozen=True)
class Game:
    """What decides one run.

    Attributes:
        remedy: a key of ``remedies.REMEDIES``.
        strength: of the remedy.
        lr: G's step size.
        discriminator_lr: D's.
        seed: of the weights, the data and the codes.
    """

    remedy: str = remedies.NO_REMEDY
    strength: float = 0.0
    lr: float = 1e-3
    discriminator_lr: float = 1e-3
    seed: int = 0


@dataclass(frozen=True)
class Row(Game):
    """One line of the table: a game, and the modes found in the end, live and averaged."""

    found: int = 0
    good: float = 0.0
    averaged_found: int = 0
    averaged_good: float = 0.0


def cases() -> list[Game]:
    """Return a map of both step sizes for each remedy."""
    axes = grid(lr=STEP_SIZES, discriminator_lr=STEP_SIZES, seed=SEEDS)
    return [
        Game(name, strength, *numbers)
        for name, strength in MAPS.items()
        for numbers in zip(*axes.values(), strict=True)
    ]


@cache
def played(remedy: str, strength: float, rounds: int) -> dict[Game, Row]:
    """Play all games of a map as one batch."""
    group = [game for game in cases() if astuple(game)[:2] == (remedy, strength)]
    games = remedies.games_of(
        "ring",
        remedy,
        strength,
        rounds,
        [game.seed for game in group],
        [game.lr for game in group],
        discriminator_lr=[game.discriminator_lr for game in group],
    )
    games.play(remedies.TASKS["ring"].draw, rounds, remedies.REMEDIES[remedy].batch)
    both = [[remedies.numbers(one)[:2] for one in pair] for pair in remedies.judge(games, "ring")]
    return {
        game: Row(*astuple(game), *live, *averaged)
        for game, (live, averaged) in zip(group, both, strict=True)
    }


def rows(game: Game, rounds: int) -> list[Row]:
    """Return the row of one game, whose whole map is played at the first call."""
    return [played(game.remedy, game.strength, rounds)[game]]


RECIPE = Table(
    name="stabilising-maps",
    summary="the step sizes for which four remedies find eight modes",
    steps=ROUNDS,
    cases=cases,
    row=Row,
    run_case=rows,
    about="ring of 8, batches of 64, {steps} rounds",
)
read, column = RECIPE.read, RECIPE.column
