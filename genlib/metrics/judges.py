"""What a trained discriminator proves about the distance of model and data."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


@dataclass(frozen=True)
class Bound:
    """A bound from below, and how far sampling lets it stray.

    Attributes:
        nats: the estimate.
        error: its standard error, in nats.
    """

    nats: float
    error: float


@torch.no_grad()
def classifier_bound(
    discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor
) -> Bound:
    r"""Bound the Jensen-Shannon divergence from below by a discriminator's held-out log-loss.

    .. math::
        \mathrm{JSD}(p, q) \ge \log 2
        + \tfrac12 \mathbb{E}_p \log D(x) + \tfrac12 \mathbb{E}_q \log(1 - D(x))

    which is log 2 less the cross-entropy of equally many real and fake examples, with equality
    for D = p/(p + q) (Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661). It holds for
    examples that the discriminator was not trained on; on its training examples the number can
    be anything. A weak discriminator gives a low bound, below 0 if it is surer than it is right:
    a low number says nothing. Chapter: the GAN game.

    Args:
        discriminator: takes examples and returns one logit each, (N,) or (N, 1); above 0 it
            says "real". It is called as it is: a network with dropout or batch norm wants
            ``eval()`` first.
        real: examples of the data, ``(N, *event)``, held out.
        fake: examples of the model, ``(M, *event)``, held out. Each set counts for half, whatever
            its size.

    Raises:
        ValueError: if there are fewer than two examples of a kind, or not one finite logit each.
    """
    parts = (
        logsigmoid(_logits(discriminator, real, "real")),
        logsigmoid(-_logits(discriminator, fake, "fake")),
    )
    bound = math.log(2) + sum(part.mean().item() for part in parts) / 2
    variance = sum(part.var().item() / len(part) for part in parts)
    return Bound(bound, math.sqrt(variance) / 2)


def _logits(discriminator: Callable[[Tensor], Tensor], x: Tensor, kind: str) -> Tensor:
    """Return one finite logit for each example, (N,), in float64: a mean of many needs it."""
    if len(x) < 2:
        raise ValueError(f"{len(x)} {kind} examples, wanted at least 2")
    logits = discriminator(x)
    if logits.numel() != len(x):
        raise ValueError(
            f"the discriminator returned {tuple(logits.shape)} for {len(x)} {kind} examples, "
            "wanted one logit each"
        )
    logits = logits.reshape(-1).double()
    if not logits.isfinite().all():
        raise ValueError(f"the discriminator's logits of {kind} examples are not all finite")
    return logits
