"""Four losses and what holds the slope of D, on digits of 40 numbers: a table of small games.

Chapter: "Wasserstein and Lipschitz".
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cache

import torch
from torch import Tensor

from genlib.data import load
from genlib.gans import (
    AdversarialLoss,
    Hinge,
    LeastSquares,
    LipschitzGames,
    NonSaturating,
    Wasserstein,
)
from genlib.metrics import features, frechet
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded

LOSSES: Mapping[str, type[AdversarialLoss]] = {
    "non-saturating": NonSaturating,
    "least squares": LeastSquares,
    "hinge": Hinge,
    "Wasserstein": Wasserstein,
}
REGULARISERS: Mapping[str, Mapping[str, object]] = {
    "none": {},
    "R1": {"r1": 10.0},
    "gradient penalty": {"gradient_penalty": 10.0},
    "spectral norm": {"spectral": True},
    "clipping": {"clip": 0.01},
}
STEP_SIZES = (3e-3, 1e-2, 3e-2)
CHOOSING, JUDGING = (100,), (0, 1, 2)  # seeds for the step sizes, and for what is reported
ROUNDS = 1000
BATCH = 32
NUMBERS = 40  # of a digit: its leading principal components
SAMPLES = 500
DIGITS = 3  # that the table keeps
NETWORKS = {"hidden": (64, 64), "latent": 32, "dimension": NUMBERS, "beta1": 0.0, "beta2": 0.99}


@dataclass(frozen=True)
class Components:
    """Digits as a few numbers: their leading principal components.

    Attributes:
        mean: the mean image, (784,).
        basis: orthonormal directions, (784, NUMBERS), the one of the largest variance first.
    """

    mean: Tensor
    basis: Tensor

    def numbers(self, images: Tensor) -> Tensor:
        """Return the components of images (B, 1, 28, 28), (B, NUMBERS)."""
        return (images.flatten(1) - self.mean) @ self.basis

    def images(self, numbers: Tensor) -> Tensor:
        """Return the images of components, cut off at black and white."""
        flat = self.mean + numbers @ self.basis.T
        return flat.clamp(-1, 1).view(-1, 1, 28, 28)


@cache
def components() -> Components:
    """Return the principal components of the training images in [-1, 1]."""
    x = load("mnist").symmetric().flatten(1)
    centred = x - x.mean(0)
    basis = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -NUMBERS:].flip(1)
    return Components(x.mean(0), basis)


@cache
def numbers(split: str) -> Tensor:
    """Return the components of the digits of a split."""
    return components().numbers(load("mnist", split).symmetric())


@cache
def reference() -> Tensor:
    """Return the classifier's features of the validation digits, as their components show them."""
    return features(components().images(numbers("validation")), low=-1.0)


def distance(samples: Tensor) -> float:
    """Return the Fréchet distance of samples (N, NUMBERS) to the validation digits.

    In the features of the book's digit classifier; infinite if a sample is not finite.
    """
    if not samples.isfinite().all():
        return float("inf")
    return frechet(features(components().images(samples), low=-1.0), reference())


def draw(n: int, generator: torch.Generator) -> Tensor:
    """Draw the components of n training digits."""
    digits = numbers("train")
    return digits[torch.randint(len(digits), (n,), generator=generator)]


@dataclass(frozen=True)
class Game:
    """What decides one run.

    Attributes:
        loss: a key of ``LOSSES``.
        regulariser: a key of ``REGULARISERS``.
        updates: steps of D in a round. With 5, a third of the rounds make as many steps in all.
        lr: Adam's step size, for both players.
        seed: of the weights, the batches and the codes.
    """

    loss: str = "non-saturating"
    regulariser: str = "none"
    updates: int = 1
    lr: float = 1e-3
    seed: int = 0


@dataclass(frozen=True)
class Row(Game):
    """One line of the table: a game, and the Fréchet distance of its samples at the end."""

    distance: float = 0.0


def kinds() -> list[tuple[str, str, int]]:
    """Return the losses, regularisers and turns of D that are compared."""
    everywhere = [name for name in REGULARISERS if name != "clipping"]
    found = [(loss, regulariser, 1) for loss in LOSSES for regulariser in everywhere]
    often = [("Wasserstein", name, 5) for name in ("clipping", "gradient penalty")]
    return [*found, ("Wasserstein", "clipping", 1), *often]


def cases() -> list[Game]:
    """Return every kind with every step size and every seed."""
    return [
        Game(*kind, lr, seed)
        for kind in kinds()
        for lr in STEP_SIZES
        for seed in CHOOSING + JUDGING
    ]


@cache
def played(kind: tuple[str, str, int], rounds: int) -> dict[Game, list[Row]]:
    """Play all games of a kind as one batch; every kind makes as many steps in all."""
    loss, regulariser, updates = kind
    group = [game for game in cases() if astuple(game)[:3] == kind]
    seeds, rates = [game.seed for game in group], [game.lr for game in group]
    options = {**REGULARISERS[regulariser], **NETWORKS, "discriminator_updates": updates}
    games = LipschitzGames(seeds, LOSSES[loss](), lr=rates, **options)
    games.play(draw, 2 * rounds // (1 + updates), BATCH)
    return {
        game: [Row(*astuple(game), rounded(distance(samples), DIGITS))]
        for game, samples in zip(group, games.sample(SAMPLES), strict=True)
    }


def rows(game: Game, rounds: int) -> list[Row]:
    """Return the rows of one game, whose whole kind is played at the first call."""
    return played((game.loss, game.regulariser, game.updates), rounds)[game]


RECIPE = Table(
    name="losses-and-regularisers",
    summary="four losses and what holds D's slope, on digits",
    steps=ROUNDS,
    cases=cases,
    row=Row,
    run_case=rows,
    about=f"batches of {BATCH}, {{steps}} rounds of one step of each player, or as many in all",
)
read, column = RECIPE.read, RECIPE.column
