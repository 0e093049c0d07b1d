"""Two contracts that every model of the book keeps: ``Model`` and ``Player``.

Training is a game. A variational autoencoder has one player, a generative adversarial
network two; each minimises its own loss in its own parameters, in turn.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.player import Batch, Loss, Player, Schedule, is_positive_whole

Label = int | Sequence[int] | Tensor


class Model(nn.Module):
    """A network that says what game it plays and can be sampled.

    A subclass gives either ``loss`` (one player that owns every parameter) or ``players``.
    Models with a likelihood also have ``log_prob(x) -> (B,)`` in nats; latent-variable models
    ``elbo(x, samples=1) -> (B,)`` and ``log_prob(x, samples=K)``, the K-sample importance bound.

    What changes in time inside a loss (a weight, a temperature) is a 0-d buffer that ``on_step``
    fills: a compiled or captured round would keep a Python number for ever.

    Args:
        lr: step size of Adam, for the default player.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.

    Attributes:
        classes: how many labels a conditional model knows, numbered from 0; None if it is
            unconditional.
    """

    classes: int | None = None

    def __init__(self, *, lr: float = 1e-3, schedule: Schedule | None = None) -> None:
        """Keep what the default player needs."""
        super().__init__()
        self.lr, self.schedule = lr, schedule

    def players(self) -> Sequence[Player]:
        """Return the players in the order of their turns."""
        return [Player("model", [self], self.loss, lr=self.lr, schedule=self.schedule)]

    def loss(self, batch: Batch) -> Loss:
        """Return the scalar that the only player minimises, for one batch."""
        raise NotImplementedError(f"{type(self).__name__} defines neither loss nor players")

    def on_step(self, step: int, steps: int) -> None:
        """Set what depends on time (beta, temperature, fade-in) before round ``step``.

        It must be derivable from its arguments alone, so that a resumed run is the same run.
        """

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` if a batch is not what this model is trained on.

        The batch is x alone or ``(x, label)``; an unconditional model looks at x alone.
        """

    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return ``n`` draws from the model, of shape ``(n, *event)``.

        Args:
            n: how many.
            label: of a conditional model: one label for all draws, or one for each; None draws
                labels evenly.
            generator: where the noise comes from; by default torch's own.

        Raises:
            ValueError: if ``n`` is not positive, there is no such label, or the model knows none.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot be sampled")

    def labels_for(
        self, n: int, label: Label | None, generator: torch.Generator | None = None
    ) -> Tensor | None:
        """Return the labels of ``n`` samples, (n,) on the model's device; None if it knows none.

        Raises:
            ValueError: as ``sample`` says.
        """
        name = type(self).__name__
        if self.classes is None:
            if label is not None:
                raise ValueError(f"{name} is unconditional: label={label!r} means nothing to it")
            return None
        if label is None:
            where = self.device if generator is None else generator.device
            drawn = torch.randint(self.classes, (n,), generator=generator, device=where)
            return drawn.to(self.device)
        return checked_labels(label, n, self.classes, name).to(self.device)

    @property
    def device(self) -> torch.device:
        """Where the model's parameters are."""
        return next(self.parameters()).device


def check_events(
    x: Tensor, shape: Sequence[int], low: float, high: float, *, who: str, like: Tensor
) -> None:
    """Raise unless ``x`` is a finite batch ``(B, *shape)`` within ``[low, high]``.

    Its dtype and its device must be those of ``like``, a parameter of the model.

    Raises:
        ValueError: naming what was given (shape, dtype, device or range) and what is wanted.
    """
    wanted = f"{who} wants floats of shape (B, {', '.join(map(str, shape))}) in [{low}, {high}]"
    check_layout(x, shape, wanted, like)
    smallest, largest = x.min().item(), x.max().item()
    if not (low <= smallest and largest <= high):
        raise ValueError(f"{wanted}; this ranges over [{smallest:.4g}, {largest:.4g}]")
    if math.isinf(smallest) or math.isinf(largest):
        raise ValueError(f"{wanted}; this holds infinite values")


def check_layout(x: Tensor, shape: Sequence[int], wanted: str, like: Tensor) -> None:
    """Raise unless kind, shape, dtype and device of ``x`` are right; ``wanted`` says which are."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        given = x.dtype if isinstance(x, Tensor) else type(x).__name__
        raise ValueError(
            f"{wanted}; this is {given}. Images of genlib.data have .unit() and .binary()"
        )
    if tuple(x.shape[1:]) != tuple(shape) or len(x) == 0:
        raise ValueError(f"{wanted}; this has shape {tuple(x.shape)}")
    if x.dtype != like.dtype:
        raise ValueError(f"{wanted}, {like.dtype} as its parameters are; this is {x.dtype}")
    if x.device != like.device:
        raise ValueError(
            f"{wanted} on {like.device}, where its parameters are; this is on {x.device}"
        )


def checked_labels(label: Label, n: int, classes: int, who: str) -> Tensor:
    """Return ``n`` labels, (n,): the one given for all of them, or as they are given.

    Raises:
        ValueError: if a label is no whole number from 0 to ``classes - 1``, or their number is
            neither 1 nor ``n``.
    """
    wanted = f"{who} wants labels from 0 to {classes - 1}, one for all of {n} or one for each"
    found = torch.as_tensor(label)
    if found.is_floating_point() or found.is_complex() or found.dtype == torch.bool:
        raise ValueError(f"{wanted}; these are {found.dtype}")
    if found.shape not in ((), (1,), (n,)):
        raise ValueError(f"{wanted}; these have shape {tuple(found.shape)}")
    if not (found.min() >= 0 and found.max() < classes):
        raise ValueError(f"{wanted}; these range from {found.min()} to {found.max()}")
    return found.long().expand(n)


def positive(count: int) -> int:
    """Return ``count``, a number of samples, if it is a whole number from 1."""
    if not is_positive_whole(count):
        raise ValueError(f"{count!r} samples asked for, wanted at least 1, a whole number")
    return int(count)


def events(batch: Batch) -> Tensor:
    """Return x of a batch that is x alone or ``(x, label)``."""
    return batch[0] if isinstance(batch, tuple) else batch


def labels(batch: Batch) -> Tensor | None:
    """Return the label of a batch ``(x, label)``, None of x alone."""
    return batch[1] if isinstance(batch, tuple) and len(batch) > 1 else None


def events_and_labels(batch: Batch, classes: int | None, who: str) -> tuple[Tensor, Tensor | None]:
    """Return x and the label of each, which is None in an unconditional model.

    Raises:
        ValueError: if the model is conditional, with so many classes, and the batch has no labels.
    """
    x, label = events(batch), labels(batch)
    if classes is None:
        return x, None
    if label is None:
        raise ValueError(f"{who} with classes={classes} wants (x, label)")
    return x, label.long()
