"""What the recipes of autoregressive models on binary MNIST have in common: data and scores."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from genlib.autoregressive import AutoregressiveModel
from genlib.data import load
from genlib.recipes.experiments.likelihood import DATA, binary_digits, share
from genlib.recipes.experiments.phase import Phase

__all__ = ["DATA", "log_prob", "phase", "scores"]

TOGETHER = 250  # images scored at once
FEW = 1_000  # of which the held-out images are looked at while a model is trained


def held_out(model: AutoregressiveModel) -> dict[str, float]:
    """Return the log-likelihood of the first validation images, drawn once, in nats."""
    return {"validation": log_prob(model, load("mnist", "validation").binary(seed=0)[:FEW])}


def phase(steps: int, **fit: Any) -> Phase:  # noqa: ANN401
    """Return the training on binary digits; the averaged weights are what is kept."""
    kept = {"ema": 0.999, "evaluate": held_out}
    return Phase(steps=steps, data=binary_digits, fit=kept | fit)


def scores(model: AutoregressiveModel, images: int | None = None) -> Iterator[tuple[str, float]]:
    """Yield the log-likelihoods of validation and test images in nats: exact ones.

    Args:
        model: what to score.
        images: how many of each split; by default all.
    """
    for split in ("validation", "test"):
        yield score(model, split, load("mnist", split).binary(seed=0), images)


def score(
    model: AutoregressiveModel, split: str, x: Tensor, images: int | None
) -> tuple[str, float]:
    """Return the log-likelihood of the images ``x`` of a split, and its name; see ``scores``."""
    return f"{split} log-likelihood, nats, {share(x[:images], x)}", log_prob(model, x[:images])


@torch.no_grad()
def log_prob(model: AutoregressiveModel, x: Tensor) -> float:
    """Return the mean of log p(x) over the images ``x``, in nats, in the type of the weights."""
    parts = (part.to(model.device) for part in x.split(TOGETHER))
    with torch.autocast(model.device.type, enabled=False):
        return sum(model.log_prob(part).double().sum().item() for part in parts) / len(x)
