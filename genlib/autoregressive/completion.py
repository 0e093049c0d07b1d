"""Colours that are drawn at once, where some of their channels are known."""

import torch
from torch import Tensor

from genlib.likelihoods import ColourLogisticMixture
from genlib.likelihoods.categorical import draw


def colour_given(
    likelihood: ColourLogisticMixture,
    parameters: Tensor,
    given: Tensor,
    known: Tensor,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw red, then green, then blue, each given the channels before it, known or drawn.

    Args:
        likelihood: of the colours.
        parameters: ``(n, 10 K, H, W)``.
        given: colours to complete, ``(n, 3, H, W)``.
        known: which of their channels to keep, of the same shape.
        generator: where the noise comes from.
    """
    x = given[:, :0]
    for kept, is_kept in zip(given.split(1, 1), known.split(1, 1), strict=True):
        p = likelihood.channel_probabilities(parameters, x)
        level = draw(p.log(), -3, generator).unsqueeze(1)
        drawn = likelihood.value(level.to(given.dtype))
        x = torch.cat([x, torch.where(is_kept, kept, drawn)], 1)
    return x
