"""What all autoregressive models share: the chain rule, an order, one sampler."""

from collections.abc import Sequence
from contextlib import nullcontext

import torch
from torch import Tensor

from genlib.autoregressive.cache import Cache, Place, Recomputed
from genlib.autoregressive.completion import colour_given
from genlib.likelihoods import ColourLogisticMixture, Levels, Likelihood
from genlib.likelihoods import likelihood as likelihood_named
from genlib.model import (
    Batch,
    Label,
    Model,
    Schedule,
    checked_labels,
    events,
    events_and_labels,
    labels,
    positive,
)
from genlib.nn import one_thread


class AutoregressiveModel(Model):
    r"""A product of conditionals: :math:`p(x) = \prod_i p(x_i | x_1 \dots x_{i-1})`.

    A subclass gives ``conditionals``, the parameters of all factors from one pass over x, and a
    ``cache`` that works them out one after the other, each from what the last entry adds. The
    likelihood and the sampler follow. Derived in the chapter on autoregressive models.

    Args:
        event_shape: shape of one x, ``(C, H, W)`` or, of a sequence, ``(T,)``.
        likelihood: what the network's output means: ``"bernoulli"`` for zeros and ones,
            ``"categorical"`` or ``"logistic-mixture"`` for 256 levels in [0, 1]; or a
            :py:class:`~genlib.likelihoods.Likelihood`.
        classes: number of labels that x may depend on; None for a model without.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.

    Raises:
        ValueError: if the likelihood is unknown or for other events, or there are no classes.
    """

    def __init__(
        self,
        *,
        event_shape: Sequence[int] = (1, 28, 28),
        likelihood: str | Likelihood = "bernoulli",
        classes: int | None = None,
        lr: float = 1e-3,
        schedule: Schedule | None = None,
    ) -> None:
        """Keep the event space."""
        super().__init__(lr=lr, schedule=schedule)
        if classes is not None and classes < 1:
            raise ValueError(f"classes={classes}, wanted None or at least 1")
        self.event_shape, self.classes = tuple(event_shape), classes
        self.likelihood = likelihood_named(likelihood, self.event_shape)
        self.parameter_shape = self.likelihood.parameter_shape(self.event_shape)

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of every :math:`p(x_i | x_{<i})`, ``(B, P, *event)``, in one pass.

        Args:
            x: events ``(B, *event)``.
            label: of a conditional model, whole numbers ``(B,)``.
        """
        raise NotImplementedError(f"{type(self).__name__} says nothing of its conditionals")

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` events entry by entry; here by doing all the work again."""
        return Recomputed(self, n, label)

    def begun(
        self,
        n: int,
        label: Tensor | None,
        given: Tensor | None = None,
        known: Tensor | None = None,
        cached: bool = True,
    ) -> Cache:
        """Return what ``sample`` draws from; a model that sees ahead makes use of what is known."""
        return self.cache(n, label) if cached else Recomputed(self, n, label)

    def places(self) -> list[Place]:
        """Return the entries of an event in the order in which they are drawn.

        Of a sequence these are its positions; of an image its pixels, row by row, and within a
        pixel its channels, unless the likelihood draws a colour at once.
        """
        if len(self.event_shape) == 1:
            return [(slice(t, t + 1),) for t in range(self.event_shape[0])]
        channels, height, width = self.event_shape
        whole = isinstance(self.likelihood, ColourLogisticMixture)
        parts = [slice(None)] if whole else [slice(c, c + 1) for c in range(channels)]
        pixels = ((i, j) for i in range(height) for j in range(width))
        return [(c, slice(i, i + 1), slice(j, j + 1)) for i, j in pixels for c in parts]

    def log_prob(self, x: Tensor, label: Label | None = None) -> Tensor:
        """Return log p(x), or log p(x | label), in nats, ``(B,)``: exact.

        Raises:
            ValueError: if x is no such event, or a conditional model is given no label, or a wrong
                one.
        """
        self.likelihood.check(x, self.event_shape, next(self.parameters()))
        return self.likelihood.log_prob(x, self.conditionals(x, self.known(label, len(x))))

    def loss(self, batch: Batch) -> Tensor:
        """Return the negative log-likelihood, the mean over the batch, in nats."""
        x, label = events_and_labels(batch, self.classes, type(self).__name__)
        return -self.likelihood.log_prob(x, self.conditionals(x, label)).mean()

    @torch.no_grad()
    def sample(
        self,
        n: int,
        *,
        label: Label | None = None,
        generator: torch.Generator | None = None,
        given: Tensor | None = None,
        known: Tensor | None = None,
        cached: bool = True,
    ) -> Tensor:
        """Draw one entry after the other, each given all before it; see ``Model.sample``.

        Args:
            n: how many.
            label: see ``Model.sample``.
            generator: where the noise comes from.
            given: events to complete, ``(n, *event)``, or one for all.
            known: which of their entries to keep, true or false, of a shape that broadcasts with
                ``given``. An unknown entry is drawn given the entries before it, known or drawn;
                what is known after it has no influence, but in a model of any order. So it is
                within a colour that is drawn at once and known in part: green is drawn given a
                known red, and red as if no green were known.
            cached: whether to keep what earlier entries gave, or to do all the work again for each
                new one. Both give the same draws, but for rounding.

        Raises:
            ValueError: if a number is out of its range, or ``given`` and ``known`` do not fit.
        """
        label = self.labels_for(positive(n), label, generator)
        given, known = self.completion(n, given, known)
        cache = self.begun(n, label, given, known, cached)
        apart = self.knows_parts_of_colours(known)
        x = torch.zeros(n, *self.event_shape, dtype=self.dtype, device=self.device)
        with one_thread() if cached else nullcontext():
            for place in self.places():
                at = (..., *place)
                if apart:
                    kept = given[at], known[at]
                    drawn = colour_given(self.likelihood, cache.next(), *kept, generator)
                else:
                    drawn = self.likelihood.sample(cache.next(), generator)
                x[at] = drawn if given is None else torch.where(known[at], given[at], drawn)
                cache.append(x[at])
        return x

    def completion(
        self, n: int, given: Tensor | None, known: Tensor | None
    ) -> tuple[Tensor, Tensor] | tuple[None, None]:
        """Return what is given and what of it is known, each ``(n, *event)``, or None twice."""
        if given is None and known is None:
            return None, None
        if given is None or known is None:
            raise ValueError("a completion wants both given= and known=")
        self.likelihood.check(given, self.event_shape, next(self.parameters()))
        if known.dtype != torch.bool:
            raise ValueError(f"known= of {known.dtype}, wanted torch.bool")
        shape = (n, *self.event_shape)
        try:
            return given.expand(shape), known.to(self.device).expand(shape)
        except RuntimeError:
            raise ValueError(
                f"given= of shape {tuple(given.shape)} and known= of shape {tuple(known.shape)}, "
                f"wanted what broadcasts to {shape}"
            ) from None

    def knows_parts_of_colours(self, known: Tensor | None) -> bool:
        """Return whether channels are known of a colour that is drawn at once, but not all."""
        if known is None or not isinstance(self.likelihood, ColourLogisticMixture):
            return False
        return bool((known.any(1) != known.all(1)).any())

    def known(self, label: Label | None, n: int) -> Tensor | None:
        """Return the labels of ``n`` events, (n,); None if the model knows none."""
        if self.classes is None:
            return None
        if label is None:
            raise ValueError(
                f"{type(self).__name__} is conditional: wanted labels, as label= or beside x"
            )
        return checked_labels(label, n, self.classes, type(self).__name__).to(self.device)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` if a batch is not in the event space, or lacks its labels."""
        x = events(batch)
        self.likelihood.check(x, self.event_shape, next(self.parameters()))
        if self.classes is not None:
            self.known(labels(batch), len(x))

    @property
    def dtype(self) -> torch.dtype:
        """Whole numbers for symbols, otherwise the type of the parameters."""
        zero = torch.zeros((), dtype=next(self.parameters()).dtype)
        return (
            self.likelihood.value(zero).dtype if isinstance(self.likelihood, Levels) else zero.dtype
        )
