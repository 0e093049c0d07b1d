"""What the hybrids share: three networks, their turns, codes, samples."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from genlib.hybrids.adversary import CrossEntropy
from genlib.hybrids.arguments import check_loss, checked_turns
from genlib.model import Batch, Label, Model, Player, Schedule, check_events, events, positive
from genlib.nn import evaluating, standard_normal
from genlib.player import Loss

ANY = (-math.inf, math.inf)


class Hybrid(Model):
    r"""An encoder, a decoder and a discriminator.

    The code is a vector with the prior N(0, I). The encoder says where an event's code lies: in
    one place, or, if it is stochastic, in :math:`N(\mu(x), \mathrm{diag}\,\sigma^2(x))`, of which
    it returns mean and log-variance side by side. What the discriminator judges, and who plays
    against it, is a subclass's, by ``players``.

    Args:
        encoder: a network from events ``(B, *event)`` to codes ``(B, latent)``, or ``(B, 2
            latent)`` if it is stochastic.
        decoder: a network from codes.
        discriminator: a network to scores ``(B,)``, or any shape that begins with B.
        latent: length of a code.
        event_shape: shape of one event.
        stochastic: whether the encoder draws its codes.
        loss: what the discriminator and its opponent minimise.
        lr: Adam's step size, for every player.
        betas: Adam's decay rates, for every player.
        schedule: factor on ``lr`` by round, see :py:class:`~genlib.Player`.
        turns: what is different for a player, by its name.

    Raises:
        ValueError: if the loss compares samples with data, or there is no such player or setting.
    """

    names: ClassVar[tuple[str, ...]] = ()
    bounds: tuple[float, float] | None = None

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        discriminator: nn.Module,
        latent: int,
        event_shape: Sequence[int],
        *,
        stochastic: bool,
        loss: nn.Module | None,
        lr: float,
        betas: tuple[float, float],
        schedule: Schedule | None,
        turns: Mapping[str, Mapping[str, Any]] | None,
    ) -> None:
        """Keep the networks and what each player is told."""
        super().__init__(lr=lr, schedule=schedule)
        self.latent, self.event_shape, self.stochastic = latent, tuple(event_shape), stochastic
        self.encoder, self.decoder, self.discriminator = encoder, decoder, discriminator
        self.adversarial_loss = CrossEntropy() if loss is None else loss
        check_loss(self.adversarial_loss)
        self.betas, self.turns = betas, checked_turns(turns, self.names)

    def player(self, name: str, modules: Sequence[nn.Module], loss: Loss) -> Player:
        """Return a player, told what holds for all and what is different for it."""
        told = {"lr": self.lr, "betas": self.betas, "schedule": self.schedule}
        return Player(name, modules, loss, **told | self.turns.get(name, {}))

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of a stochastic encoder's codes, each ``(B, latent)``."""
        mean, log_variance = self._encoded(x, 2 * self.latent).chunk(2, dim=-1)
        return mean, log_variance

    def code(self, x: Tensor) -> Tensor:
        """Return the one code that stands for each x, ``(B, latent)``: where it lies on average."""
        return self.posterior(x)[0] if self.stochastic else self._encoded(x, self.latent)

    def draw_code(self, x: Tensor) -> Tensor:
        """Return a code of each x, ``(B, latent)``; gradients reach the encoder through the draw.

        Kingma and Welling (2014, https://arxiv.org/abs/1312.6114), section 2.4.
        """
        if not self.stochastic:
            return self.code(x)
        mean, log_variance = self.posterior(x)
        return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)

    def encode(self, x: Tensor) -> Tensor:
        """Return the one code that stands for each x, ``(B, latent)``.

        Raises:
            ValueError: if x is not what the model is trained on.
        """
        self.check(x)
        return self.code(x)

    @torch.no_grad()
    def sample_code(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` codes from the prior N(0, I), ``(n, latent)``; override it for another."""
        like = next(self.decoder.parameters())
        return standard_normal(n, self.latent, like=like, generator=generator)

    def decode(self, z: Tensor) -> Tensor:
        """Return the event that codes ``(B, latent)`` stand for, ``(B, *event)``."""
        return self.decoder(z)

    @torch.no_grad()
    def mean(self, z: Tensor) -> Tensor:
        """Return the event that a code stands for, with the decoder in evaluation mode."""
        with evaluating(self.decoder):
            return self.decode(z)

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw codes from the prior and decode them; see ``Model.sample``."""
        self.labels_for(positive(n), label, generator)
        return self.mean(self.sample_code(n, generator=generator))

    @torch.no_grad()
    def reconstruct(self, x: Tensor) -> Tensor:
        """Return what the codes of x decode to, of the shape of x, all in evaluation mode."""
        with evaluating(self.encoder):
            return self.mean(self.encode(x))

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless x of a batch lies within the bounds."""
        (low, high), like = self.bounds or ANY, next(self.parameters())
        check_events(events(batch), self.event_shape, low, high, who=type(self).__name__, like=like)

    def scores(self, *judged: Tensor) -> Tensor:
        """Return D's scores; costs are taken in its own precision, also in autocast."""
        scores = self.discriminator(*judged)
        return scores.to(next(self.discriminator.parameters()).dtype)

    def verdicts(self, **scores: Tensor) -> dict[str, Tensor]:
        """Return what D says on average, by the name of what it judged."""
        verdict = self.adversarial_loss.verdict
        return {name: verdict(found.detach()).mean() for name, found in scores.items()}

    def _encoded(self, x: Tensor, size: int) -> Tensor:
        """Return what the encoder says, ``(B, size)``, in the type of x."""
        found = self.encoder(x)
        if found.shape != (len(x), size):
            kind = "mean and log-variance of a code" if self.stochastic else "a code"
            raise ValueError(
                f"the encoder returns {tuple(found.shape)} for {len(x)} events; wanted "
                f"({len(x)}, {size}), {kind} of length {self.latent} each"
            )
        return found.to(x.dtype)
