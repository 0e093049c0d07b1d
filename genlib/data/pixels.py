"""From stored bytes to the four event spaces that a model may want.

Each function takes uint8 values 0 to 255 in a tensor of any shape, on any device, and returns
float32 of the same shape on the same device. Each raises ``ValueError`` for another type (floats
may be divided already), and where the generator is on another device.
"""

import torch
from torch import Tensor

from genlib.data.arguments import check_generator


def binary(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    r"""Draw every pixel from a Bernoulli distribution whose mean is its brightness.

    .. math:: b_i \sim \mathrm{Bernoulli}(x_i / 255)

    A whole number u drawn evenly from 0 to 254 lies below x with probability x/255 (torch draws
    it from 32 random bits, so to within 2**-32), never for x = 0 and always for x = 255.

    Args:
        images: uint8.
        generator: the source of randomness, torch's default one for None.

    Returns:
        float32 zeros and ones. Source: R. Salakhutdinov and I. Murray, On the quantitative
        analysis of deep belief networks, 2008, https://doi.org/10.1145/1390156.1390266. Used
        from the chapter on variational autoencoders on.
    """
    _check(images)
    check_generator(generator, images.device)
    levels = torch.empty_like(images).random_(0, 255, generator=generator)
    return (levels < images).float()


def unit(images: Tensor) -> Tensor:
    """Return x / 255, in [0, 1]."""
    _check(images)
    return images.float() / 255


def symmetric(images: Tensor) -> Tensor:
    """Return 2 x / 255 - 1, in [-1, 1], the range of a generator that ends in tanh."""
    _check(images)
    return images.float() / 127.5 - 1


def dequantised(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    r"""Spread every grey level evenly over its own interval, so that a density can model it.

    .. math:: y_i = (x_i + u_i) / 256, \qquad u_i \sim U[0, 1)

    The noise has 16 bits, as many as float32 keeps beside the 8 of x. Nothing is rounded: y is
    below 1 and floor(256 y) is x.

    Args:
        images: uint8.
        generator: the source of randomness, torch's default one for None.

    Returns:
        float32 in [0, 1). Source: L. Theis, A. van den Oord and M. Bethge, A note on the
        evaluation of generative models, 2016, https://arxiv.org/abs/1511.01844. Derived in the
        chapter on normalising flows.
    """
    _check(images)
    check_generator(generator, images.device)
    levels = images.float() * 2**16
    noise = torch.empty_like(levels).random_(0, 2**16, generator=generator)
    return (levels + noise) / 2**24


def _check(images: Tensor) -> None:
    if not isinstance(images, Tensor) or images.dtype != torch.uint8:
        given = images.dtype if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(f"images are uint8, values 0 to 255; these are {given}")
