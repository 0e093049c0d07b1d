"""Style-based generators by modulated convolutions: the second, and the third, free of aliases."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from genlib.gans.networks.style import (
    LAYERS_A_SIDE,
    NoiseInput,
    ScaledLeakyReLU,
    StyleGenerator,
)
from genlib.nn import EqualisedConv2d, ModulatedConv2d, Oversampled, Upsample


class ModulatedLayer(nn.Module):
    """A modulated convolution, noise, a bias, and a leaky ReLU.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        style: length of the style.
        noise: whether there is any.
        up: what doubles the side first, if anything does.
        bend: the non-linearity.
        padding: what lies around the image.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        style: int,
        noise: bool,
        up: nn.Module | None = None,
        bend: nn.Module | None = None,
        padding: str = "zeros",
    ) -> None:
        """Build the layer."""
        super().__init__()
        self.up = up or nn.Identity()
        self.conv = ModulatedConv2d(inputs, outputs, style, padding=padding)
        self.noise = NoiseInput(outputs) if noise else None
        self.bias = nn.Parameter(torch.zeros(outputs, 1, 1))
        self.bend = bend or ScaledLeakyReLU()

    def forward(
        self, x: Tensor, style: Tensor, strength: float, generator: torch.Generator | None
    ) -> Tensor:
        """Return features, of twice the side if the layer doubles it."""
        x = self.conv(self.up(x), style)
        x = x if self.noise is None else self.noise(x, strength, generator)
        return self.bend(x + self.bias.to(x.dtype))


class Colours(nn.Module):
    """A modulated 1 x 1 convolution to colours, which are held at no size."""

    def __init__(self, features: int, colours: int, style: int) -> None:
        """Build the layer."""
        super().__init__()
        self.conv = ModulatedConv2d(features, colours, style, kernel=1, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(colours, 1, 1))

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Return images of features ``(B, C, H, W)`` and styles ``(B, S)``."""
        y = self.conv(x, style)
        return y + self.bias.to(y.dtype)


class DemodulatedGenerator(StyleGenerator):
    """A style-based generator whose styles scale the weights of its convolutions.

    As :py:class:`StyleGenerator`, but styles act by :py:class:`~genlib.nn.ModulatedConv2d`, and
    the image is the sum of what all sides have to say, each doubled up to the last.

    Source: Karras et al. (2020), https://arxiv.org/abs/1912.04958.
    Chapter: "Style-based generators".
    """

    def build(self, widths: list[int], colours: int, style: int, noise: bool) -> None:
        """Build what makes images of styles."""
        side = self.sides[0]
        self.constant = nn.Parameter(torch.randn(1, widths[0], side, side))
        self.up = Upsample("bilinear", "replicate")
        self.layers, self.colours = nn.ModuleList(), nn.ModuleList()
        before = widths[0]
        for number, features in enumerate(widths):
            up = Upsample("bilinear", "replicate") if number > 0 else None
            self.layers.append(ModulatedLayer(before, features, style, noise, up))
            self.layers.append(ModulatedLayer(features, features, style, noise))
            self.colours.append(Colours(features, colours, style))
            before = features

    def synthesis(
        self, styles: Tensor, noise: float = 1.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """Map styles ``(B, L, style)`` to images, with so much of the noise that was learnt."""
        x, image = self.constant.expand(len(styles), -1, -1, -1), None
        for number, (layer, style) in enumerate(zip(self.layers, styles.unbind(1), strict=True)):
            x = layer(x, style, noise, generator)
            if number % LAYERS_A_SIDE == LAYERS_A_SIDE - 1:  # the last layer of a side
                said = self.colours[number // LAYERS_A_SIDE](x, style)
                image = said if image is None else self.up(image) + said
        return self.bounded(image)


class FourierInput(nn.Module):
    r"""Waves on a torus, mixed by a linear layer: an image that can be moved by any distance.

    .. math:: \sqrt2 \cos(2\pi f \cdot (p - t)), \quad \sqrt2 \sin(2\pi f \cdot (p - t))

    for all whole frequencies f up to a quarter of the side, half of what the pixels could carry, at
    the pixels' places p in [0, 1)^2, moved by t.

    Args:
        features: channels that go out.
        side: of the images that go out.
    """

    def __init__(self, features: int, side: int) -> None:
        """List the frequencies, of each wave and its mirror image one."""
        super().__init__()
        most = math.ceil(side / 4)
        waves = torch.cartesian_prod(*[torch.arange(-most, most + 1.0)] * 2)
        ahead = (waves[:, 0] > 0) | ((waves[:, 0] == 0) & (waves[:, 1] > 0))
        waves = waves[ahead & (waves.norm(dim=1) <= most)]
        places = torch.cartesian_prod(*[torch.arange(side) / side] * 2).view(side, side, 2)
        self.register_buffer("waves", waves, persistent=False)
        self.register_buffer("places", places, persistent=False)
        self.mix = EqualisedConv2d(2 * len(waves), features, 1, bias=False, gain=1.0)

    def forward(self, shift: tuple[float, float] = (0.0, 0.0)) -> Tensor:
        """Return ``(1, features, side, side)``, moved down and right by parts of the image."""
        moved = torch.stack([self.places[..., axis] - shift[axis] for axis in (0, 1)], dim=2)
        # an angle of many turns has no digits left for its place in the last one in bfloat16
        with torch.autocast(moved.device.type, enabled=False):
            angles = 2 * torch.pi * (moved @ self.waves.T)
        found = torch.cat([angles.cos(), angles.sin()], dim=2).permute(2, 0, 1)
        return self.mix(2**0.5 * found[None])


class AliasFreeGenerator(StyleGenerator):
    """A style-based generator whose image moves with its input.

    It begins with waves instead of a constant, lives on a torus, so that there is no border, has
    no noise, and doubles sides and bends features through low-pass filters
    (:py:class:`~genlib.nn.Oversampled`). The paper's filters differ from layer to layer, its input
    can be turned by the style and its features are divided by a running size: these are left out.

    Args:
        latent: length of the code z.
        width: channels at the last side; each before has twice as many.
        event_shape: ``(C, S, S)``, S a few doublings of at most 7.
        bounds: the interval in which pixels lie, or ``None`` if they may be any number.
        most: channels that no layer exceeds.
        style: length of w.
        depth: layers of the mapping from z to w.
        noise: whether layers add noise, which stays where it is when the rest moves.
        first: the smallest side, if it is above that of the others.
        filter: what doubles sides, as of :py:class:`~genlib.nn.Upsample`.
        oversample: whether features are bent at twice their rate.
        padding: ``"circular"`` for the torus; what else convolutions know is a border.
        taps: of the Kaiser filter.

    Raises:
        ValueError: as :py:class:`StyleGenerator`, or if there is no such filter or padding, or no
            side of at least ``first``.

    Source: Karras et al. (2021), https://arxiv.org/abs/2106.12423.
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
        noise: bool = False,
        *,
        first: int = 7,
        filter: str = "kaiser",
        oversample: bool = True,
        padding: str = "circular",
        taps: int = 12,
    ) -> None:
        """Build mapping, waves and layers."""
        shape = latent, width, event_shape, bounds, most, style, depth, noise
        told = {"filter": filter, "oversample": oversample, "padding": padding, "taps": taps}
        super().__init__(*shape, first=first, **told)

    def build(
        self,
        widths: list[int],
        colours: int,
        style: int,
        noise: bool,
        *,
        oversample: bool,
        **filtering: Any,  # noqa: ANN401
    ) -> None:
        """Build what makes images of styles."""
        self.waves = FourierInput(widths[0], self.sides[0])
        self.layers = nn.ModuleList()
        before = widths[0]
        for number, features in enumerate(widths):
            for up in (Upsample(**filtering) if number > 0 else None, None):
                bend: nn.Module = ScaledLeakyReLU()
                bend = Oversampled(bend, **filtering) if oversample else bend
                told = {"up": up, "bend": bend, "padding": filtering["padding"]}
                self.layers.append(ModulatedLayer(before, features, style, noise, **told))
                before = features
        self.colours = Colours(widths[-1], colours, style)

    def synthesis(
        self,
        styles: Tensor,
        noise: float = 1.0,
        generator: torch.Generator | None = None,
        shift: tuple[float, float] = (0.0, 0.0),
    ) -> Tensor:
        """Map styles ``(B, L, style)`` to images, whose input is moved by parts of the image."""
        x = self.waves(shift).expand(len(styles), -1, -1, -1)
        for layer, style in zip(self.layers, styles.unbind(1), strict=True):
            x = layer(x, style, noise, generator)
        return self.bounded(self.colours(x, styles[:, -1]))
