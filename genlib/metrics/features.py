"""Images as the stored digit classifier sees them: what the yardsticks measure."""

from functools import cache

import torch
from torch import Tensor

from genlib import zoo
from genlib.data import load
from genlib.metrics.classifier import DigitClassifier
from genlib.model import check_events

NAME = "digit-classifier"
TOGETHER = 500  # images described at once


def features(images: Tensor, *, low: float = 0.0) -> Tensor:
    """Return what the stored ``digit-classifier`` computes of images before it names them.

    These are the numbers of its penultimate layer, on which ``frechet``, ``kernel`` and
    ``precision_recall`` are taken for digits. A distance of them belongs to this network alone, as
    do those of an Inception network to that: name the network beside a number. The network sees
    what tells digits apart, and may be blind to the rest. Chapter: evaluating samples.

    Args:
        images: float32, (N, 1, 28, 28), in [low, 1].
        low: what is black, 0, or -1 for images in [-1, 1].

    Returns:
        (N, D), float64, on the CPU; computed in float32 where the images are.

    Raises:
        ValueError: if ``low`` is not below 1, or the images are of another type, shape or range.
    """
    return _described(images, low, "features").double()


def label_probabilities(images: Tensor, *, low: float = 0.0) -> Tensor:
    """Return what the stored ``digit-classifier`` takes each image, or each colour, to be.

    Args:
        images: float32, (N, S, 28, 28), in [low, 1], whose S channels are a digit each.
        low: what is black, 0, or -1 for images in [-1, 1].

    Returns:
        probabilities of the ten labels, (N, S, 10), float64, on the CPU.

    Raises:
        ValueError: as ``features``.
    """
    if not isinstance(images, Tensor) or images.ndim != 4:
        given = tuple(images.shape) if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(f"images are {given}, wanted (N, S, 28, 28)")
    logits = _described(images.flatten(0, 1).unsqueeze(1), low, "forward").double()
    return logits.softmax(1).unflatten(0, images.shape[:2])


def digit_features(split: str = "test") -> Tensor:
    """Return the features of the bundled digits of a split, (N, D), computed once.

    Raises:
        ValueError: if there is no such split.
    """
    return _of_split(split).clone()


@cache
def _of_split(split: str) -> Tensor:
    return features(load("mnist", split).unit())


@torch.no_grad()
def _described(images: Tensor, low: float, method: str) -> Tensor:
    """Return what a method of the classifier makes of images, in parts."""
    if not low < 1:
        raise ValueError(f"low={low}, wanted what is black, below 1")
    device = images.device if isinstance(images, Tensor) else torch.device("cpu")
    judge = _judge(device)
    check_events(images, judge.event_shape, low, 1.0, who=NAME, like=judge.head.weight)
    units = ((part - low) / (1 - low) for part in images.split(TOGETHER))
    with torch.autocast(device.type, enabled=False):
        return torch.cat([getattr(judge, method)(part).cpu() for part in units])


@cache
def _judge(device: torch.device) -> DigitClassifier:
    return zoo.load(NAME, device=device)
