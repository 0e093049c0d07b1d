"""What all models with an energy share: contrastive divergence, persistent chains, samples."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.energy.arguments import check_counts, check_event
from genlib.model import Batch, Label, Model, Schedule, check_events, events, positive


class UnnormalisedModel(Model):
    r"""A model of events x by an energy, whose normaliser Z need not be known.

    .. math:: p_\theta(x) = \frac{e^{-E_\theta(x)}}{Z(\theta)}, \qquad
              -\nabla_\theta \log p_\theta(x) = \nabla_\theta E_\theta(x)
              - E_{y \sim p_\theta} \nabla_\theta E_\theta(y).

    The second expectation is over the model. It is trained by contrastive divergence (CD-k), which
    takes the place of these y by what k transitions make of the data; with ``chains``, by what k
    transitions make of the y of the step before (persistent contrastive divergence). Hinton
    (2002, https://doi.org/10.1162/089976602760128018); Tieleman (2008,
    https://doi.org/10.1145/1390156.1390290). Derived in the chapter on energies and scores.

    A subclass gives ``energy``, ``transition`` and ``start``.

    Args:
        event_shape: shape of one x.
        bounds: the interval in which events lie.
        steps: k, transitions in a training step.
        chains: how many persistent chains there are; 0 lets all begin at the batch.
        burn_in: transitions before a sample is handed out.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.

    Raises:
        ValueError: if a size or a count is out of its range.
    """

    def __init__(
        self,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] = (-math.inf, math.inf),
        *,
        steps: int = 1,
        chains: int = 0,
        burn_in: int = 1000,
        lr: float = 1e-3,
        schedule: Schedule | None = None,
    ) -> None:
        """Keep what chains are told, and give the persistent ones their place."""
        super().__init__(lr=lr, schedule=schedule)
        check_counts(steps=steps)
        check_counts(0, chains=chains, burn_in=burn_in)
        self.event_shape, self.bounds = check_event(event_shape), bounds
        self.steps, self.burn_in = steps, burn_in
        chained = self.start(chains, like=torch.zeros(())) if chains else None
        self.register_buffer("chains", chained)

    def energy(self, x: Tensor) -> Tensor:
        """Return E(x), ``(B,)``: minus log p(x) in nats, but for one constant."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of its energy")

    def transition(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x after one step of a Markov chain that leaves p as it is, of the same shape."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of its transitions")

    def start(self, n: int, *, like: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return n events at which chains begin, ``(n, *event)``."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of where chains begin")

    @torch.no_grad()
    def walk(self, x: Tensor, steps: int, generator: torch.Generator | None = None) -> Tensor:
        """Return x after so many transitions, without gradients."""
        for _ in range(steps):
            x = self.transition(x, generator)
        return x

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return mean E of the batch less mean E of the chains' ends, and both of them.

        Only its gradient means something: its value is no measure of fit. The chains' ends are
        constants in it.
        """
        x = events(batch)
        ends = self.walk(x if self.chains is None else self.chains, self.steps)
        if self.chains is not None:
            self.chains.copy_(ends)
        data, model = self.energy(x).mean(), self.energy(ends).mean()
        return data - model, {"data": data, "model": model}

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return the ends of n chains after ``burn_in`` transitions; see ``Model.sample``.

        They follow the model only as far as the chains have forgotten where they began.
        """
        self.labels_for(positive(n), label, generator)
        like = next(self.parameters())
        return self.walk(self.start(n, like=like, generator=generator), self.burn_in, generator)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless x of a batch is finite, of this shape and in its bounds."""
        who, like = type(self).__name__, next(self.parameters())
        check_events(events(batch), self.event_shape, *self.bounds, who=who, like=like)
