"""The step sizes for which a small GAN finds all modes, by remedy: a table of maps.

Chapter: "Stabilising GANs".
"""

from dataclasses import astuple, dataclass
from functools import cache

from genlib.gans import grid
from genlib.recipes import stabilising_gans as remedies
from genlib.recipes.experiments import Table

STEP_SIZES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
SEEDS = range(5)
FEW_SEEDS = range(3)
ROUNDS = 2000
GAMMAS = (0.0, *remedies.GAMMAS)  # of R1; 0 is no remedy
OTHERS = {
    "R1 + R2": 0.1,
    "relativistic": 0.0,
    "relativistic + R1 + R2": 0.1,
    "instance noise": 0.5,
    "label smoothing": 0.1,
    "minibatch std": 1.0,
    "hinge + spectral norm": 0.0,
}


@dataclass(frozen=True)
class Game:
    """What decides one run.

    Attributes:
        remedy: a key of ``remedies.REMEDIES``.
        strength: of the remedy; gamma of R1.
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


def of_r1(gamma: float) -> tuple[str, float]:
    """Return remedy and strength of the map of a weight of R1."""
    return ("R1" if gamma else remedies.NO_REMEDY, gamma)


def cases() -> list[Game]:
    """Return a map of both step sizes for each weight of R1 and each of the other remedies."""
    maps = [(*of_r1(gamma), SEEDS) for gamma in GAMMAS]
    maps += [(name, strength, FEW_SEEDS) for name, strength in OTHERS.items()]
    axes = {"lr": STEP_SIZES, "discriminator_lr": STEP_SIZES}
    return [
        Game(name, strength, *numbers)
        for name, strength, seeds in maps
        for numbers in zip(*grid(**axes, seed=seeds).values(), strict=True)
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
    summary="the step sizes for which a small GAN finds eight modes, with some remedies",
    steps=ROUNDS,
    cases=cases,
    row=Row,
    run_case=rows,
    about="ring of 8, batches of 64, {steps} rounds",
)
read, column = RECIPE.read, RECIPE.column
