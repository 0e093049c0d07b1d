"""StyleGAN2: styles scale weights, and paths are evened out."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from genlib.gans.losses import AdversarialLoss
from genlib.gans.networks.modulated import DemodulatedGenerator
from genlib.gans.networks.style_discriminator import StyleDiscriminator
from genlib.gans.path_length import PathLength
from genlib.gans.style import StyleGAN
from genlib.model import Batch


class StyleGAN2(StyleGAN):
    """A style-based GAN that scales weights instead of features, and evens out lengths of paths.

    Styles act by :py:class:`~genlib.nn.ModulatedConv2d`; all sides add to the image; D is
    residual. With a :py:class:`~genlib.gans.PathLength` G pays for it in every round, where the
    paper has it in every eighth, and records ``path_length``.

    Args:
        path_length: that penalty; None for none.
        width: channels at the last side; each before has twice as many.
        latent: length of the code z.
        loss: what the players minimise.
        most: channels that no layer exceeds.
        style: length of w.
        depth: layers of the mapping network.
        noise: whether layers add noise.
        event_shape: ``(C, S, S)``, S a few doublings of at most 7.
        bounds: the interval in which pixels lie; ``None`` if they may be any number.
        **options: what else :py:class:`~genlib.gans.StyleGAN` takes.

    Raises:
        ValueError: as :py:class:`~genlib.gans.StyleGAN`.

    Source: Karras et al. (2020), https://arxiv.org/abs/1912.04958.
    Chapter: "Style-based generators".
    """

    def __init__(
        self,
        path_length: PathLength | None = None,
        width: int = 16,
        latent: int = 64,
        loss: AdversarialLoss | None = None,
        *,
        most: int = 64,
        style: int = 64,
        depth: int = 4,
        noise: bool = True,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Build both networks."""
        super().__init__(
            DemodulatedGenerator(latent, width, event_shape, bounds, most, style, depth, noise),
            StyleDiscriminator(width, event_shape, most),
            latent,
            loss,
            event_shape=event_shape,
            bounds=bounds,
            **options,
        )
        self.path_length = path_length

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost on fresh samples, and what it pays for uneven paths."""
        cost, said = super().generator_loss(batch)
        if self.path_length is None:
            return cost, said
        n = self.path_length.examples(len(self.parts(batch)[0]))
        penalty, length = self.path_length(self.generator.synthesis, self.mixed_styles(n))
        return cost + penalty, said | {self.path_length.name: length}
