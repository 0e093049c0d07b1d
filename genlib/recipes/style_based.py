"""Style-based generators with one part left out at a time: a table of games on small digits.

Chapter: "Style-based generators".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from genlib import fit, seed
from genlib.gans import (
    GAN,
    R1,
    PathLength,
    ProgressiveGenerator,
    StyleGAN,
    StyleGAN2,
    StyleGAN3,
    path_lengths,
)
from genlib.gans.networks import MLPDiscriminator
from genlib.metrics import (
    equivariance,
    features,
    label_probabilities,
    perceptual_path_length,
)
from genlib.nn import PixelNorm
from genlib.recipes.conditional_gans import digits, large
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded
from genlib.recipes.experiments.samples import by_features, in_parts

SEEDS = range(2, 5)  # the step size was chosen with seed 1, of two
STEPS = 600
BATCH = 32
SIDE = 14
EXAMPLES = 2_000  # samples, and validation images
CODES = 500  # of everything that is asked of codes
SHIFTS = ((0.5, 0.25), (1.0, 0.0), (-1.5, 2.5), (3.0, -5.0))  # pixels
LATENT = 32
SIZES = {"event_shape": (1, SIDE, SIDE), "width": 16, "most": 32, "latent": LATENT}
GAME = {"penalties": [R1(0.1, closed=True)], "lr": 4e-3}


def styled(kind: type[StyleGAN] = StyleGAN2, **options: object) -> StyleGAN:
    """Return a style-based game."""
    return kind(style=LATENT, depth=3, **(SIZES | GAME | options))


def without_mapping() -> StyleGAN:
    """Return one whose styles are the codes, normalised."""
    game = styled()
    game.generator.mapping = PixelNorm()
    return game


def without_demodulation() -> StyleGAN:
    """Return one whose styles scale the weights, and nothing scales them back."""
    game = styled()
    for layer in game.generator.layers:
        layer.conv.demodulate = False
    return game


def plain() -> GAN:
    """Return one whose code enters at the bottom, once."""
    rest = {"latent": LATENT, "event_shape": SIZES["event_shape"]}
    return GAN(ProgressiveGenerator(**SIZES), discriminator=judge(), **rest, **GAME)


def judge() -> MLPDiscriminator:
    """Return the discriminator of all games."""
    return MLPDiscriminator((1, SIDE, SIDE), (256, 128))


@dataclass(frozen=True)
class Kind:
    """A game that is compared.

    Attributes:
        game: makes it.
        share: of the table's rounds that it plays.
    """

    game: Callable[[], GAN]
    share: float = 1.0


KINDS: Mapping[str, Kind] = {
    "StyleGAN2": Kind(styled),
    "AdaIN": Kind(partial(styled, StyleGAN)),
    "code at the bottom": Kind(plain),
    "no mapping": Kind(without_mapping),
    "no noise": Kind(partial(styled, noise=False)),
    "no mixing": Kind(partial(styled, mixing=0.0)),
    "no demodulation": Kind(without_demodulation),
    "path length": Kind(lambda: styled(path_length=PathLength(share=0.25))),
    "alias-free": Kind(partial(styled, StyleGAN3), 0.25),
    "not oversampled": Kind(partial(styled, StyleGAN3, oversample=False), 0.25),
}
FOLLOWING = ("alias-free", "not oversampled")  # whose input can be moved


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: a key of ``KINDS``.
        seed: of the weights, the batches and all noise.
    """

    kind: str = "StyleGAN2"
    seed: int = 2


@dataclass(frozen=True)
class Row(Run):
    """One line of the table.

    Attributes:
        measure: what was measured of the averaged generator.
        value: what it is.
    """

    measure: str = ""
    value: float = 0.0


def model(run: Run) -> GAN:
    """Build a game; those of one seed have the same weights each time, and the same judge."""
    seed(run.seed)
    opponent = judge()
    game = KINDS[run.kind].game()
    game.discriminator = opponent
    return game


def described(images: Tensor) -> Tensor:
    """Return the digit classifier's features of small images in [-1, 1]."""
    return features(large(images))


def named(images: Tensor) -> Tensor:
    """Return what the digit classifier takes small images for, (N,)."""
    return label_probabilities(large(images))[:, 0].argmax(dim=1)


def quality(game: GAN) -> dict[str, float]:
    """Return how samples compare with validation images, in the classifier's features."""
    real = described(digits("validation")[0][:EXAMPLES])
    return by_features(described(in_parts(game.sample, EXAMPLES)), real)


def codes(number: int) -> Tensor:
    """Return the codes that are asked of all games."""
    return torch.randn(CODES, LATENT, generator=torch.Generator().manual_seed(number))


def paths(game: GAN) -> dict[str, float]:
    """Return the perceptual path lengths between codes, and between styles if there are any."""
    ends = codes(0), codes(1)
    if not isinstance(game, StyleGAN):
        game.generator.eval()
        return {"path in z": perceptual_path_length(game.generator, *ends, spherical=True,
                                                    describe=described)}  # fmt: skip
    draw = partial(game.images, noise=0)
    by_code = lambda z: draw(game.styles(z))  # noqa: E731
    styles = [game.styles(z) for z in ends]
    return {
        "path in z": perceptual_path_length(by_code, *ends, spherical=True, describe=described),
        "path in w": perceptual_path_length(draw, *styles, describe=described),
    }


def lengths(game: StyleGAN) -> dict[str, float]:
    """Return the mean length of an image's step for one of its style, and its spread by the mean.

    The direction in which the image steps is drawn anew for each style.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        found = path_lengths(partial(game.generator.synthesis, noise=0), game.styles(codes(0)))
    return {"length": found.mean().item(), "uneven": (found.std() / found.mean()).item()}


def chance(game: StyleGAN) -> dict[str, float]:
    """Return what fresh noise changes, by pixels and by name.

    ``noise`` is the mean square of a change by new noise over that by a new code and new noise;
    ``renamed`` is the share of images that new noise gives another name.
    """
    drawn = [torch.Generator().manual_seed(number) for number in (0, 1)]
    styles = game.styles(codes(0))
    same, again = (game.images(styles, generator=one) for one in drawn)
    other = game.images(styles.roll(1, 0), generator=drawn[0])
    return {
        "noise": ((same - again).square().mean() / (same - other).square().mean()).item(),
        "renamed": (named(same) != named(again)).double().mean().item(),
    }


def carried(game: StyleGAN) -> dict[str, float]:
    """Return how many images have the name of the code that some layers hear.

    ``coarse`` are the layers of the smaller side, ``fine`` the others; the other layers hear
    another code, whose image has another name.
    """
    first, second = codes(0), codes(1)
    names = [named(game.images(game.styles(z), noise=0)) for z in (first, second)]
    differ, layers = names[0] != names[1], range(len(game.generator.layers))
    found = {}
    for name, some in {"coarse": layers[:2], "fine": layers[2:]}.items():
        mixed = named(game.mix(first, second, some, noise=0))
        found[name] = (mixed == names[1])[differ].double().mean().item()
    return found


def decibels(game: StyleGAN3) -> float:
    """Return how well images follow moves of their input."""
    styles = game.styles(codes(0)[:64])
    draw = lambda shift: game.images(styles, shift=tuple(by / SIDE for by in shift))  # noqa: E731
    return equivariance(draw, SHIFTS)


def measured(kind: str, game: GAN) -> dict[str, float]:
    """Return all that is asked of a kind."""
    if kind in FOLLOWING:
        return quality(game) | {"decibels": decibels(game)}
    found = quality(game) | paths(game)
    if not isinstance(game, StyleGAN):
        return found
    return found | lengths(game) | chance(game) | carried(game)


def rows(run: Run, steps: int) -> list[Row]:
    """Play one game, and measure the average of its weights, a row for each number."""
    kind, game = KINDS[run.kind], model(run)
    before = {"decibels untrained": decibels(game)} if run.kind in FOLLOWING else {}
    rounds = max(1, round(kind.share * steps))
    options = {"batch_size": BATCH, "ema": 0.99, "progress": False, "seed": run.seed}
    history = fit(game, digits()[0], steps=rounds, device="cpu", **options)
    found = before | measured(run.kind, history.ema)
    return [Row(run.kind, run.seed, name, rounded(value)) for name, value in found.items()]


RECIPE = Table(
    name="style-based",
    summary="styles with one part left out at a time",
    steps=STEPS,
    cases=lambda: [Run(kind, number) for number in SEEDS for kind in KINDS],
    row=Row,
    run_case=rows,
    about=f"digits of {SIDE} x {SIDE} pixels, seeds {SEEDS[0]} to {SEEDS[-1]}, {{steps}} rounds of "
    f"{BATCH}, a quarter of that for {' and '.join(FOLLOWING)}; the same perceptron for all as D, "
    "R1 of weight 0.1, step size 0.004",
    index=("measure",),
)


def column(kind: str, measure: str) -> Tensor:
    """Return what was measured of a kind, (seeds,)."""
    return RECIPE.column("value", kind=kind, measure=measure)
