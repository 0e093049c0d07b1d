"""The generative adversarial network: two players, one game."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from genlib.gans.losses import AdversarialLoss, NonSaturating
from genlib.gans.networks import mlp_discriminator, mlp_generator
from genlib.model import Batch, Model, Player, check_events, events, positive
from genlib.nn import standard_normal


class GAN(Model):
    r"""A generator G and a discriminator D that learn from each other.

    .. math::

        z \sim N(0, I), \qquad x = G(z), \qquad D(x) = \mathrm{sigmoid}(s(x)).

    A round is D's turn, then G's. D minimises ``loss.discriminator`` on a batch of data and as many
    samples, taken as they are (no gradient reaches G); G minimises ``loss.generator`` on fresh
    samples, through D, whose weights stay. Data and samples pass D separately in both turns, so
    that a D with batch norm sees them in the same arrangement.

    Each player records what D says, on average: ``discriminator/real`` and ``discriminator/fake``
    before D's update, ``generator/fake`` before G's. These are probabilities for the losses that
    have a probability, scores for the others.

    With no arguments it is a small game of perceptrons for MNIST in [-1, 1].

    Args:
        generator: a network from codes ``(B, latent)`` to events ``(B, *event_shape)``.
        discriminator: a network from events to scores ``(B,)``, or any shape that begins with B.
        latent: length of the code ``z``.
        loss: what the players minimise; by default :py:class:`~genlib.gans.NonSaturating`.
        event_shape: shape of one event.
        bounds: the interval in which events lie; ``None`` if they may be any number. The default
            generator ends in a tanh onto it.
        hidden: widths of the hidden layers of the default networks (in D, in reverse).
        lr: Adam's step size, for both players.
        betas: Adam's decay rates, for both players.
        discriminator_turn: what is different for D: arguments of :py:class:`~genlib.Player` such
            as ``{"lr": 4e-4, "updates": 5}`` or ``{"optimizer": ...}``.
        generator_turn: the same for G.

    Raises:
        ValueError: if a size is not positive or ``bounds`` is no interval.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661.
    Chapter: "The GAN game".
    """

    def __init__(
        self,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        latent: int = 64,
        loss: AdversarialLoss | None = None,
        *,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        hidden: Sequence[int] = (256, 512),
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.0, 0.99),
        discriminator_turn: Mapping[str, Any] | None = None,
        generator_turn: Mapping[str, Any] | None = None,
    ) -> None:
        """Seat the players, building those that were not given."""
        super().__init__()
        _check_sizes(latent, event_shape, bounds)
        self.latent, self.event_shape, self.bounds = latent, tuple(event_shape), bounds
        self.adversarial_loss = loss or NonSaturating()
        self.generator = generator or mlp_generator(latent, hidden, event_shape, bounds)
        self.discriminator = discriminator or mlp_discriminator(event_shape, hidden[::-1])
        both = {"lr": lr, "betas": betas}
        self.discriminator_turn = both | dict(discriminator_turn or {})
        self.generator_turn = both | dict(generator_turn or {})

    def players(self) -> Sequence[Player]:
        """Return D and G, in the order of their turns."""
        d, g = self.discriminator, self.generator
        return [
            Player("discriminator", [d], self.discriminator_loss, **self.discriminator_turn),
            Player("generator", [g], self.generator_loss, **self.generator_turn),
        ]

    def discriminator_loss(self, batch: Tensor | Sequence[Tensor]) -> tuple[Tensor, dict]:
        """Return D's cost on a batch of data and as many samples, which are cut off from G."""
        real = events(batch)
        fake = self.fakes(len(real)).detach()
        real_logits, fake_logits = self.scores(real), self.scores(fake)
        cost = self.adversarial_loss.discriminator(real_logits, fake_logits)
        return cost, {"real": self._verdict(real_logits), "fake": self._verdict(fake_logits)}

    def generator_loss(self, batch: Tensor | Sequence[Tensor]) -> tuple[Tensor, dict]:
        """Return G's cost on as many fresh samples as the batch is long; the data are not used."""
        fake_logits = self.scores(self.fakes(len(events(batch))))
        cost = self.adversarial_loss.generator(fake_logits)
        return cost, {"fake": self._verdict(fake_logits)}

    def fakes(self, n: int) -> Tensor:
        """Return ``n`` fresh samples, through which gradients can reach G."""
        return self.generator(self.codes(n))

    def codes(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` codes from N(0, I), of shape ``(n, latent)``."""
        like = next(self.generator.parameters())
        return standard_normal(positive(n), self.latent, like=like, generator=generator)

    def scores(self, x: Tensor) -> Tensor:
        """Return D's scores of events; costs are taken in its own precision, also in autocast."""
        return self.discriminator(x).to(next(self.discriminator.parameters()).dtype)

    @torch.no_grad()
    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Return ``n`` samples ``(n, *event_shape)``, with G in evaluation mode."""
        was_training = self.generator.training
        self.generator.eval()
        samples = self.generator(self.codes(n, generator))
        self.generator.train(was_training)
        return samples

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless ``x`` is a batch of events within the bounds."""
        low, high = self.bounds or (-math.inf, math.inf)
        like = next(self.parameters())
        check_events(events(batch), self.event_shape, low, high, who=type(self).__name__, like=like)

    def _verdict(self, logits: Tensor) -> Tensor:
        return self.adversarial_loss.verdict(logits.detach()).mean()


def _check_sizes(
    latent: int, event_shape: Sequence[int], bounds: tuple[float, float] | None
) -> None:
    """Refuse sizes of which no game could be made."""
    if latent < 1:
        raise ValueError(f"latent={latent}, wanted a positive length")
    if len(event_shape) == 0 or min(event_shape) < 1:
        raise ValueError(f"event_shape={tuple(event_shape)}, wanted one or more positive sizes")
    if bounds is not None and not bounds[0] < bounds[1]:
        raise ValueError(f"bounds={bounds}, wanted (low, high) with low < high, or None")
