"""Pictures whose colours are separate images: a data set with as many modes as one likes."""

import torch
from torch import Tensor

from genlib.data.arguments import check_generator


def stacked(images: Tensor, channels: int = 3, generator: torch.Generator | None = None) -> Tensor:
    r"""Put grey images on top of each other at random, as the channels of colour pictures.

    .. math:: y_n = (x_{\pi_1(n)}, \dots, x_{\pi_S(n)}), \qquad \pi_s \text{ a permutation}

    Every permutation is drawn evenly from all, independently of the others, so each image is used
    once in each channel. Of ten digits in three channels there are 1,000 modes, equally likely if
    the digits are. ``PerBatch(stacked, images)`` draws the stacks of every batch anew.

    Args:
        images: (N, 1, H, W), of any type.
        channels: S, how many images make a picture.
        generator: the source of randomness, torch's default one for None.

    Returns:
        (N, S, H, W), of the same type.

    Raises:
        ValueError: if the images have colours themselves, or S is below 1.

    Source: Metz et al., Unrolled generative adversarial networks, 2017,
    https://arxiv.org/abs/1611.02163. Chapter: stabilising GANs.
    """
    if images.dim() != 4 or images.shape[1] != 1:
        raise ValueError(f"images of shape {tuple(images.shape)}, wanted (N, 1, H, W) to stack")
    if channels < 1:
        raise ValueError(f"channels={channels}, wanted at least one image a picture")
    check_generator(generator, images.device)
    orders = [
        torch.randperm(len(images), generator=generator, device=images.device)
        for _ in range(channels)
    ]
    return torch.cat([images[order] for order in orders], 1)
