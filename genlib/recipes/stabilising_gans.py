"""Each remedy for GANs against the same game without, on rings and grids: a table of small games.

Every remedy plays with four step sizes on five seeds; with the one that finds most modes there it
plays on twenty others, which are what the table holds.

Chapter: "Stabilising GANs".
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from time import perf_counter

import torch
from torch import Tensor

from genlib.data import toys
from genlib.data.mixtures import Mixture
from genlib.gans import (
    Hinge,
    LipschitzGames,
    ManyGames,
    Relativistic,
    StabilisedGames,
    Wasserstein,
    grid,
)
from genlib.metrics import Modes, modes
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded

SEEDS = range(20)  # that judge
CHOOSING = range(100, 105)  # that choose the step size
STEP_SIZES = (3e-4, 1e-3, 3e-3, 1e-2)
ROUNDS = 2000
BATCH = 64
SAMPLES = 2000
RADIUS = 0.25  # about a mode; a quarter of its fair share there and it is found
FAR = 1e6  # where a run that left the numbers counts as being
GAMMAS = (0.01, 0.1, 1.0, 10.0)
UNROLLED = 5  # steps looked ahead
TIMED = 30  # rounds by which a remedy's cost is measured
Options = Callable[[float, int], dict[str, object]]


@dataclass(frozen=True)
class Task:
    """What is to be learnt.

    Attributes:
        data: a mixture of equal modes.
        hidden: widths of both players.
        longer: how many times the table's rounds are played.
    """

    data: Mixture
    hidden: tuple[int, ...]
    longer: int

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw points of the data, (n, 2), in float32."""
        return self.data.sample(n, generator=generator).float()


TASKS = {"ring": Task(toys.ring(), (32, 32), 1), "grid": Task(toys.grid(), (64, 64), 2)}


@dataclass(frozen=True)
class Remedy:
    """A change to the game.

    Attributes:
        options: what the games are told, of its strength and the number of rounds.
        strengths: that are tried on the ring.
        on_grid: that are tried on the grid, where fewer play.
        games: the kind of games that know it.
        batch: points, and samples, in a turn.
        averaged: whether the averaged generator is what counts.
    """

    options: Options = lambda strength, rounds: {}
    strengths: tuple[float, ...] = (0.0,)
    on_grid: tuple[float, ...] = ()
    games: type[ManyGames] = ManyGames
    batch: int = BATCH
    averaged: bool = False


def stabilised(name: str, *strengths: float, **others: object) -> Remedy:
    """Return a stabiliser of one number; the first strength is the usual one."""
    return Remedy(
        lambda strength, rounds: {name: strength, **others}, strengths, games=StabilisedGames
    )


def penalised(*names: str, on_grid: tuple[float, ...] = GAMMAS[1:3], **told: object) -> Remedy:
    """Return the penalties R1, R2 or both, of one weight."""
    return Remedy(lambda gamma, rounds: {**dict.fromkeys(names, gamma), **told}, GAMMAS, on_grid)


NO_REMEDY = "none"
REMEDIES = {
    NO_REMEDY: Remedy(on_grid=(0.0,)),
    "averaged weights": Remedy(averaged=True),
    "R1": penalised("r1"),
    "R2": penalised("r2", on_grid=()),
    "R1 + R2": penalised("r1", "r2"),
    "relativistic": Remedy(lambda strength, rounds: {"loss": Relativistic()}, on_grid=(0.0,)),
    "relativistic + R1 + R2": penalised("r1", "r2", loss=Relativistic()),
    "instance noise": Remedy(
        lambda std, rounds: {"noise": std, "noise_rounds": rounds / 2},
        (0.5, 0.1), games=StabilisedGames,
    ),
    "label smoothing": stabilised("smoothing", 0.1, 0.3),
    "two time scales": Remedy(
        lambda ratio, rounds: {"discriminator_ratio": ratio}, (4.0, 2.0, 0.5)
    ),
    "more turns of D": Remedy(
        lambda turns, rounds: {"discriminator_updates": int(turns)}, (5.0,)
    ),
    "batches of 256": Remedy(batch=4 * BATCH),
    "beta1": Remedy(lambda beta1, rounds: {"beta1": beta1}, (0.0, 0.9)),
    "historical averaging": stabilised("historical", 1.0, 0.1, 0.01),
    "feature matching": stabilised("feature_matching", 1.0),
    "minibatch std": stabilised("minibatch_std", 1.0),
    "minibatch discrimination": stabilised("minibatch_kernels", 4.0),
    "unrolled": stabilised("unrolled_lr", 0.1, 0.3, 0.01, unrolled=UNROLLED),
    "hinge + spectral norm": Remedy(
        lambda strength, rounds: {"loss": Hinge(), "spectral": True}, games=LipschitzGames
    ),
    "Wasserstein + gradient penalty": Remedy(
        lambda weight, rounds: {
            "loss": Wasserstein(), "gradient_penalty": weight, "discriminator_updates": 5,
        },
        (10.0, 0.1), games=LipschitzGames,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Game:
    """What decides one run.

    Attributes:
        task: a key of ``TASKS``.
        remedy: a key of ``REMEDIES``.
        strength: of the remedy, in its own units; 0 if it has none.
        seed: of the weights, the data and the codes.
    """

    task: str = "ring"
    remedy: str = NO_REMEDY
    strength: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Row(Game):
    """One line of the table: a game, and how things stood in the end.

    Attributes:
        lr: the step size, the best of four on other seeds.
        chosen: modes found there, on average.
        found: modes with a quarter of their fair share of the samples within ``RADIUS``.
        good: share of the samples within ``RADIUS`` of any mode.
        kl: divergence of the modes' shares from even ones, in nats.
        averaged_found: modes that the averaged generator finds.
        averaged_good: its share of good samples.
        averaged_kl: its divergence.
        cost: seconds of a round, as a multiple of those without a remedy.
    """

    lr: float = 0.0
    chosen: float = 0.0
    found: int = 0
    good: float = 0.0
    kl: float = 0.0
    averaged_found: int = 0
    averaged_good: float = 0.0
    averaged_kl: float = 0.0
    cost: float = 1.0


def cases() -> list[Game]:
    """Return every remedy at every strength, and the seeds that judge it."""
    return [
        Game(task, name, strength, seed)
        for task in TASKS
        for name, remedy in REMEDIES.items()
        for strength in (remedy.strengths if task == "ring" else remedy.on_grid)
        for seed in SEEDS
    ]


def games_of(
    task: str,
    name: str,
    strength: float,
    rounds: int,
    seeds: Sequence[int],
    lr: Sequence[float],
    **others: object,
) -> ManyGames:
    """Build the games of a remedy, one for each seed and step size."""
    remedy = REMEDIES[name]
    options = {"hidden": TASKS[task].hidden, "lr": lr, **others}
    options |= remedy.options(strength, rounds)
    if ratio := options.pop("discriminator_ratio", None):
        options["discriminator_lr"] = [ratio * one for one in lr]
    if kernels := options.get("minibatch_kernels"):
        options["minibatch_kernels"] = int(kernels)
    return remedy.games(seeds, options.pop("loss", None), **options)


def judge(games: ManyGames, task: str) -> list[tuple[Modes, Modes]]:
    """Return the modes that every run finds, live and averaged, by samples of the same codes."""
    centres = TASKS[task].data.modes
    both = [games.sample(SAMPLES, averaged=averaged).cpu() for averaged in (False, True)]
    near = [samples.nan_to_num(nan=FAR).clamp(-FAR, FAR) for samples in both]
    return [tuple(modes(own, centres, RADIUS) for own in pair) for pair in zip(*near, strict=True)]


def chosen(task: str, name: str, strength: float, rounds: int) -> tuple[float, float]:
    """Return the step size that finds most modes on the choosing seeds, and how many."""
    axes = grid(lr=STEP_SIZES, seeds=CHOOSING)
    games = games_of(task, name, strength, rounds, **axes)
    games.play(TASKS[task].draw, rounds, REMEDIES[name].batch)
    found = [pair[REMEDIES[name].averaged] for pair in judge(games, task)]
    scores = torch.tensor([[one.found, one.good] for one in found], dtype=torch.float64)
    means = scores.view(len(STEP_SIZES), len(CHOOSING), 2).mean(dim=1)
    best = max(range(len(STEP_SIZES)), key=lambda i: means[i].tolist())  # good breaks a tie
    return STEP_SIZES[best], means[best, 0].item()


def seconds(games: ManyGames, task: str, batch: int) -> float:
    """Return how long some rounds take."""
    begin = perf_counter()
    games.play(TASKS[task].draw, TIMED, batch)
    return perf_counter() - begin


def cost(task: str, name: str, strength: float) -> float:
    """Return the seconds of a round as a multiple of those without a remedy, side by side."""
    both = [
        games_of(task, one, s, TIMED, SEEDS, [1e-3] * len(SEEDS))
        for one, s in ((name, strength), (NO_REMEDY, 0.0))
    ]
    batches = REMEDIES[name].batch, BATCH
    for games, batch in zip(both, batches, strict=True):
        games.play(TASKS[task].draw, 1, batch)
    spent = [seconds(games, task, batch) for games, batch in zip(both, batches, strict=True)]
    return spent[0] / spent[1]


@cache
def played(task: str, name: str, strength: float, rounds: int) -> dict[int, Row]:
    """Choose a step size, play the judging seeds with it, and return a row for each."""
    longer = rounds * TASKS[task].longer
    lr, expected = chosen(task, name, strength, longer)
    games = games_of(task, name, strength, longer, SEEDS, [lr] * len(SEEDS))
    games.play(TASKS[task].draw, longer, REMEDIES[name].batch)
    price = cost(task, name, strength)
    return {
        seed: Row(
            task, name, strength, seed, lr, rounded(expected),
            *numbers(pair[REMEDIES[name].averaged]), *numbers(pair[1]), rounded(price),
        )
        for seed, pair in zip(SEEDS, judge(games, task), strict=True)
    }  # fmt: skip


def numbers(found: Modes) -> tuple[int, float, float]:
    """Return found, good and KL."""
    return found.found, rounded(found.good), rounded(found.kl)


def rows(game: Game, rounds: int) -> list[Row]:
    """Return the row of one game, all of whose seeds are played at the first call."""
    return [played(*astuple(game)[:3], rounds)[game.seed]]


RECIPE = Table(
    name="stabilising-gans",
    summary="each remedy for GANs against the same game without",
    steps=ROUNDS,
    cases=cases,
    row=Row,
    run_case=rows,
    about=f"ring of 8 ({{steps}} rounds) and grid of 25 (twice as many), batches of {BATCH}; step "
    f"size chosen of {STEP_SIZES} on seeds {CHOOSING[0]} to {CHOOSING[-1]}",
)
read, column = RECIPE.read, RECIPE.column
