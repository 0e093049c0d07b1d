"""A GAN whose generator is trained on the samples that the discriminator has just judged."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from genlib.gans.gan import GAN
from genlib.model import Batch


class SharedFakesGAN(GAN):
    """A GAN that draws samples once a round: D learns from them, then G through D.

    It spares one pass through G a round, as most published loops do. Each player's gradient is
    that of its own cost on these samples, but D has just learnt from the ones on which G is
    judged, so G's is no longer an average over codes that D has not met; ``GAN`` draws fresh ones.
    With the samples G takes over D's batch, whose labels they have and with which they are paired.

    Arguments, errors, source and chapter are those of :py:class:`~genlib.gans.GAN`.
    """

    _kept: tuple[Batch, Tensor] | None = None

    def on_step(self, step: int, steps: int) -> None:
        """Begin a round without samples: G may have had no turn in the last one."""
        self._kept = None
        super().on_step(step, steps)

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost, and keep the samples with the graph that leads back to G."""
        self._kept = batch, self.fresh_fakes(batch)
        return super().discriminator_loss(batch)

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost on the samples that D judged last; a second turn draws its own."""
        if self._kept is not None and not self._kept[1].requires_grad:
            self._kept = None  # D was asked without gradients: these would teach G nothing
        judged = batch if self._kept is None else self._kept[0]
        cost = super().generator_loss(judged)
        self._kept = None
        return cost

    @torch.compiler.disable
    def fresh_fakes(self, batch: Batch) -> Tensor:
        """Return fresh samples with the graph that leads back to G, outside any compiled turn.

        What a CUDA graph makes is overwritten when the next one runs, here before G's turn.
        """
        with gradients_of(self.generator):
            return super().fakes_for(batch)

    def fakes_for(self, batch: Batch) -> Tensor:
        """Return the samples that were kept, or fresh ones."""
        return super().fakes_for(batch) if self._kept is None else self._kept[1]

    def __getstate__(self) -> dict[str, Any]:
        """Let a copy begin without samples: the graph that leads back from them has none."""
        return self.__dict__ | {"_kept": None}


@contextmanager
def gradients_of(network: nn.Module) -> Iterator[None]:
    """Let gradients reach the weights of ``network``, although it is not its turn."""
    still = [p for p in network.parameters() if not p.requires_grad]
    for parameter in still:
        parameter.requires_grad_(True)
    try:
        yield
    finally:
        for parameter in still:
            parameter.requires_grad_(False)
