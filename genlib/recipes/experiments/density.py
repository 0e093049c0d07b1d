"""What the recipes of densities of grey images have in common: data and scores."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from genlib.data import Images, load
from genlib.flows import Flow
from genlib.metrics import bits_per_dim
from genlib.recipes.experiments.phase import Phase
from genlib.training.batches import Data

DATA = "MNIST, first 55,000 training images, dequantised anew for each batch"
TOGETHER = 500  # images scored at once
LEVELS = 256


def dequantised_digits(model: Flow) -> Data:
    """Return the training images, whose noise is drawn anew for each batch."""
    return load("mnist").dequantised()


def held_out(model: Flow) -> dict[str, float]:
    """Return the bits a dimension of the validation images, their noise drawn once."""
    return {"validation": bits(model, load("mnist", "validation"), draws=1)}


def phase(steps: int, **fit: Any) -> Phase:  # noqa: ANN401
    """Return the training on dequantised digits; the averaged weights are what is kept."""
    kept = {"ema": 0.999, "evaluate": held_out}
    return Phase(steps=steps, data=dequantised_digits, fit=kept | fit)


def scores(model: Flow, images: int | None = None, draws: int = 16) -> Iterator[tuple[str, float]]:
    """Yield bits a dimension of validation and test images, by several draws and by one.

    Args:
        model: what to score.
        images: how many of each split; by default 1,000 for several draws, all for one.
        draws: K of several draws.
    """
    for split in ("validation", "test"):
        digits = load("mnist", split)
        few, every = digits[: images or 1000], digits[:images]
        yield f"{split} bits/dim, {draws} draws, {share(few, digits)}", bits(model, few, draws)
        yield f"{split} bits/dim, one draw, {share(every, digits)}", bits(model, every, draws=1)


def share(part: Images, whole: Images) -> str:
    """Say how many images of a split these are."""
    return f"{'first ' if len(part) < len(whole) else ''}{len(part):,} images"


def bits(model: Flow, digits: Images, draws: int) -> float:
    """Return the mean bits a dimension over the images; see ``log_prob``."""
    nats = log_prob(model, digits, draws).mean().item()
    return bits_per_dim(nats, digits.images.shape[1:], levels=LEVELS)


@torch.no_grad()
def log_prob(model: Flow, digits: Images, draws: int) -> Tensor:
    r"""Return a bound on log P(k) of grey levels k, up to D log 256, in nats, (N,).

    .. math:: \log \frac1K \sum_j p\Big(\frac{k + u_j}{256}\Big), \qquad u_j \sim U[0, 1)^D

    In expectation it grows with K towards :math:`\log P(k) + D \log 256`, the logarithm of the mean
    density over the box of an image's levels; one draw is the bound that is trained. Theis, van
    den Oord and Bethge (2016, https://arxiv.org/abs/1511.01844); several draws: Hoogeboom, Cohen
    and Tomczak (2020, https://arxiv.org/abs/2001.11235). Draw j has seed j, on any device.
    """
    found = [
        torch.cat([model.log_prob(x.to(model.device)).double().cpu() for x in parts])
        for parts in (digits.dequantised(seed=j).split(TOGETHER) for j in range(draws))
    ]
    return torch.logsumexp(torch.stack(found), 0) - math.log(draws)
