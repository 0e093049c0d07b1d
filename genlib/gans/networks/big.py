"""The residual networks of Brock, Donahue and Simonyan, at small size."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn

from genlib.gans.networks.dcgan import sides, widths
from genlib.gans.networks.labelled import ProjectionDiscriminator
from genlib.nn import Bounded, ConditionalBatchNorm2d, ResidualDown, ResidualUp, SelfAttention2d


class BigGANGenerator(nn.Module):
    r"""Residual blocks from codes ``(B, latent)`` and labels ``(B,)`` to images ``(B, C, S, S)``.

    The code is cut into chunks. A linear layer makes a small image of the first; every block then
    doubles its side, with batch norms whose scales and shifts are linear maps of one embedding of
    the label, shared by all, and of the block's own chunk ("skip-z"):

    .. math::

        h_0 = W z_0, \qquad h_i = \mathrm{block}_i(h_{i-1}, [e_y, z_i]).

    Attention between places stands before the last block; batch norm, ReLU, a convolution and a
    tanh onto the bounds at the end.

    Args:
        classes: how many labels there are.
        latent: length of the code; chunks differ by one number at most, the first are the longer.
        width: channels before the last convolution; the block before has twice as many, and so on.
        shared: length of the label's embedding; ``None`` gives every norm a table of its own.
        skip: whether the code is cut; else all of it goes into the first layer.
        attention: whether there is any.
        event_shape: ``(C, S, S)``, as of :py:class:`~genlib.gans.DCGANGenerator`.
        bounds: the interval in which pixels lie, or ``None`` if they may be any number.

    Raises:
        ValueError: if a size is not positive, the side S is another, the code is shorter than its
            chunks are many, or there are chunks but no shared embedding beside which they stand.

    Source: Brock et al. (2019), https://arxiv.org/abs/1809.11096.
    Chapter: "Bigger and sturdier GANs".
    """

    def __init__(
        self,
        classes: int = 10,
        latent: int = 64,
        width: int = 16,
        *,
        shared: int | None = 32,
        skip: bool = True,
        attention: bool = True,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
    ) -> None:
        """Build the layers, and draw orthogonal weights."""
        super().__init__()
        first, *others = sides(event_shape)
        channels = widths(width, len(others) + 1)[::-1]
        self.chunks = chunk_lengths(latent, len(others) + 1 if skip else 1)
        if shared is not None and shared < 1:
            raise ValueError(f"shared={shared}, wanted a positive length, or None")
        if shared is None and skip:
            raise ValueError("skip=True wants an embedding beside the chunks: shared=None")
        small = (channels[0], first, first)
        self.start = nn.Sequential(nn.Linear(self.chunks[0], prod(small)), nn.Unflatten(1, small))
        self.embedding = nn.Identity() if shared is None else nn.Embedding(classes, shared)
        self.blocks = nn.ModuleList()
        for i, (inputs, outputs) in enumerate(pairwise(channels)):
            norm = partial(ConditionalBatchNorm2d, classes=classes)
            if shared is not None:
                own = self.chunks[i + 1] if skip else 0
                norm = partial(ConditionalBatchNorm2d, width=shared + own)
            self.blocks.append(ResidualUp(inputs, outputs, norm))
        self.attention = SelfAttention2d(2 * width) if attention else nn.Identity()
        self.end = nn.Sequential(
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, event_shape[0], 3, padding=1),
            nn.Identity() if bounds is None else Bounded(*bounds),
        )  # fmt: skip
        orthogonal(self)

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        """Return images of codes and labels."""
        start, *others = z.split(self.chunks, dim=1)
        x, told = self.start(start), self.embedding(label)
        for i, block in enumerate(self.blocks):
            if i == len(self.blocks) - 1:
                x = self.attention(x)
            x = block(x, torch.cat([told, others[i]], dim=1) if others else told)
        return self.end(x)


class BigGANDiscriminator(ProjectionDiscriminator):
    """Residual blocks from images ``(B, C, S, S)`` and labels ``(B,)`` to scores ``(B,)``.

    Every block but the last halves the side; the first has ``width`` channels, each further one
    twice as many. Attention stands behind the first. ReLU and the sum over all places make the
    features that are compared with the label's vector. There is no norm.

    Args:
        classes: how many labels there are.
        width: channels of the first block.
        attention: whether there is any.
        event_shape: ``(C, S, S)``, as of :py:class:`~genlib.gans.DCGANGenerator`.

    Raises:
        ValueError: if a size is not positive, or the side S is another.

    Source: Brock et al. (2019), https://arxiv.org/abs/1809.11096.
    Chapter: "Bigger and sturdier GANs".
    """

    def __init__(
        self,
        classes: int = 10,
        width: int = 16,
        *,
        attention: bool = True,
        event_shape: Sequence[int] = (1, 28, 28),
    ) -> None:
        """Build the layers, and draw orthogonal weights."""
        _, *others = sides(event_shape)
        channels = widths(width, len(others) + 1)
        layers: list[nn.Module] = [ResidualDown(event_shape[0], width, first=True)]
        layers += [SelfAttention2d(width)] if attention else []
        for i, (inputs, outputs) in enumerate(pairwise(channels)):
            layers.append(ResidualDown(inputs, outputs, down=i < len(channels) - 2))
        super().__init__(nn.Sequential(*layers, nn.ReLU(), SumOverPlaces()), channels[-1], classes)
        orthogonal(self)


class SumOverPlaces(nn.Module):
    """The sum of each channel over the places of an image."""

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, C, H, W)`` to ``(B, C)``."""
        return x.sum(dim=(2, 3))


def chunk_lengths(latent: int, chunks: int) -> list[int]:
    """Return the lengths of the chunks of a code, which differ by one at most.

    Raises:
        ValueError: if the code is too short.
    """
    if latent < chunks:
        raise ValueError(f"latent={latent}, wanted at least {chunks}, a number for each chunk")
    return [len(range(i, latent, chunks)) for i in range(chunks)]


def orthogonal(network: nn.Module) -> None:
    """Draw weights whose rows, or columns, are orthogonal and of length 1; biases are noughts."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.Embedding):
            nn.init.orthogonal_(layer.weight)
            if getattr(layer, "bias", None) is not None:
                nn.init.zeros_(layer.bias)
