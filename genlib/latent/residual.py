"""A variational autoencoder whose networks are residual and convolutional."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from genlib.latent.vae import VAE
from genlib.likelihoods import Likelihood
from genlib.likelihoods import likelihood as likelihood_named
from genlib.nn import ResidualBlock


class ResidualVAE(VAE):
    """A VAE with residual convolutional networks; everything else is the VAE's.

    The encoder halves the image once a level, with residual blocks at every size; the decoder is
    its mirror, and doubles the image by moving channels into space (``nn.PixelShuffle``, Shi et
    al. 2016, https://arxiv.org/abs/1609.05158). Residual networks in a VAE: Kingma et al. (2016,
    https://arxiv.org/abs/1606.04934).

    Args:
        latent: dimension of the code z.
        channels: channels at each level, from the largest images to the smallest.
        blocks: residual blocks a level, in each network.
        event_shape: ``(C, H, W)``; H and W must be divisible by 2 for every level.
        likelihood: what the decoder's output means.
        **options: what ``VAE`` takes beside networks.

    Raises:
        ValueError: if a size is not positive or the image cannot be halved so often.
    """

    def __init__(
        self,
        latent: int = 32,
        channels: Sequence[int] = (32, 64),
        blocks: int = 2,
        event_shape: Sequence[int] = (1, 28, 28),
        likelihood: str | Likelihood = "bernoulli",
        **options: object,
    ) -> None:
        """Build both networks."""
        colours, height, width = event_shape
        shrink = 2 ** len(channels)
        sizes = (*channels, blocks, latent)
        if not channels or min(sizes) < 1 or height % shrink or width % shrink:
            raise ValueError(
                f"latent={latent}, channels={tuple(channels)}, blocks={blocks}, "
                f"event_shape={tuple(event_shape)}: wanted positive sizes, and a height and width "
                f"that {shrink} divides"
            )
        given = likelihood_named(likelihood, event_shape)
        outputs = math.prod(given.parameter_shape(event_shape)) // (height * width)
        smallest = (channels[-1], height // shrink, width // shrink)
        down, up = (colours, *channels), (*reversed(channels), outputs)
        super().__init__(
            latent,
            event_shape=event_shape,
            likelihood=given,
            encoder=encoder(tuple(event_shape), smallest, down, blocks, 2 * latent),
            decoder=decoder(latent, smallest, up, blocks),
            **options,
        )


def encoder(
    image: tuple[int, int, int],
    smallest: tuple[int, int, int],
    channels: Sequence[int],
    blocks: int,
    outputs: int,
) -> nn.Sequential:
    """Build a network from flat images (B, size) to (B, outputs)."""
    layers: list[nn.Module] = [nn.Unflatten(1, image)]
    for inputs, width in pairwise(channels):
        layers.append(nn.Conv2d(inputs, width, 4, stride=2, padding=1))
        layers += [ResidualBlock(width) for _ in range(blocks)]
    flat = smallest[0] * smallest[1] * smallest[2]
    return nn.Sequential(*layers, nn.SiLU(), nn.Flatten(), nn.Linear(flat, outputs))


def decoder(
    latent: int, smallest: tuple[int, int, int], channels: Sequence[int], blocks: int
) -> nn.Sequential:
    """Build a network from codes (B, latent) to parameters (B, channels, H, W)."""
    flat = smallest[0] * smallest[1] * smallest[2]
    layers: list[nn.Module] = [nn.Linear(latent, flat), nn.Unflatten(1, smallest)]
    for inputs, width in pairwise(channels):
        layers += [ResidualBlock(inputs) for _ in range(blocks)]
        layers += [nn.SiLU(), nn.Conv2d(inputs, 4 * width, 3, padding=1), nn.PixelShuffle(2)]
    # stored weights are named decoder.network.0.weight and so on
    return nn.Sequential(OrderedDict(network=nn.Sequential(*layers)))
