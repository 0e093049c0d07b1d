"""The deep convolutional GAN."""

from collections.abc import Mapping, Sequence
from typing import Any

from genlib.gans.gan import GAN
from genlib.gans.losses import AdversarialLoss
from genlib.gans.networks import DCGANDiscriminator, DCGANGenerator
from genlib.gans.networks.dcgan import STD
from genlib.gans.penalties import Penalty
from genlib.gans.stabilisers import Stabiliser
from genlib.model import Schedule


class DCGAN(GAN):
    """A GAN of convolutions, by the rules of Radford, Metz and Chintala.

    Strided convolutions instead of pooling; batch norm everywhere but at the output of G and the
    input of D; ReLU in G and leaky ReLU in D; no fully connected hidden layers; weights from
    N(0, 0.02), scales of batch norm from N(1, 0.02); Adam with step size 2e-4 and beta1 = 0.5.
    Kernels are 4 x 4, of which every output pixel sees as many, where the paper has 5 x 5.

    With no arguments it makes digits of 28 x 28 pixels in [-1, 1]; ``event_shape=(3, 64, 64),
    width=128, latent=100`` are the sizes of the paper.

    Args:
        width: channels of the layers next to the image; each further one has twice as many.
        latent: length of the code.
        loss: what the players minimise, as of :py:class:`~genlib.gans.GAN`.
        penalties: what D pays beside that. With a penalty ``batch_norm`` is better left out, since
            it makes an example's slope depend on the others.
        stabilisers: what else is changed.
        batch_norm: whether D has any.
        std: standard deviation of D's weights at the start; ``None`` takes He's for each layer,
            which a D without batch norm wants.
        event_shape: ``(C, S, S)`` with S = 28, 32 or 64, or a few doublings of at most 7.
        bounds: the interval in which pixels lie; ``None`` if they may be any number.
        lr: Adam's step size, for both players.
        betas: Adam's decay rates, for both players.
        schedule: factor on ``lr`` by round.
        discriminator_turn: what is different for D.
        generator_turn: what is different for G.

    Raises:
        ValueError: as :py:class:`~genlib.gans.GAN`, and for images of another size.

    Source: Radford et al. (2016), https://arxiv.org/abs/1511.06434. Chapter: "DCGAN".
    """

    def __init__(
        self,
        width: int = 32,
        latent: int = 64,
        loss: AdversarialLoss | None = None,
        *,
        penalties: Sequence[Penalty] = (),
        stabilisers: Sequence[Stabiliser] = (),
        batch_norm: bool = True,
        std: float | None = STD,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        lr: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        schedule: Schedule | None = None,
        discriminator_turn: Mapping[str, Any] | None = None,
        generator_turn: Mapping[str, Any] | None = None,
    ) -> None:
        """Build both networks."""
        super().__init__(
            DCGANGenerator(latent, width, event_shape, bounds),
            DCGANDiscriminator(width, event_shape, batch_norm, std),
            latent,
            loss,
            penalties=penalties,
            stabilisers=stabilisers,
            event_shape=event_shape,
            bounds=bounds,
            lr=lr,
            betas=betas,
            schedule=schedule,
            discriminator_turn=discriminator_turn,
            generator_turn=generator_turn,
        )
