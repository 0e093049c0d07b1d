"""The growing networks of Karras, Aila, Laine and Lehtinen."""

from collections.abc import Sequence
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from genlib.gans.networks.dcgan import LEAK
from genlib.gans.networks.stages import Growing, channels
from genlib.nn import Bounded, EqualisedConv2d, EqualisedLinear, MinibatchStd, PixelNorm


class ProgressiveGenerator(Growing):
    """Codes ``(B, latent)`` to images of the stage in use, ``(B, C, s, s)``.

    A linear layer and a convolution make features of the smallest side; each further stage repeats
    every pixel and convolves twice. A 1 x 1 convolution a stage turns features into colours.

    Args:
        latent: length of the code.
        width: channels of the last stage; each before has twice as many.
        event_shape: ``(C, S, S)`` of the last stage, S a few doublings of at most 7.
        bounds: the interval in which pixels lie, or ``None`` if they may be any number.
        most: channels that no stage exceeds.
        pixel_norm: whether code and features are normalised at each pixel.

    Raises:
        ValueError: if a size is not positive, or the side S is another.
    """

    def __init__(
        self,
        latent: int = 64,
        width: int = 16,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        most: int = 64,
        pixel_norm: bool = True,
    ) -> None:
        """Build the layers of all stages."""
        super().__init__(event_shape)
        first, widths = self.sides[0], channels(len(self.sides), width, most)
        norm = PixelNorm if pixel_norm else nn.Identity
        small = (widths[0], first, first)
        dense = EqualisedLinear(latent, widths[0] * first * first)
        start = [norm(), dense, nn.Unflatten(1, small), nn.LeakyReLU(LEAK), norm()]
        self.blocks = nn.ModuleList([nn.Sequential(*start, *convolved(widths[0], widths[0], norm))])
        for before, after in pairwise(widths):
            layers = [*convolved(before, after, norm), *convolved(after, after, norm)]
            self.blocks.append(nn.Sequential(nn.Upsample(scale_factor=2), *layers))
        self.colours = nn.ModuleList(
            [EqualisedConv2d(features, event_shape[0], 1, gain=1.0) for features in widths]
        )
        self.bounded = nn.Identity() if bounds is None else Bounded(*bounds)

    def forward(self, z: Tensor) -> Tensor:
        """Return images of the stage's side."""
        before = features = z
        for block in self.blocks[: self.stage + 1]:
            before, features = features, block(features)
        images = self.colours[self.stage](features)
        if self.fading:
            images = self.mix(doubled(self.colours[self.stage - 1](before)), images)
        return self.bounded(images)

    def in_use(self) -> list[nn.Module]:
        """Return the blocks up to the stage, and what makes its colours."""
        first = self.stage - self.fading
        return [*self.blocks[: self.stage + 1], *self.colours[first : self.stage + 1]]


class ProgressiveDiscriminator(Growing):
    """Images of the stage in use, ``(B, C, s, s)``, to scores ``(B,)``.

    The generator's mirror: a 1 x 1 convolution of the colours, two convolutions and a mean of
    2 x 2 pixels a stage, and at the smallest side a convolution and two linear layers.

    Args:
        width: channels of the last stage; each before has twice as many.
        event_shape: ``(C, S, S)`` of the last stage.
        most: channels that no stage exceeds.
        minibatch_std: whether it sees how much the examples of a batch vary.

    Raises:
        ValueError: if a size is not positive, or the side S is another.
    """

    def __init__(
        self,
        width: int = 16,
        event_shape: Sequence[int] = (1, 28, 28),
        most: int = 64,
        minibatch_std: bool = True,
    ) -> None:
        """Build the layers of all stages."""
        super().__init__(event_shape)
        widths = channels(len(self.sides), width, most)
        self.colours = nn.ModuleList(
            [nn.Sequential(*convolved(event_shape[0], features, kernel=1)) for features in widths]
        )
        self.blocks = nn.ModuleList(
            [
                nn.Sequential(*convolved(after, after), *convolved(after, before), nn.AvgPool2d(2))
                for before, after in pairwise(widths)
            ]
        )
        self.head = head(widths[0], self.sides[0], minibatch_std)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores."""
        features = self.colours[self.stage](x)
        if self.stage > 0:
            features = self.blocks[self.stage - 1](features)
        if self.fading:
            features = self.mix(self.colours[self.stage - 1](halved(x)), features)
        for stage in reversed(range(self.stage - 1)):
            features = self.blocks[stage](features)
        return self.head(features)

    def in_use(self) -> list[nn.Module]:
        """Return the blocks from the stage on, and what takes its colours."""
        first = self.stage - self.fading
        return [*self.blocks[: self.stage], *self.colours[first : self.stage + 1], self.head]


def convolved(
    inputs: int, outputs: int, norm: type[nn.Module] | None = None, kernel: int = 3
) -> list[nn.Module]:
    """Return a convolution, a leaky ReLU, and a norm if there is one."""
    layers = [EqualisedConv2d(inputs, outputs, kernel), nn.LeakyReLU(LEAK)]
    return layers if norm is None else [*layers, norm()]


def head(features: int, side: int, minibatch_std: bool) -> nn.Sequential:
    """Return the layers that make a score of the smallest images."""
    seen = [MinibatchStd()] if minibatch_std else []
    return nn.Sequential(
        *seen,
        *convolved(features + minibatch_std, features),
        nn.Flatten(),
        EqualisedLinear(features * side * side, features),
        nn.LeakyReLU(LEAK),
        EqualisedLinear(features, 1, gain=1.0),
        nn.Flatten(0),
    )


def doubled(x: Tensor) -> Tensor:
    """Repeat every pixel."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def halved(x: Tensor) -> Tensor:
    """Take the mean of 2 x 2 pixels."""
    return F.avg_pool2d(x, 2)
