"""What style-based generators share, and the first of them, by adaptive instance norm."""

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.gans.networks.dcgan import LEAK, sides
from genlib.gans.networks.stages import channels
from genlib.nn import (
    AdaptiveInstanceNorm2d,
    Bounded,
    EqualisedConv2d,
    EqualisedLinear,
    PixelNorm,
    Upsample,
    standard_normal,
)

LAYERS_A_SIDE = 2
RATE = 0.01  # of the mapping network, beside that of the rest


class MappingNetwork(nn.Sequential):
    """Linear layers from codes ``(B, latent)`` to styles ``(B, style)``.

    The code is normalised first; the layers learn a hundred times slower than others.

    Args:
        latent: length of the code.
        style: length of the style.
        depth: how many layers.

    Raises:
        ValueError: if a number is not positive.
    """

    def __init__(self, latent: int, style: int, depth: int) -> None:
        """Build the layers."""
        if min(latent, style, depth) < 1:
            raise ValueError(f"latent={latent}, style={style}, depth={depth}: wanted positive")
        layers: list[nn.Module] = [PixelNorm()]
        for number in range(depth):
            inputs = latent if number == 0 else style
            layers += [EqualisedLinear(inputs, style, rate=RATE), nn.LeakyReLU(LEAK)]
        super().__init__(*layers)


class NoiseInput(nn.Module):
    """Add fresh noise, the same in all channels but for a factor that is learnt and starts at 0."""

    def __init__(self, features: int) -> None:
        """Begin with none."""
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features, 1, 1))

    def forward(self, x: Tensor, strength: float, generator: torch.Generator | None) -> Tensor:
        """Return images ``(B, C, H, W)`` with ``strength`` times the noise that was learnt."""
        noise = standard_normal(len(x), 1, *x.shape[2:], like=x, generator=generator)
        return x + strength * self.weight.to(x.dtype) * noise


class ScaledLeakyReLU(nn.Module):
    """A leaky ReLU, times the root of 2: what comes in with mean square 1 goes out so, nearly."""

    def forward(self, x: Tensor) -> Tensor:
        """Return images of the same shape."""
        return math.sqrt(2) * F.leaky_relu(x, LEAK)


class AdaptiveLayer(nn.Module):
    """Convolution, noise, leaky ReLU, and a norm with the mean and size that the style says.

    Args:
        inputs: channels that come in; None for a layer without convolution, on the constant.
        outputs: channels that go out.
        style: length of the style.
        doubles: whether the side is doubled first.
        noise: whether there is any.
    """

    def __init__(
        self, inputs: int | None, outputs: int, style: int, doubles: bool, noise: bool
    ) -> None:
        """Build the layer."""
        super().__init__()
        self.up = Upsample("bilinear", "replicate") if doubles else nn.Identity()
        self.conv = nn.Identity() if inputs is None else EqualisedConv2d(inputs, outputs)
        self.noise = NoiseInput(outputs) if noise else None
        self.norm = AdaptiveInstanceNorm2d(outputs, style)

    def forward(
        self, x: Tensor, style: Tensor, strength: float, generator: torch.Generator | None
    ) -> Tensor:
        """Return features, of twice the side if the layer doubles it."""
        x = self.conv(self.up(x))
        x = x if self.noise is None else self.noise(x, strength, generator)
        return self.norm(F.leaky_relu(x, LEAK), style)


class StyleGenerator(nn.Module):
    r"""Codes to styles, and styles, one for each layer, to images.

    .. math:: w = f(z), \qquad x = g(w_1, \dots, w_L)

    The image begins as a constant; at every side there are two layers, of which each is told a
    style: here as the mean and size of its features, by adaptive instance norm. Fresh noise on
    the features is to make what differs by chance.

    Args:
        latent: length of the code z.
        width: channels at the last side; each before has twice as many.
        event_shape: ``(C, S, S)``, S a few doublings of at most 7.
        bounds: the interval in which pixels lie, or ``None`` if they may be any number.
        most: channels that no layer exceeds.
        style: length of w.
        depth: layers of the mapping from z to w.
        noise: whether layers add noise.
        first: the smallest side, if it is above the usual one.
        **building: what a kind of generator's layers have to know beside.

    Raises:
        ValueError: if a size is not positive, the side S is another, or below ``first``.

    Source: Karras, Laine and Aila (2019), https://arxiv.org/abs/1812.04948.
    Chapter: "Style-based generators".
    """

    def __init__(
        self,
        latent: int = 64,
        width: int = 16,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        most: int = 64,
        style: int = 64,
        depth: int = 4,
        noise: bool = True,
        first: int = 1,
        **building: Any,  # noqa: ANN401
    ) -> None:
        """Build mapping, constant and layers."""
        super().__init__()
        self.sides = [side for side in sides(event_shape) if side >= first]
        if not self.sides:
            raise ValueError(f"first={first}, wanted at most the side {event_shape[1]}")
        self.mapping = MappingNetwork(latent, style, depth)
        self.bounded = nn.Identity() if bounds is None else Bounded(*bounds)
        self.build(channels(len(self.sides), width, most), event_shape[0], style, noise, **building)

    def build(self, widths: list[int], colours: int, style: int, noise: bool) -> None:
        """Build what makes images of styles."""
        self.constant = nn.Parameter(torch.ones(1, widths[0], self.sides[0], self.sides[0]))
        self.layers = nn.ModuleList()
        before = None
        for number, features in enumerate(widths):
            self.layers.append(AdaptiveLayer(before, features, style, number > 0, noise))
            self.layers.append(AdaptiveLayer(features, features, style, False, noise))
            before = features
        self.colours = EqualisedConv2d(widths[-1], colours, 1, gain=1.0)

    def forward(self, z: Tensor) -> Tensor:
        """Map codes ``(B, latent)`` to images ``(B, C, S, S)``."""
        return self.synthesis(self.styles(z))

    def styles(self, z: Tensor) -> Tensor:
        """Map codes ``(B, latent)`` to styles ``(B, L, style)``, the same in all layers."""
        return self.mapping(z)[:, None].expand(-1, len(self.layers), -1)

    def synthesis(
        self, styles: Tensor, noise: float = 1.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """Map styles ``(B, L, style)`` to images, with so much of the noise that was learnt."""
        x = self.constant.expand(len(styles), -1, -1, -1)
        for layer, style in zip(self.layers, styles.unbind(1), strict=True):
            x = layer(x, style, noise, generator)
        return self.bounded(self.colours(x))
