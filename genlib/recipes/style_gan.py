"""The style-based GAN of the book: streets in four weathers, by the second StyleGAN.

Chapter: "Style-based generators".
"""

from collections.abc import Iterator
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, one_hot

from genlib import Model
from genlib.data import scenes
from genlib.data.images import Images
from genlib.data.pixels import symmetric
from genlib.data.scenes import Scenes
from genlib.gans import StyleGAN2
from genlib.metrics import frechet, sliced_wasserstein_pyramid
from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.experiments.samples import LOW, drawn

WEATHERS = ("day", "night", "fog", "snow")
STREETS = {"train": 8_000, "validation": 500, "test": 1_000}
KNOWN = 1_000  # of those that are trained on
BLOCK, FINE = 4, 2  # pixels of a side that are averaged to a colour
BLOCKS = (32 // BLOCK) ** 2  # of an image
PATCHES = {"levels": 1, "patches": 32, "directions": 64}


@cache
def streets(split: str = "train") -> Scenes:
    """Return streets to train on, or those that judge."""
    return scenes.streets(STREETS[split], split=split)


@cache
def pictures(split: str = "train") -> Images:
    """Return one picture of every street, labelled by its weather: every fourth is by day."""
    return streets(split).domains(*WEATHERS)


def street_pictures(model: Model) -> Tensor:
    """Return the pictures that are trained on, in [-1, 1]."""
    return pictures().symmetric()


@cache
def known() -> Scenes:
    """Return the streets from which the judges of weather and layout learn: the first ones."""
    return scenes.streets(KNOWN)


def colours(images: Tensor, block: int = BLOCK) -> Tensor:
    """Return the mean colours of blocks of images, and a 1, float64, a row each."""
    means = avg_pool2d(images.cpu().double(), block).flatten(1)
    return torch.cat([means, torch.ones_like(means[:, :1])], dim=1)


def ridge(x: Tensor, y: Tensor, weight: float) -> Tensor:
    """Return the weights of the linear regression from x to y that are as small as they can be.

    They minimise the mean squared error plus ``weight`` times their own squares' sum.
    """
    square = x.T @ x + weight * len(x) * torch.eye(x.shape[1], dtype=x.dtype)
    return torch.linalg.solve(square, x.T @ y)


@cache
def weather_judge() -> Tensor:
    """Return the weights from colours to noughts and ones, a column for each weather."""
    found = known().domains(*WEATHERS)
    return ridge(colours(found.symmetric()), one_hot(found.labels, len(WEATHERS)).double(), 1e-2)


@cache
def layout_judges() -> Tensor:
    """Return the weights from colours to the classes' shares of blocks, for each weather."""
    shares = avg_pool2d(one_hot(known().labels.long()).movedim(-1, 1).double(), BLOCK).flatten(1)
    views = [symmetric(known().view(name)) for name in WEATHERS]
    return torch.stack([ridge(colours(view, FINE), shares, 5e-2) for view in views])


def weathers(images: Tensor) -> Tensor:
    """Return which weather images in [-1, 1] show, as an index of ``WEATHERS``, (N,)."""
    return (colours(images) @ weather_judge()).argmax(dim=1)


def layouts(images: Tensor) -> Tensor:
    """Return what each block of 4 x 4 pixels mostly shows, as an index of classes, (N, 64).

    Images are in [-1, 1]; what colours mean depends on the weather that they are taken to show.
    """
    seen, weather = colours(images, FINE), weathers(images)
    found = torch.empty(len(images), *layout_judges().shape[2:], dtype=seen.dtype)
    for number, weights in enumerate(layout_judges()):
        found[weather == number] = seen[weather == number] @ weights
    return found.unflatten(1, (-1, BLOCKS)).argmax(dim=1)


def compared(samples: Tensor, real: Tensor) -> dict[str, float]:
    """Return how samples compare with pictures, both in [-1, 1].

    Returns:
        ``uneven``: the KL divergence of the weathers' shares from even ones, in nats; ``coarse``
        and ``fine``: the sliced Wasserstein distances of patches at 16 and at 32 pixels, times
        1,000; ``distance``: Fréchet's, of the mean colours of blocks.
    """
    counts = torch.bincount(weathers(samples), minlength=len(WEATHERS)).double()
    shares = counts / counts.sum()
    patches = sliced_wasserstein_pyramid(samples, real, **PATCHES)
    found = [colours(images)[:, :-1] for images in (samples, real)]
    return {
        "uneven": torch.xlogy(shares, len(WEATHERS) * shares).sum().item(),
        "coarse": 1000 * patches[16],
        "fine": 1000 * patches[32],
        "distance": frechet(*found),
    }


def held_out(model: Model) -> dict[str, float]:
    """Return how samples compare with as many validation pictures."""
    real = pictures("validation").symmetric()
    return compared(drawn(model, len(real)), real)


def scores(model: StyleGAN2, images: int = 1_000) -> Iterator[tuple[str, float]]:
    """Yield how samples compare with test pictures, and what these reach among themselves.

    Args:
        model: what to score.
        images: how many of each.
    """
    test = pictures("test").symmetric()[:images]
    found = compared(drawn(model, len(test)), test)
    floor = compared(pictures().symmetric()[: len(test)], test)
    words = {
        "uneven": "KL of the weathers' shares to even ones, nats",
        "coarse": "sliced Wasserstein of patches at 16 pixels, times 1,000",
        "fine": "the same at 32 pixels",
        "distance": "Fréchet distance of mean colours of 4 x 4 pixels",
    }
    for name, meaning in words.items():
        yield f"{meaning}, {images:,} samples (training pictures {floor[name]:.3g})", found[name]


RECIPE = Recipe(
    name="style-gan",
    summary="streets in four weathers, by the second StyleGAN",
    factory="genlib.gans:StyleGAN2",
    arguments={
        "width": 12,
        "most": 64,
        "event_shape": [3, 32, 32],
        "penalties": [{"factory": "genlib.gans:R1", "arguments": {"gamma": 0.2, "share": 0.25}}],
        "lr": 2e-3,
        "schedule": "cosine",
    },
    phases=[
        Phase(
            steps=8_000,
            data=street_pictures,
            fit={
                "batch_size": 16,
                "precision": "bf16",
                "ema": 0.998,
                "evaluate": held_out,
                "every": 1_000,
            },
        )
    ],
    data="8,000 rendered streets of 32 x 32 pixels, each in one of four weathers, in [-1, 1]",
    objective="non-saturating game, R1 (0.2, on a quarter of the batch)",
    score=scores,
    low=LOW,
    without=("discriminator",),
)
