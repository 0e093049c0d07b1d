"""What all flows share: an exact likelihood by a change of variables, codes, samples."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.flows.priors import prior_named
from genlib.model import Batch, Label, Model, Schedule, check_events, events, positive
from genlib.player import is_number
from genlib.transforms import Chain, Logit, Transform


class Flow(Model):
    r"""A model of events x as an invertible map of codes z with a known density.

    .. math:: z = f_\theta(x), \qquad \log p_\theta(x) = \sum_i \log p(z_i)
              + \log \left| \det \frac{\partial f_\theta(x)}{\partial x} \right|

    It is trained to maximise this likelihood, which is exact. A code has as many numbers as an
    event, in one row. An :py:class:`~genlib.transforms.ActNorm` in f starts from the first batch
    that comes in training mode. Derived in the chapter on normalising flows.

    Args:
        transform: f, from events ``(B, *event)`` to codes ``(B, D)``.
        event_shape: shape of one x.
        prior: p(z), ``"gaussian"`` or ``"logistic"``, of every number by itself.
        alpha: events lie in [0, 1] (``dequantised()`` images of ``genlib.data``), and are taken
            to the whole line by :py:class:`~genlib.transforms.Logit` before f; ``log_prob`` is
            the density in [0, 1]. None: events are real-valued, and f begins at once.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.

    Raises:
        ValueError: if the event has not 1 or 3 dimensions, the prior is unknown or alpha is out
            of its range.
    """

    def __init__(
        self,
        transform: Transform,
        *,
        event_shape: Sequence[int] = (1, 28, 28),
        prior: str = "gaussian",
        alpha: float | None = 1e-6,
        lr: float = 1e-3,
        schedule: Schedule | None = None,
    ) -> None:
        """Put the logarithm of the odds before the map."""
        super().__init__(lr=lr, schedule=schedule)
        self.event_shape, self.prior = tuple(event_shape), prior_named(prior)
        self.bounds = (-math.inf, math.inf) if alpha is None else (0.0, 1.0)
        before = [] if alpha is None else [Logit(alpha, len(self.event_shape))]
        self.transform = Chain(*before, transform)

    def encode(self, x: Tensor) -> Tensor:
        """Return the code z of each x, ``(B, D)``."""
        self.check(x)
        return self.transform(x)[0]

    def decode(self, z: Tensor) -> Tensor:
        """Return the event x of each code ``(B, D)``: the inverse of ``encode``.

        Where the inverse of the logit leaves [0, 1], by at most alpha, the nearest end is given.

        Raises:
            ValueError: if these are no such codes.
        """
        size = math.prod(self.event_shape)
        if not isinstance(z, Tensor) or z.dim() != 2 or z.shape[1] != size:
            given = tuple(z.shape) if isinstance(z, Tensor) else type(z).__name__
            raise ValueError(f"{type(self).__name__} wants codes (B, {size}); this is {given}")
        return self.transform.inverse(z)[0].clamp(*self.bounds)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, ``(B,)``.

        Raises:
            ValueError: if x is not a batch of such events.
        """
        self.check(x)
        log_prior, log_det = self.terms(x)
        return log_prior + log_det

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return log p(z) of the code of x, and the log-determinant, each ``(B,)``."""
        z, log_det = self.transform(x)
        return self.prior.log_prob(z).sum(-1), log_det

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the negative log-likelihood, the mean over the batch in nats, and its terms."""
        log_prior, log_det = (term.mean() for term in self.terms(events(batch)))
        return -(log_prior + log_det), {"log_prior": log_prior, "log_det": log_det}

    @torch.no_grad()
    def sample(
        self,
        n: int,
        *,
        label: Label | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Draw codes from the prior and return their events; see ``Model.sample``.

        Args:
            n: how many.
            label: None, as flows know no labels.
            temperature: factor on the codes: below 1 events are more typical and less varied, at
                0 all are that of the prior's mode (Kingma and Dhariwal, 2018).
            generator: where the noise comes from; by default torch's own.

        Raises:
            ValueError: if ``n`` is not positive or the temperature is negative or not finite.
        """
        self.labels_for(positive(n), label, generator)
        if not is_number(temperature) or temperature < 0:
            raise ValueError(f"temperature={temperature!r}, wanted a finite number, at least 0")
        size, like = math.prod(self.event_shape), next(self.parameters())
        z = self.prior.sample(n, size, like=like, generator=generator)
        return self.decode(temperature * z)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless x of a batch is finite, of this shape and in its bounds."""
        who, like = f"{type(self).__name__}", next(self.parameters())
        check_events(events(batch), self.event_shape, *self.bounds, who=who, like=like)
