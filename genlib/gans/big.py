"""BigGAN: class-conditional generation by many parts, at small size."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from genlib.gans.gan import GAN
from genlib.gans.losses import AdversarialLoss, Hinge
from genlib.gans.networks.big import BigGANDiscriminator, BigGANGenerator
from genlib.gans.penalties import Penalty
from genlib.gans.stabilisers import OrthogonalRegularisation, SpectralNorm, Stabiliser
from genlib.model import Label, Schedule, positive
from genlib.nn import evaluating, standing_statistics, truncated_normal


class BigGAN(GAN):
    """The parts of BigGAN in one game, each of which can be left out.

    Residual networks; batch norm with the label, by a shared embedding, with a chunk of the code
    for every block; self-attention; a projection discriminator; the hinge loss; spectral norm in
    both players; orthogonal regularisation of G; two time scales, since D learns four times as
    fast. An average of the weights is ``fit(ema=0.999)``, a large batch ``fit(batch_size=...)``.

    ``sample(n, label=..., truncation=t)`` draws codes whose numbers all lie in [-t, t]: samples
    nearer to what is typical, and less different from each other. Batch norm then goes by the
    statistics that G has kept. They should be those of codes as in training, of all labels.
    Statistics of truncated codes give what leaves the first norm variance 1 again; on the stored
    ``big-gan``, codes cut at 0.5, that changes the images little (spread within a class 0.56 of the
    data's, not 0.54). Those of one label alone cost it labels, and double its distance.
    :py:meth:`collect_statistics` counts them anew on all; call it before sampling from an average
    of the weights, whose statistics nobody kept.

    With no arguments it makes digits of 28 x 28 pixels in [-1, 1], of ten labels.

    Args:
        width: channels of the layers next to the image, in both players.
        latent: length of the code.
        loss: what the players minimise; by default :py:class:`~genlib.gans.Hinge`.
        classes: how many labels there are, numbered from 0.
        shared: length of the embedding that all norms share; ``None`` gives each its own.
        skip: whether every block is given a chunk of the code.
        attention: whether places attend to each other, in both players.
        spectral: whether both players' layers have norm 1.
        orthogonal: weight of :py:class:`~genlib.gans.OrthogonalRegularisation`; 0 for none.
        penalties: what D pays beside the loss.
        stabilisers: what else is changed, before spectral norm and orthogonal regularisation.
        event_shape: ``(C, S, S)`` with S = 28, 32 or 64, or a few doublings of at most 7.
        bounds: the interval in which pixels lie; ``None`` if they may be any number.
        lr: Adam's step size of G; D's is four times that, unless its turn says otherwise.
        betas: Adam's decay rates, for both players.
        schedule: factor on ``lr`` by round.
        discriminator_turn: what is different for D.
        generator_turn: what is different for G.

    Raises:
        ValueError: as :py:class:`~genlib.gans.GAN` and
            :py:class:`~genlib.gans.BigGANGenerator`.

    Source: Brock, Donahue and Simonyan (2019), https://arxiv.org/abs/1809.11096.
    Chapter: "Bigger and sturdier GANs".
    """

    def __init__(
        self,
        width: int = 16,
        latent: int = 64,
        loss: AdversarialLoss | None = None,
        *,
        classes: int = 10,
        shared: int | None = 32,
        skip: bool = True,
        attention: bool = True,
        spectral: bool = True,
        orthogonal: float = 1e-4,
        penalties: Sequence[Penalty] = (),
        stabilisers: Sequence[Stabiliser] = (),
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        lr: float = 2e-4,
        betas: tuple[float, float] = (0.0, 0.99),
        schedule: Schedule | None = None,
        discriminator_turn: Mapping[str, Any] | None = None,
        generator_turn: Mapping[str, Any] | None = None,
    ) -> None:
        """Build both networks, and plug in what belongs to them."""
        images = {"attention": attention, "event_shape": event_shape}
        own = [SpectralNorm(generator=True)] if spectral else []
        own += [OrthogonalRegularisation(orthogonal)] if orthogonal else []
        super().__init__(
            BigGANGenerator(
                classes, latent, width, shared=shared, skip=skip, bounds=bounds, **images
            ),
            BigGANDiscriminator(classes, width, **images),
            latent,
            loss or Hinge(),
            classes=classes,
            penalties=penalties,
            stabilisers=[*stabilisers, *own],
            event_shape=event_shape,
            bounds=bounds,
            lr=lr,
            betas=betas,
            schedule=schedule,
            discriminator_turn={"lr": 4 * lr} | dict(discriminator_turn or {}),
            generator_turn=generator_turn,
        )

    @torch.no_grad()
    def sample(
        self,
        n: int,
        *,
        label: Label | None = None,
        truncation: float | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Return ``n`` samples ``(n, *event_shape)``, with G in evaluation mode.

        Args:
            n: how many.
            label: one label for all, or one for each; None draws labels evenly.
            truncation: t, within which every number of a code lies; None for codes as in training.
            generator: where labels and codes come from; by default torch's own.

        Raises:
            ValueError: as of :py:class:`~genlib.Model`, and if t is not positive and finite.
        """
        label = self.labels_for(positive(n), label, generator)
        codes = self.truncated_codes(n, truncation, generator)
        with evaluating(self.generator):
            return self.generator(codes, label)

    def truncated_codes(
        self, n: int, truncation: float | None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw ``n`` codes from N(0, I), with all numbers in [-t, t] if there is a truncation t."""
        if truncation is None:
            return self.codes(n, generator)
        like = next(self.generator.parameters())
        return truncated_normal(
            n, self.latent, threshold=truncation, like=like, generator=generator
        )

    def collect_statistics(
        self, batches: int = 16, batch_size: int = 64, generator: torch.Generator | None = None
    ) -> None:
        """Count G's batch statistics anew, on codes as in training and labels drawn evenly.

        Args:
            batches: over how many batches they are averaged.
            batch_size: of how many samples; that of the training gives its noise too.
            generator: where labels and codes come from; by default torch's own.

        Raises:
            ValueError: if a number is not positive.
        """
        n = positive(batch_size)
        drawn = (
            (self.codes(n, generator), self.labels_for(n, None, generator))
            for _ in range(positive(batches))
        )
        standing_statistics(self.generator, drawn)
