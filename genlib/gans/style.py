"""Style-based GANs: a mapping from codes to styles, and a style for every layer."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from genlib.gans.gan import GAN
from genlib.gans.losses import AdversarialLoss
from genlib.gans.networks.style import StyleGenerator
from genlib.gans.networks.style_discriminator import StyleDiscriminator
from genlib.gans.penalties import R1, Penalty
from genlib.model import Label, positive
from genlib.nn import evaluating

CODES = 4096  # of which the mean style is taken


class StyleGAN(GAN):
    r"""A GAN whose generator is told at every layer what to draw.

    .. math:: w = f(z), \qquad x = g(w_1, \dots, w_L), \qquad z \sim N(0, I)

    A mapping network f turns the code into a style, and each layer of g hears it by adaptive
    instance norm; noise beside it is for what differs by chance. In training a share of the images
    is of two codes, the first for the layers up to a random one, the second for the others
    ("mixing"), so that layers do not rely on each other's styles. The networks do not grow.

    ``sample(n, truncation=t)`` pulls styles towards their mean, ``mix`` makes images of two codes,
    ``styles`` and ``images`` are the two halves of that::

        first, second = model.styles(model.codes(2)).split(1)
        model.images(torch.cat([first[:, :4], second[:, 4:]], dim=1))

    Args:
        generator: a :py:class:`~genlib.gans.StyleGenerator` or one of its kind.
        discriminator: a network from images to scores.
        latent: length of the code z.
        loss: what the players minimise, as of :py:class:`~genlib.gans.GAN`.
        width: channels at the last side; each before has twice as many.
        most: channels that no layer exceeds.
        style: length of w.
        depth: layers of the mapping network.
        noise: whether layers add noise.
        mixing: the share of images in training that are of two codes.
        penalties: what D pays beside the loss; by default ``[R1(1)]``.
        event_shape: ``(C, S, S)``, S a few doublings of at most 7.
        bounds: the interval in which pixels lie; ``None`` if they may be any number.
        **options: what else :py:class:`~genlib.gans.GAN` takes, except labels.

    Raises:
        ValueError: as :py:class:`~genlib.gans.GAN`; for a side that is no few doublings of at most
            7, or ``mixing`` outside [0, 1].

    Source: Karras, Laine and Aila (2019), https://arxiv.org/abs/1812.04948.
    Chapter: "Style-based generators".
    """

    def __init__(
        self,
        generator: StyleGenerator | None = None,
        discriminator: nn.Module | None = None,
        latent: int = 64,
        loss: AdversarialLoss | None = None,
        *,
        width: int = 16,
        most: int = 64,
        style: int = 64,
        depth: int = 4,
        noise: bool = True,
        mixing: float = 0.9,
        penalties: Sequence[Penalty] | None = None,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Build the networks that were not given."""
        if not 0 <= mixing <= 1:
            raise ValueError(f"mixing={mixing}, wanted a share in [0, 1]")
        if generator is None:
            generator = StyleGenerator(
                latent, width, event_shape, bounds, most, style, depth, noise
            )
        if discriminator is None:
            discriminator = StyleDiscriminator(width, event_shape, most, residual=False)
        super().__init__(
            generator,
            discriminator,
            latent,
            loss,
            penalties=[R1()] if penalties is None else penalties,
            classes=None,
            event_shape=event_shape,
            bounds=bounds,
            **options,
        )
        self.mixing = mixing
        places = torch.arange(len(generator.layers))[:, None]
        self.register_buffer("places", places, persistent=False)

    def fakes(self, n: int, label: Tensor | None = None) -> Tensor:
        """Return ``n`` fresh samples, some of two codes, through which gradients reach G."""
        return self.generator.synthesis(self.mixed_styles(n))

    def mixed_styles(self, n: int) -> Tensor:
        """Return the styles of ``n`` fresh samples as training draws them, ``(n, L, style)``.

        The first layer to hear the second code is drawn evenly from the second to the last.
        """
        styles = self.generator.styles(self.codes(n))
        layers = len(self.places)
        if self.mixing == 0 or layers == 1:
            return styles
        others = self.generator.styles(self.codes(n))
        device = styles.device
        first = torch.randint(1, layers, (n, 1, 1), device=device)
        mixed = torch.rand(n, 1, 1, device=device) < self.mixing
        return torch.where(mixed & (self.places >= first), others, styles)

    @torch.no_grad()
    def mean_style(self) -> Tensor:
        """Return the mean style, ``(style,)``, over codes that are always the same."""
        codes = self.codes(CODES, torch.Generator().manual_seed(0))
        return self.generator.mapping(codes).mean(dim=0)

    @torch.no_grad()
    def styles(self, z: Tensor, truncation: float = 1.0) -> Tensor:
        r"""Return the styles of codes, pulled to their mean: :math:`\bar w + t\,(f(z) - \bar w)`.

        Args:
            z: codes, ``(B, latent)``.
            truncation: t; 1 leaves them, 0 gives the mean to all.

        Returns:
            a style for each layer, ``(B, L, style)``.
        """
        styles = self.generator.styles(z)
        return styles if truncation == 1 else self.mean_style().lerp(styles, truncation)

    @torch.no_grad()
    def images(
        self,
        styles: Tensor,
        *,
        noise: float = 1.0,
        generator: torch.Generator | None = None,
        **how: Any,  # noqa: ANN401
    ) -> Tensor:
        """Return the images of styles ``(B, L, style)``, with G in evaluation mode.

        Args:
            styles: one for each layer.
            noise: how much of the noise that was learnt, 0 for none.
            generator: where the noise comes from.
            **how: what else the generator's ``synthesis`` knows, such as ``shift=(0.25, 0)`` of
                :py:class:`~genlib.gans.AliasFreeGenerator`.
        """
        with evaluating(self.generator):
            return self.generator.synthesis(styles, noise, generator, **how)

    @torch.no_grad()
    def sample(
        self,
        n: int,
        *,
        label: Label | None = None,
        truncation: float = 1.0,
        noise: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Return ``n`` samples ``(n, *event_shape)``, with G in evaluation mode.

        Args:
            n: how many.
            label: None: the game knows no labels.
            truncation: how far styles lie from their mean; 1 as they are, less for samples that
                are likelier and more alike.
            noise: how much of the noise that was learnt.
            generator: where codes and noise come from.
        """
        self.labels_for(positive(n), label, generator)
        styles = self.styles(self.codes(n, generator), truncation)
        return self.images(styles, noise=noise, generator=generator)

    def mix(
        self,
        first: Tensor,
        second: Tensor,
        layers: Sequence[int],
        *,
        noise: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Return images of two codes: the styles of the second in some layers, else the first's.

        Args:
            first: codes, ``(B, latent)``.
            second: as many.
            layers: which layers hear the second, counted from 0; two for each side, the coarsest
                first, so that ``range(4)`` are those of the two smallest sides.
            noise: how much of the noise that was learnt.
            generator: where the noise comes from.

        Raises:
            ValueError: if there is no such layer, or the codes are of different shapes.
        """
        wrong = [layer for layer in layers if not 0 <= layer < len(self.places)]
        if wrong or first.shape != second.shape:
            raise ValueError(
                f"codes {tuple(first.shape)} and {tuple(second.shape)}, layers {list(layers)}: "
                f"wanted equal shapes, and layers from 0 to {len(self.places) - 1}"
            )
        styles = self.styles(first).clone()
        styles[:, list(layers)] = self.styles(second)[:, list(layers)]
        return self.images(styles, noise=noise, generator=generator)
