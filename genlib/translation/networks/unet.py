"""The U-Net: down to few pixels and up again, with the details handed across."""

import torch
from torch import Tensor, nn

from genlib.translation.networks.layers import check_sizes, initialise, norm_of

LEAK = 0.2
KERNEL = {"kernel_size": 4, "stride": 2, "padding": 1}  # doubles or halves a side


class UNet(nn.Module):
    r"""A network from images ``(B, C, H, W)`` to images ``(B, outputs, H, W)``.

    Each convolution on the way down halves the side, each transposed one on the way up doubles it,
    and is given beside its own input what the way down had at that size (a skip connection).
    Ronneberger, Fischer and Brox (2015, https://arxiv.org/abs/1505.04597), in the form of Isola et
    al. (2017, https://arxiv.org/abs/1611.07004). Chapter: image to image.

    Args:
        inputs: C.
        outputs: channels of the result.
        width: channels next to the image; each further layer has twice as many, eight times at
            most.
        depth: how often the side is halved; H and W are divisible by 2 ** depth.
        skips: whether details are handed across; without, all has to pass the smallest images.
        norm: ``"batch"``, ``"instance"`` or ``"none"``.
        dropout: probability at the smallest layers on the way up, the paper's source of noise.
        bounded: whether a tanh ends it, onto [-1, 1].

    Raises:
        ValueError: if a size is not positive, the dropout is not in [0, 1), or there is no such
            norm.
    """

    def __init__(
        self,
        inputs: int = 3,
        outputs: int = 3,
        width: int = 32,
        depth: int = 3,
        *,
        skips: bool = True,
        norm: str = "batch",
        dropout: float = 0.0,
        bounded: bool = True,
    ) -> None:
        """Build both ways, and draw the weights."""
        super().__init__()
        check_sizes(inputs=inputs, outputs=outputs, width=width, depth=depth)
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout={dropout}, wanted a probability below 1")
        self.depth, self.skips = depth, skips
        channels = [width * min(2**i, 8) for i in range(depth)]
        twice = 2 if skips else 1
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for i, (before, after) in enumerate(zip([inputs, *channels], channels, strict=False)):
            self.down.append(halving(before, after, "none" if i == 0 else norm, first=i == 0))
        for i in reversed(range(1, depth)):
            given = channels[i] * (1 if i == depth - 1 else twice)
            drop = dropout if i >= depth - 2 else 0.0
            self.up.append(doubling(given, channels[i - 1], norm, drop))
        given = channels[0] * (1 if depth == 1 else twice)
        last: list[nn.Module] = [nn.ReLU(), nn.ConvTranspose2d(given, outputs, **KERNEL)]
        self.last = nn.Sequential(*last, *([nn.Tanh()] if bounded else []))
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return the images."""
        passed = []
        for layer in self.down:
            x = layer(x)
            passed.append(x)
        for layer, beside in zip(self.up, reversed(passed[:-1]), strict=True):
            x = layer(x)
            x = torch.cat([x, beside], 1) if self.skips else x
        return self.last(x)


def halving(inputs: int, outputs: int, norm: str, *, first: bool) -> nn.Sequential:
    """Return a layer of the way down; the first one looks at the image as it is."""
    layers: list[nn.Module] = [] if first else [nn.LeakyReLU(LEAK)]
    return nn.Sequential(*layers, nn.Conv2d(inputs, outputs, **KERNEL), norm_of(norm, outputs))


def doubling(inputs: int, outputs: int, norm: str, dropout: float) -> nn.Sequential:
    """Return a layer of the way up."""
    layers = [nn.ReLU(), nn.ConvTranspose2d(inputs, outputs, **KERNEL), norm_of(norm, outputs)]
    return nn.Sequential(*layers, *([nn.Dropout(dropout)] if dropout else []))
