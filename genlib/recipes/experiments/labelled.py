"""What recipes of games about pairs have in common: samples on demand, and what they are worth."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from genlib import Model
from genlib.metrics import features, frechet, label_probabilities, precision_recall
from genlib.recipes.experiments.samples import TOGETHER

RECALLED = 2_000  # examples of a set that precision and recall look at


def on_demand(model: Model, label: Tensor) -> Tensor:
    """Return a sample of each label, of fixed codes, computed in float32, on the CPU."""
    generator = torch.Generator().manual_seed(0)
    with torch.autocast(model.device.type, enabled=False):
        parts = [
            model.sample(len(part), label=part, generator=generator).cpu()
            for part in label.split(TOGETHER)
        ]
    return torch.cat(parts)


def accuracy(scores: Tensor, label: Tensor) -> float:
    """Return the share of examples whose largest score, of (N, labels), is that of their label."""
    return (scores.argmax(1) == label).double().mean().item()


def by_class(*sets: Sequence[Tensor]) -> Iterator[tuple[Tensor, ...]]:
    """Yield the examples of one class after the other, of pairs ``(examples, labels)``.

    A class of which some set has fewer than two is left out.
    """
    for label in sets[0][1].unique():
        parts = tuple(x[y == label] for x, y in sets)
        if min(map(len, parts)) > 1:
            yield parts


def spread(images: Tensor, label: Tensor) -> Tensor:
    """Return how far images lie from the mean image of their class, for each class.

    It is the root of the sum of the pixels' variances.
    """
    parts = by_class((images.flatten(1), label))
    return torch.stack([part.var(dim=0).sum().sqrt() for (part,) in parts])


def class_distances(fake: Sequence[Tensor], real: Sequence[Tensor]) -> list[float]:
    """Return the Fréchet distance of each class, of pairs ``(features, labels)``."""
    return [frechet(*pair) for pair in by_class(fake, real)]


def compared(images: Tensor, label: Tensor, real: Tensor, real_label: Tensor) -> dict[str, float]:
    """Return how samples compare with the data of their label, to the digit classifier.

    Args:
        images: samples, (N, 1, 28, 28), in [0, 1].
        label: what they should be, (N,).
        real: images, in [0, 1].
        real_label: what they are.

    Returns:
        ``accuracy``, the share of samples that the classifier takes for what they should be;
        ``sure``, the share of which it is surer than 0.9; ``distance``, Fréchet's; the mean of
        those of each class, ``class_distance``; ``precision`` and ``recall``; ``spread`` within a
        class as a multiple of that of the data, the mean over the classes.
    """
    named, (found, wanted) = label_probabilities(images)[:, 0], map(features, (images, real))
    lie = precision_recall(wanted[:RECALLED], found[:RECALLED])
    distances = class_distances((found, label), (wanted, real_label))
    return {
        "accuracy": accuracy(named, label),
        "sure": (named.amax(1) > 0.9).double().mean().item(),
        "distance": frechet(found, wanted),
        "class_distance": sum(distances) / len(distances),
        "precision": lie.precision,
        "recall": lie.recall,
        "spread": (spread(images, label) / spread(real, real_label)).mean().item(),
    }
