"""The classifier of digits whose features the book's yardsticks stand on."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from genlib.data import Images, load
from genlib.data.per_batch import PerBatch
from genlib.data.pixels import unit
from genlib.metrics import DigitClassifier
from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.experiments.labelled import accuracy
from genlib.training.batches import Data

FURTHEST = 1  # pixels that a training image is moved, at most, in each direction
TOGETHER = 500  # images scored at once
SURE = 0.9  # the probability of its label above which the classifier counts as sure


def shifted(images: Tensor, furthest: int = FURTHEST) -> Tensor:
    """Return images in [0, 1], each moved by whole pixels drawn evenly, what comes in black.

    Args:
        images: uint8, (B, C, H, W), or a single one, (C, H, W).
        furthest: how far it goes at most, up, down, left and right.
    """
    single = images if images.ndim == 4 else images[None]
    padded = pad(unit(single), (furthest,) * 4)
    n, _, height, width = single.shape
    moves = torch.randint(2 * furthest + 1, (2, n, 1), device=images.device)
    row = moves[0] + torch.arange(height, device=images.device)
    column = moves[1] + torch.arange(width, device=images.device)
    place = torch.arange(n, device=images.device).view(n, 1, 1)
    # Indices apart from each other come first: (B, H, W, C) is what is found.
    found = padded[place, :, row.unsqueeze(2), column.unsqueeze(1)].movedim(-1, 1)
    return found if images.ndim == 4 else found[0]


def moving_digits(model: DigitClassifier) -> Data:
    """Return the training images, moved anew for each batch, with their labels."""
    digits = load("mnist")
    return PerBatch(shifted, digits.images, digits.labels)


def held_out(model: DigitClassifier) -> dict[str, float]:
    """Return the accuracy on the validation images, in percent."""
    digits = load("mnist", "validation")
    return {"validation": 100 * accuracy(logits(model, digits), digits.labels)}


def scores(model: DigitClassifier, images: int | None = None) -> Iterator[tuple[str, float]]:
    """Yield what the classifier knows of validation and test images.

    Args:
        model: what to score.
        images: how many of each split; by default all.
    """
    for split in ("validation", "test"):
        digits = load("mnist", split)[:images]
        found = logits(model, digits)
        say = partial("{} {}, {:,} images".format, split)
        sure = found.softmax(1).amax(1) > SURE
        yield say("cross-entropy, nats", len(digits)), cross_entropy(found, digits.labels).item()
        yield say(f"images surer than {SURE}, %", len(digits)), 100 * sure.double().mean().item()
        yield say("accuracy, %", len(digits)), 100 * accuracy(found, digits.labels)


@torch.no_grad()
def logits(model: DigitClassifier, digits: Images) -> Tensor:
    """Return the logits of the labels, (N, classes), as yardsticks use them: in float32."""
    parts = (part.to(model.device) for part in digits.unit().split(TOGETHER))
    with torch.autocast(model.device.type, enabled=False):
        return torch.cat([model(part).cpu() for part in parts])


RECIPE = Recipe(
    name="digit-classifier",
    summary="names digits; its features are the yardstick",
    factory="genlib.metrics:DigitClassifier",
    arguments={"channels": [32, 64], "features": 64, "lr": 2e-3, "schedule": "cosine"},
    phases=[
        Phase(
            steps=7_000,
            data=moving_digits,
            fit={
                "batch_size": 256,
                "precision": "bf16",
                "channels_last": True,
                "ema": 0.999,
                "evaluate": held_out,
                "every": 1_000,
            },
        )
    ],
    data="MNIST, first 55,000 training images, each moved by at most a pixel, anew for each batch",
    objective="cross-entropy",
    score=scores,
    low=None,
)
