"""The GAN whose networks grow while they are trained."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.gans.gan import GAN
from genlib.gans.losses import AdversarialLoss
from genlib.gans.networks.progressive import (
    ProgressiveDiscriminator,
    ProgressiveGenerator,
    doubled,
    halved,
)
from genlib.gans.penalties import R1, Penalty
from genlib.model import Batch, Label, Player, events
from genlib.nn import unequalise


class ProgressiveGAN(GAN):
    r"""A GAN that learns small images first, and grows by a doubling at a time.

    A stage is one ``fit``. In its first part the new layers are faded in,

    .. math::

        x = (1 - \alpha)\,\mathrm{up}(x_{\mathrm{old}}) + \alpha\,x_{\mathrm{new}}, \qquad
        \alpha_t = \min\Big(1, \frac{t}{f T}\Big) \quad \text{in round } t \text{ of } T,

    in the generator, in the discriminator and in the data, which are handed out at full size and
    made smaller here::

        model = ProgressiveGAN(event_shape=(1, 32, 32))
        for stage in range(4):  # 4, 8, 16, 32 pixels
            fit(model.grow(stage), images, steps=2_000)

    A model that was never told to grow has all of its layers from the start, which is the control.
    Whatever the stage, ``sample`` gives images of full size, by repeating pixels.

    Beside that come equalised learning rates, pixel norm and minibatch standard deviation. The
    paper plays a Wasserstein game with a gradient penalty; the default here is the non-saturating
    one with a penalty at the data.

    Args:
        width: channels of the last stage; each before has twice as many.
        latent: length of the code.
        loss: what the players minimise, as of :py:class:`~genlib.gans.GAN`.
        most: channels that no stage exceeds.
        fade: f, the share of a stage's rounds during which it is faded in, below 1; 0 for none.
        equalised: whether learning rates are.
        pixel_norm: whether G normalises at each pixel.
        minibatch_std: whether D sees how much the examples of a batch vary.
        penalties: what D pays beside that; by default ``[R1(1)]``.
        event_shape: ``(C, S, S)`` of the last stage, S a few doublings of at most 7: 28 grows from
            7, 32 from 4.
        bounds: the interval in which pixels lie; ``None`` if they may be any number.
        **options: what else :py:class:`~genlib.gans.GAN` takes, except labels.

    Raises:
        ValueError: as :py:class:`~genlib.gans.GAN`; for a side that is no few doublings of at most
            7, or ``fade`` outside [0, 1).

    Source: Karras et al. (2018), https://arxiv.org/abs/1710.10196. Chapter: "Progressive growing".
    """

    def __init__(
        self,
        width: int = 16,
        latent: int = 64,
        loss: AdversarialLoss | None = None,
        *,
        most: int = 64,
        fade: float = 0.5,
        equalised: bool = True,
        pixel_norm: bool = True,
        minibatch_std: bool = True,
        penalties: Sequence[Penalty] | None = None,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Build all stages of both networks."""
        if not 0 <= fade < 1:
            raise ValueError(f"fade={fade}, wanted a share in [0, 1)")
        generator = ProgressiveGenerator(latent, width, event_shape, bounds, most, pixel_norm)
        discriminator = ProgressiveDiscriminator(width, event_shape, most, minibatch_std)
        if not equalised:
            unequalise(generator)
            unequalise(discriminator)
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
        self.fade = fade

    @property
    def stages(self) -> int:
        """How many stages there are."""
        return len(self.generator.sides)

    @property
    def stage(self) -> int:
        """Which stage is in use, from 0."""
        return self.generator.stage

    def grow(self, stage: int | None = None, *, fading: bool = True) -> Self:
        """Go on to a stage, by default the next, and return the model, for the ``fit`` of it.

        Args:
            stage: which one, from 0.
            fading: whether the next ``fit`` fades it in; not, for another ``fit`` of a stage that
                is all there.

        Raises:
            ValueError: if there is no such stage.
        """
        wanted = self.stage + 1 if stage is None else stage
        if not 0 <= wanted < self.stages:
            raise ValueError(f"stage {wanted} of {self.stages}, wanted 0 to {self.stages - 1}")
        for network in (self.generator, self.discriminator):
            network.grow(wanted, fading=fading and wanted > 0 and self.fade > 0)
        return self

    def on_step(self, step: int, steps: int) -> None:
        """Set how far the new stage is faded in."""
        super().on_step(step, steps)
        if self.generator.fading:
            share = min(1.0, step / (self.fade * steps))
            for network in (self.generator, self.discriminator):
                network.alpha.fill_(share)

    def players(self) -> Sequence[Player]:
        """Return D and G, each with the weights of the stages in use."""
        told = super().players()
        networks = (self.discriminator, self.generator)
        pairs = zip(told, networks, strict=True)
        return [replace(player, modules=network.in_use()) for player, network in pairs]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on data of the stage's size."""
        return super().discriminator_loss(self.reduced(events(batch)))

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost beside data of the stage's size."""
        return super().generator_loss(self.reduced(events(batch)))

    def reduced(self, x: Tensor) -> Tensor:
        """Return images at the size of the stage, as far as it is faded in.

        Args:
            x: images of full size, ``(B, *event_shape)``.
        """
        x = F.avg_pool2d(x, 2 ** (self.stages - 1 - self.stage))
        return self.generator.mix(doubled(halved(x)), x) if self.generator.fading else x

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return ``n`` samples ``(n, *event_shape)``; of an earlier stage with repeated pixels."""
        images = super().sample(n, label=label, generator=generator)
        return F.interpolate(images, size=self.event_shape[1:], mode="nearest")
