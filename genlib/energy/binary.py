"""Energies of black and white pixels, exact as long as they are few."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.energy.arguments import check_counts
from genlib.energy.base import UnnormalisedModel
from genlib.likelihoods import Bernoulli
from genlib.model import Batch, events
from genlib.nn import uniform

MOST_UNITS = 20  # a million states


def all_states(units: int, like: Tensor | None = None) -> Tensor:
    """Return every row of so many zeros and ones, in the order of binary numbers.

    Args:
        units: n, at most 20.
        like: a tensor whose dtype and device are wanted; float32 on the CPU for None.

    Returns:
        ``(2**n, n)``; the last unit changes fastest.

    Raises:
        ValueError: if n is not a whole number from 1 to 20.
    """
    check_counts(units=units)
    if units > MOST_UNITS:
        raise ValueError(f"{units} units have 2**{units} states, wanted at most {MOST_UNITS} units")
    like = torch.zeros(()) if like is None else like
    places = torch.arange(units - 1, -1, -1, device=like.device)
    numbers = torch.arange(2**units, device=like.device).unsqueeze(1)
    return (numbers >> places & 1).to(like.dtype)


class BinaryModel(UnnormalisedModel):
    r"""A model of zeros and ones by an energy; with few pixels, Z is a sum over all states.

    .. math:: Z = \sum_{x \in \{0, 1\}^n} e^{-E(x)}.

    A subclass gives ``energy`` and ``transition``. Chains begin at fair coins.

    Args:
        event_shape: shape of one x, n numbers in all.
        **options: what :py:class:`~genlib.energy.UnnormalisedModel` takes.
    """

    def __init__(self, event_shape: Sequence[int] = (1, 28, 28), **options: object) -> None:
        """Count the pixels."""
        super().__init__(event_shape, (0.0, 1.0), **options)
        self.units = math.prod(self.event_shape)

    def start(self, n: int, *, like: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return n events of fair coins."""
        u = uniform(n, *self.event_shape, like=like, generator=generator)
        return (u < 0.5).to(like.dtype)

    def state_energies(self) -> Tensor:
        """Return E of every state in the order of :py:func:`~genlib.energy.all_states`.

        Raises:
            ValueError: if there are more than 20 pixels.
        """
        return self.energy(all_states(self.units, next(self.parameters())))

    def log_partition(self) -> Tensor:
        """Return log Z, 0-d, with its gradient.

        Raises:
            ValueError: if there are too many states to be summed.
        """
        return torch.logsumexp(-self.state_energies(), 0)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless x of a batch is of this shape and holds zeros and ones alone.

        Grey values have an energy too, but are no states: Z does not count them.
        """
        super().check(batch)
        like = next(self.parameters())
        Bernoulli(len(self.event_shape)).check(events(batch), self.event_shape, like)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, ``(B,)``.

        Raises:
            ValueError: if x is not a batch of such events, or Z has too many states to be summed.
        """
        self.check(x)
        return -self.energy(x) - self.log_partition()


def coins(logits: Tensor, like: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Throw a coin for each logit, 1 with probability sigmoid(logit), in the dtype of ``like``."""
    u = uniform(*logits.shape, like=like, generator=generator)
    return (u < logits.sigmoid()).to(like.dtype)
