"""The VAE-GAN: a VAE whose pixels are a discriminator's features."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from genlib.divergences import kl_gaussian
from genlib.hybrids.arguments import check_sizes, check_weight
from genlib.hybrids.base import Hybrid
from genlib.hybrids.networks import decoder_of, encoder_of, judge_of
from genlib.model import Batch, Player, Schedule, events
from genlib.nn import inputs_of, last_layer


class VAEGAN(Hybrid):
    r"""A variational autoencoder that is judged in the features of a GAN's discriminator.

    With a code :math:`\hat z \sim q(z|x)`, its reconstruction :math:`\hat x = G(\hat z)` and a
    sample :math:`x' = G(z)`, :math:`z \sim N(0, I)`:

    .. math::

        F &= \tfrac12 \| f(x) - f(\hat x) \|^2, \\
        J_D &= E[-\log D(x)] + \tfrac12 E[-\log(1 - D(\hat x))] + \tfrac12 E[-\log(1 - D(x'))], \\
        J_{\text{encoder}} &= E[F] + E\,\mathrm{KL}(q(z|x) \,\|\, N(0, I)), \\
        J_{\text{decoder}} &= \gamma\, E[F] + \tfrac12 E[-\log D(\hat x)]
        + \tfrac12 E[-\log D(x')],

    where :math:`f` is what a layer of D is given: F is, up to a constant, -log of a Gaussian of
    variance 1 around the reconstruction's features. The encoder does not play against D, D does
    not learn from F, and only the decoder does both. F is measured by a ruler that D keeps
    changing, so :math:`-J_{\text{encoder}}` bounds no log-likelihood of pixels.

    Two differences from the paper: there the two fakes are added, not averaged, so that a D that
    cannot tell says 1/3; and the decoder there minimises :math:`\log(1 - D)`, which vanishes where
    D is sure (give ``loss=genlib.gans.Minimax()``).

    D records what it says on average of data, reconstructions and samples (``real``,
    ``reconstructed``, ``fake``), the encoder F and the rate, the decoder F and the last two.

    Args:
        latent: length of the code.
        gamma: weight of F in the decoder's cost.
        hidden: widths of the hidden layers of D and of the encoder; the decoder has them in
            reverse.
        event_shape: shape of one event.
        bounds: the interval in which events lie; ``None`` if they may be any number. The default
            decoder ends in a tanh onto it.
        encoder: a network of your own from events ``(B, *event)`` to mean and log-variance side by
            side, ``(B, 2 latent)``.
        decoder: a network of your own from codes to events.
        discriminator: a network of your own from events to scores ``(B,)``.
        layer: the name of the layer in D that is given the features, if it is not the linear layer
            or convolution that D lists last.
        loss: what D and the decoder minimise: one of :py:mod:`genlib.gans`, by default the
            non-saturating one.
        lr: Adam's step size, for every player.
        betas: Adam's decay rates, for every player.
        schedule: factor on ``lr`` by round, see :py:class:`~genlib.Player`.
        turns: what is different for a player (``"discriminator"``, ``"encoder"``,
            ``"decoder"``), such as ``{"encoder": {"lr": 1e-4}}``.

    Raises:
        ValueError: if a size is not positive, ``gamma`` is negative, ``bounds`` is no interval, D
            has no such layer, the loss compares samples with data, or there is no such player or
            setting.

    Source: Larsen et al. (2016), https://arxiv.org/abs/1512.09300, algorithm 1. Derived in the
    chapter on bounds and estimates.
    """

    names: ClassVar[tuple[str, ...]] = ("discriminator", "encoder", "decoder")

    def __init__(
        self,
        latent: int = 20,
        *,
        gamma: float = 0.1,
        hidden: Sequence[int] = (512, 256),
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        layer: str | None = None,
        loss: nn.Module | None = None,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.0, 0.99),
        schedule: Schedule | None = None,
        turns: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Keep or build the three networks."""
        check_sizes(latent, event_shape, bounds)
        check_weight("gamma", gamma)
        super().__init__(
            encoder_of(event_shape, hidden, 2 * latent) if encoder is None else encoder,
            decoder_of(latent, hidden[::-1], event_shape, bounds) if decoder is None else decoder,
            judge_of(event_shape, hidden) if discriminator is None else discriminator,
            latent,
            event_shape,
            stochastic=True,
            loss=loss,
            lr=lr,
            betas=betas,
            schedule=schedule,
            turns=turns,
        )
        self.gamma, self.bounds = gamma, bounds
        self.layer = last_layer(self.discriminator, layer)

    def players(self) -> Sequence[Player]:
        """Return D, the encoder and the decoder, in the order of their turns."""
        return [
            self.player("discriminator", [self.discriminator], self.discriminator_loss),
            self.player("encoder", [self.encoder], self.encoder_loss),
            self.player("decoder", [self.decoder], self.decoder_loss),
        ]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on data, reconstructions and samples, which are cut off from the rest."""
        x = events(batch)
        with torch.no_grad():
            rebuilt, drawn = self.decode(self.draw_code(x)), self.decode(self.sample_code(len(x)))
        real, reconstructed, fake = (self.scores(each) for each in (x, rebuilt, drawn))
        cost = self.adversarial_loss.discriminator(real, torch.cat([reconstructed, fake]))
        return cost, self.verdicts(real=real, reconstructed=reconstructed, fake=fake)

    def encoder_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return how far features are from their reconstructions, and the rate, in nats."""
        x = events(batch)
        mean, log_variance = self.posterior(x)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        # a tensor of noughts, for a number would have to wait for the device
        rate = kl_gaussian(mean, log_variance, 0.0, torch.zeros_like(mean)).mean()
        distance = self.distance(self.features(x)[0], self.features(self.decode(z))[0])
        return distance + rate, {"features": distance, "rate": rate}

    def decoder_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return that distance, weighted, and what the decoder pays for fakes that D knows."""
        x = events(batch)
        with torch.no_grad():
            z, wanted = self.draw_code(x), self.features(x)[0]
        found, reconstructed = self.features(self.decode(z))
        fake = self.scores(self.decode(self.sample_code(len(x))))
        distance = self.distance(wanted, found)
        cost = self.adversarial_loss.generator(torch.cat([reconstructed, fake]))
        said = self.verdicts(reconstructed=reconstructed, fake=fake)
        return self.gamma * distance + cost, {"features": distance} | said

    @torch.compiler.disable
    def features(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return D's features of events, ``(B, F)``, and its scores, in its own precision."""
        layer = self.discriminator.get_submodule(self.layer)
        with inputs_of(layer) as given:
            scores = self.scores(x)
        return given[layer].flatten(1).to(scores.dtype), scores

    @staticmethod
    def distance(wanted: Tensor, found: Tensor) -> Tensor:
        """Return half the squared distance of features, the mean over the batch."""
        return (wanted - found).square().sum(dim=1).mean() / 2
