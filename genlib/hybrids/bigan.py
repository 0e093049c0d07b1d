"""The bidirectional GAN: a discriminator of pairs teaches an encoder."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from genlib.hybrids.arguments import check_sizes
from genlib.hybrids.base import Hybrid
from genlib.hybrids.networks import JointJudge, decoder_of, encoder_of
from genlib.model import Batch, Player, Schedule, events


class BiGAN(Hybrid):
    r"""A GAN whose discriminator sees pairs: data with their codes, codes with their samples.

    .. math::

        J_D &= E_x[-\log D(x, E(x))] + E_z[-\log(1 - D(G(z), z))], \\
        J_{E,G} &= E_x[-\log(1 - D(x, E(x)))] + E_z[-\log D(G(z), z)].

    Encoder and generator play together against D: their cost is D's with the roles of the pairs
    exchanged. For the best D, :math:`J_D = 2 \log 2 - 2\,\mathrm{JSD}(p(x)\,q(z|x) \,\|\,
    p(z)\,p(x|z))`; where that divergence is 0, E inverts G and the samples have the distribution
    of the data. No term asks for reconstructions: far from there they may be of other digits.
    With a stochastic encoder the game is that of adversarially learned inference.

    D records what it says on average of data with codes (``real``) and of samples with codes
    (``fake``), before its update; E and G do so before theirs.

    Args:
        latent: length of the code.
        stochastic: whether q(z|x) is a Gaussian, not a point.
        hidden: widths of the hidden layers of D and of the encoder; the generator has them in
            reverse.
        event_shape: shape of one event.
        bounds: the interval in which events lie; ``None`` if they may be any number. The default
            generator ends in a tanh onto it.
        encoder: a network of your own from events ``(B, *event)`` to codes ``(B, latent)``, or to
            mean and log-variance side by side if it is stochastic.
        decoder: a network of your own from codes to events, the generator G.
        discriminator: a network of your own, called as ``D(x, z)``, to scores ``(B,)``.
        loss: whose ``discriminator`` both minimise: one of :py:mod:`genlib.gans`, by default
            cross-entropy.
        lr: Adam's step size, for both players.
        betas: Adam's decay rates, for both players.
        schedule: factor on ``lr`` by round, see :py:class:`~genlib.Player`.
        turns: what is different for a player (``"discriminator"``, ``"generator"``).

    Raises:
        ValueError: if a size is not positive, ``bounds`` is no interval, the loss compares samples
            with data, or there is no such player or setting.

    Source: Donahue et al. (2017), https://arxiv.org/abs/1605.09782; stochastic, Dumoulin et al.
    (2017), https://arxiv.org/abs/1606.00704. Derived in the chapter on bounds and estimates.
    """

    names: ClassVar[tuple[str, ...]] = ("discriminator", "generator")

    def __init__(
        self,
        latent: int = 32,
        *,
        stochastic: bool = False,
        hidden: Sequence[int] = (512, 256),
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        loss: nn.Module | None = None,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.0, 0.99),
        schedule: Schedule | None = None,
        turns: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Keep or build the three networks."""
        check_sizes(latent, event_shape, bounds)
        if encoder is None:
            encoder = encoder_of(event_shape, hidden, 2 * latent if stochastic else latent)
        if discriminator is None:
            discriminator = JointJudge(event_shape, latent, hidden)
        super().__init__(
            encoder,
            decoder_of(latent, hidden[::-1], event_shape, bounds) if decoder is None else decoder,
            discriminator,
            latent,
            event_shape,
            stochastic=stochastic,
            loss=loss,
            lr=lr,
            betas=betas,
            schedule=schedule,
            turns=turns,
        )
        self.bounds = bounds

    def players(self) -> Sequence[Player]:
        """Return D, then encoder and generator together, in the order of their turns."""
        both = [self.encoder, self.decoder]
        return [
            self.player("discriminator", [self.discriminator], self.discriminator_loss),
            self.player("generator", both, self.generator_loss),
        ]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on pairs that are cut off from E and G."""
        with torch.no_grad():
            real_pair, fake_pair = self.pairs(events(batch))
        real, fake = self.scores(*real_pair), self.scores(*fake_pair)
        cost = self.adversarial_loss.discriminator(real, fake)
        return cost, self.verdicts(real=real, fake=fake)

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what E and G minimise: D's cost with the roles of the pairs exchanged."""
        real_pair, fake_pair = self.pairs(events(batch))
        real, fake = self.scores(*real_pair), self.scores(*fake_pair)
        cost = self.adversarial_loss.discriminator(fake, real)
        return cost, self.verdicts(real=real, fake=fake)

    def pairs(self, x: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Return data with their codes, and as many samples with theirs."""
        z = self.sample_code(len(x))
        return (x, self.draw_code(x)), (self.decode(z), z)
