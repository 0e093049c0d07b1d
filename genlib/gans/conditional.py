"""The conditional GAN: a game about pairs of an event and its label."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from genlib.gans.arguments import check_way
from genlib.gans.gan import GAN
from genlib.gans.losses import AdversarialLoss
from genlib.gans.networks.conditional import Sizes
from genlib.gans.networks.dcgan import STD
from genlib.gans.penalties import Penalty
from genlib.gans.stabilisers import Stabiliser
from genlib.model import Schedule
from genlib.player import is_positive_whole


class ConditionalGAN(GAN):
    r"""A DCGAN whose players are told the label.

    .. math::

        z \sim N(0, I), \qquad x = G(z, y), \qquad D(x, y) = \mathrm{sigmoid}(s(x, y)).

    It is trained on ``(x, label)``. A sample is judged with the label it was made for, so the game
    is about pairs, and its goal is the data's joint distribution of both. A G that is told the
    label cannot learn it from a D that is not: there ``sample(n, label=...)`` says nothing of it.

    With no arguments it makes digits of 28 x 28 pixels in [-1, 1].

    Args:
        classes: how many labels there are, numbered from 0.
        width: channels of the layers next to the image; each further one has twice as many.
        latent: length of the code.
        loss: what the players minimise, as of :py:class:`~genlib.gans.GAN`.
        into_generator: how the label enters G: ``"concatenation"`` puts it beside the code,
            ``"batch norm"`` lets it choose scale and shift of every feature
            (:py:class:`~genlib.nn.ConditionalBatchNorm2d`), ``None`` keeps it out.
        into_discriminator: how it enters D: by ``"projection"``
            (:py:class:`~genlib.gans.ProjectionDiscriminator`), ``"concatenation"`` to the image, or
            not at all, ``None``.
        hidden: widths of the hidden layers of perceptrons, in D in reverse, in the place of the
            convolutions; for events that are no images.
        discriminator_hidden: the same for D alone.
        penalties: what D pays beside the loss.
        stabilisers: what else is changed.
        batch_norm: whether D has any.
        std: standard deviation of the weights of D's convolutions at the start, as of
            :py:class:`~genlib.gans.DCGAN`.
        event_shape: ``(C, S, S)`` with S = 28, 32 or 64, or a few doublings of at most 7; any shape
            for perceptrons.
        bounds: the interval in which events lie; ``None`` if they may be any number.
        lr: Adam's step size, for both players.
        betas: Adam's decay rates, for both players.
        schedule: factor on ``lr`` by round.
        discriminator_turn: what is different for D.
        generator_turn: what is different for G.

    Raises:
        ValueError: as :py:class:`~genlib.gans.DCGAN`, and for a way that is none of these.

    Source: Mirza and Osindero (2014), https://arxiv.org/abs/1411.1784; projection and norms, Miyato
    and Koyama (2018), https://arxiv.org/abs/1802.05637. Chapter: "Conditional GANs".
    """

    ways_into_generator: ClassVar[Sequence[str | None]] = ("concatenation", "batch norm", None)
    ways_into_discriminator: ClassVar[Sequence[str | None]] = ("projection", "concatenation", None)

    def __init__(
        self,
        classes: int = 10,
        width: int = 32,
        latent: int = 64,
        loss: AdversarialLoss | None = None,
        *,
        into_generator: str | None = "concatenation",
        into_discriminator: str | None = "projection",
        hidden: Sequence[int] | None = None,
        discriminator_hidden: Sequence[int] | None = None,
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
        check_way("into_generator", into_generator, type(self).ways_into_generator)
        check_way("into_discriminator", into_discriminator, type(self).ways_into_discriminator)
        if not is_positive_whole(classes):
            raise ValueError(f"classes={classes!r}, wanted a positive whole number")
        sizes = Sizes(
            classes, width, latent, hidden, discriminator_hidden, batch_norm, std,
            tuple(event_shape), bounds,
        )  # fmt: skip
        super().__init__(
            sizes.generator(into_generator),
            sizes.discriminator(into_discriminator),
            latent,
            loss,
            classes=classes,
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
