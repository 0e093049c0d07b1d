"""StyleGAN3: images that move with the generator's input."""

from collections.abc import Sequence
from typing import Any

from genlib.gans.losses import AdversarialLoss
from genlib.gans.networks.modulated import AliasFreeGenerator
from genlib.gans.networks.style_discriminator import StyleDiscriminator
from genlib.gans.style import StyleGAN


class StyleGAN3(StyleGAN):
    """A style-based GAN whose images move with its input: small, on a torus, for translations.

    G is an :py:class:`~genlib.gans.AliasFreeGenerator`; ``images(styles, shift=(0.25, 0))`` moves
    its input down by a quarter of the image.

    Args:
        width: channels at the last side; each before has twice as many.
        latent: length of the code z.
        loss: what the players minimise.
        most: channels that no layer exceeds.
        style: length of w.
        depth: layers of the mapping network.
        noise: whether layers add noise, which does not move with the input.
        first: the smallest side.
        filter: what doubles sides, as of :py:class:`~genlib.nn.Upsample`.
        oversample: whether features are bent at twice their rate.
        padding: ``"circular"`` for the torus.
        taps: of the Kaiser filter.
        event_shape: ``(C, S, S)``, S a few doublings of at most 7.
        bounds: the interval in which pixels lie; ``None`` if they may be any number.
        **options: what else :py:class:`~genlib.gans.StyleGAN` takes.

    Raises:
        ValueError: as :py:class:`~genlib.gans.StyleGAN`, or if there is no such filter or padding.

    Source: Karras et al. (2021), https://arxiv.org/abs/2106.12423.
    Chapter: "Style-based generators".
    """

    def __init__(
        self,
        width: int = 16,
        latent: int = 64,
        loss: AdversarialLoss | None = None,
        *,
        most: int = 64,
        style: int = 64,
        depth: int = 4,
        noise: bool = False,
        first: int = 7,
        filter: str = "kaiser",
        oversample: bool = True,
        padding: str = "circular",
        taps: int = 12,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Build both networks."""
        kept = {"first": first, "filter": filter, "oversample": oversample}
        kept |= {"padding": padding, "taps": taps}
        sizes = (latent, width, event_shape, bounds, most, style, depth, noise)
        super().__init__(
            AliasFreeGenerator(*sizes, **kept),
            StyleDiscriminator(width, event_shape, most),
            latent,
            loss,
            event_shape=event_shape,
            bounds=bounds,
            **options,
        )
