"""The adversarial autoencoder: a discriminator instead of the rate of a VAE."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from genlib.hybrids.arguments import check_sizes
from genlib.hybrids.base import Hybrid
from genlib.hybrids.networks import decoder_of, encoder_of, judge_of
from genlib.likelihoods import Likelihood
from genlib.likelihoods import likelihood as likelihood_named
from genlib.model import Batch, Label, Player, Schedule, events, positive
from genlib.nn import evaluating


class AdversarialAutoencoder(Hybrid):
    r"""An autoencoder whose codes, of all data together, are made to look like the prior's.

    .. math::

        J_{\text{autoencoder}} &= E_x E_{q(z|x)}[-\log p_\theta(x|z)], \\
        J_D &= E_{p(z)}[-\log D(z)] + E_x E_{q(z|x)}[-\log(1 - D(z))], \\
        J_{\text{encoder}} &= E_x E_{q(z|x)}[-\log D(z)].

    A round is the turns of the autoencoder (encoder and decoder), of D, which tells draws of the
    prior from codes of data, and of the encoder again, now against D. Where the VAE charges each
    x for the divergence of its own q(z|x) from the prior, this game compares the mixture of all of
    them, :math:`q(z) = E_x q(z|x)`, with it: no bound on log p(x) is optimised, and a code may be
    a single point. Any prior that can be drawn from will do: override ``sample_code``.

    The autoencoder records -log p(x|z) in nats as its loss, D what it says on average of the
    prior's codes (``real``) and of the data's (``fake``), the encoder ``fake``.

    Args:
        latent: length of the code.
        stochastic: whether q(z|x) is a Gaussian, not a point.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        judge: widths of the discriminator's hidden layers.
        likelihood: what the decoder's output means: ``"bernoulli"`` for zeros and ones,
            ``"gaussian"`` for real values, or another of :py:mod:`genlib.likelihoods`.
        event_shape: shape of one event.
        encoder: a network of your own from events ``(B, *event)`` to codes ``(B, latent)``, or to
            mean and log-variance side by side if it is stochastic.
        decoder: a network of your own from codes to the likelihood's parameters, ``(B, P, *event)``
            or these numbers in any other shape.
        discriminator: a network of your own from codes to scores ``(B,)``.
        loss: what D and the encoder minimise: one of :py:mod:`genlib.gans`, by default the
            non-saturating one.
        lr: Adam's step size, for every player.
        betas: Adam's decay rates, for every player.
        schedule: factor on ``lr`` by round, see :py:class:`~genlib.Player`.
        turns: what is different for a player (``"autoencoder"``, ``"discriminator"``,
            ``"encoder"``), such as ``{"encoder": {"lr": 1e-4}}``.

    Raises:
        ValueError: if a size is not positive, the likelihood is unknown, the loss compares samples
            with data, or there is no such player or setting.

    Source: Makhzani et al. (2015), https://arxiv.org/abs/1511.05644. Derived in the chapter on
    bounds and estimates.
    """

    names: ClassVar[tuple[str, ...]] = ("autoencoder", "discriminator", "encoder")

    def __init__(
        self,
        latent: int = 8,
        *,
        stochastic: bool = False,
        hidden: Sequence[int] = (512,),
        judge: Sequence[int] = (256, 256),
        likelihood: str | Likelihood = "bernoulli",
        event_shape: Sequence[int] = (1, 28, 28),
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        loss: nn.Module | None = None,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.5, 0.999),
        schedule: Schedule | None = None,
        turns: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Keep or build the three networks."""
        check_sizes(latent, event_shape)
        given = likelihood_named(likelihood, event_shape)
        shape = given.parameter_shape(event_shape)
        if encoder is None:
            encoder = encoder_of(event_shape, hidden, 2 * latent if stochastic else latent)
        super().__init__(
            encoder,
            decoder_of(latent, hidden[::-1], shape) if decoder is None else decoder,
            judge_of((latent,), judge) if discriminator is None else discriminator,
            latent,
            event_shape,
            stochastic=stochastic,
            loss=loss,
            lr=lr,
            betas=betas,
            schedule=schedule,
            turns=turns,
        )
        self.likelihood, self.parameter_shape = given, shape

    def players(self) -> Sequence[Player]:
        """Return the autoencoder, D and the encoder, in the order of their turns."""
        both = [self.encoder, self.decoder, self.likelihood]
        return [
            self.player("autoencoder", both, self.reconstruction_loss),
            self.player("discriminator", [self.discriminator], self.discriminator_loss),
            self.player("encoder", [self.encoder], self.encoder_loss),
        ]

    def reconstruction_loss(self, batch: Batch) -> Tensor:
        """Return the mean of -log p(x|z) at a code of each x, in nats."""
        x = events(batch)
        return -self.likelihood.log_prob(x, self.decode(self.draw_code(x))).mean()

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on draws of the prior and as many codes, cut off from the encoder."""
        x = events(batch)
        real = self.scores(self.sample_code(len(x)))
        fake = self.scores(self.draw_code(x).detach())
        cost = self.adversarial_loss.discriminator(real, fake)
        return cost, self.verdicts(real=real, fake=fake)

    def encoder_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what the encoder pays for codes that D tells from the prior's."""
        fake = self.scores(self.draw_code(events(batch)))
        return self.adversarial_loss.generator(fake), self.verdicts(fake=fake)

    def decode(self, z: Tensor) -> Tensor:
        """Return the parameters of p(x|z), ``(B, P, *event)``, for codes ``(B, latent)``.

        Raises:
            ValueError: if a decoder of your own returns another number of parameters.
        """
        parameters = self.decoder(z)
        if parameters[0].numel() != prod(self.parameter_shape):
            raise ValueError(
                f"the decoder returns {tuple(parameters.shape[1:])} for a code; "
                f"{type(self.likelihood).__name__} wants {self.parameter_shape}"
            )
        return parameters.reshape(len(z), *self.parameter_shape)

    @torch.no_grad()
    def mean(self, z: Tensor) -> Tensor:
        """Return E[x|z], ``(B, *event)``, with the decoder in evaluation mode."""
        with evaluating(self.decoder):
            return self.likelihood.mean(self.decode(z))

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw z from the prior, then x from p(x|z); see ``Model.sample``."""
        self.labels_for(positive(n), label, generator)
        z = self.sample_code(n, generator=generator)
        with evaluating(self.decoder):
            return self.likelihood.sample(self.decode(z), generator)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` if x of a batch is not in the event space of the likelihood."""
        self.likelihood.check(events(batch), self.event_shape, next(self.parameters()))
