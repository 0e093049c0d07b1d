"""The generative adversarial network: two players, one game."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from genlib.gans.arguments import (
    check_classes,
    check_penalties,
    check_sizes,
    check_stabilisers,
    turn_of,
)
from genlib.gans.bound import BoundScores
from genlib.gans.losses import AdversarialLoss, NonSaturating
from genlib.gans.networks import MLPDiscriminator, MLPGenerator
from genlib.gans.penalties import Penalty
from genlib.gans.stabilisers import Judged, Stabiliser
from genlib.model import (
    Batch,
    Label,
    Model,
    Player,
    Schedule,
    check_events,
    checked_labels,
    events_and_labels,
    labels,
    positive,
)
from genlib.nn import evaluating, standard_normal


class GAN(Model):
    r"""A generator G and a discriminator D that learn from each other.

    .. math::

        z \sim N(0, I), \qquad x = G(z), \qquad D(x) = \mathrm{sigmoid}(s(x)).

    A round is D's turn, then G's. D minimises ``loss.discriminator`` and the penalties on a batch
    of data and as many samples, taken as they are (no gradient reaches G); G minimises
    ``loss.generator`` on fresh samples, through D, whose weights stay. Data and samples pass D
    separately in both turns, so that a D with batch norm sees them in the same arrangement.

    With ``classes`` the game is conditional: it is trained on ``(x, label)``, the networks are
    called as ``G(z, label)`` and ``D(x, label)``, and a sample has the label of the example that
    stands in its place in the batch. Without, labels in the data are left aside.

    Each player records what D says, on average: ``discriminator/real`` and ``discriminator/fake``
    before D's update, ``generator/fake`` before G's. These are probabilities for the losses that
    have a probability, scores for the others. D records beside them how often it is right,
    ``real_accuracy`` and ``fake_accuracy`` (or ``pair_accuracy``), and each penalty. Both record
    the length of their gradient, ``gradient_norm``.

    With no arguments it is a small game of perceptrons for MNIST in [-1, 1]. For a variation of
    the game, ``scores`` is the only way to D and ``fakes_for`` the only way from G.

    Args:
        generator: a network from codes ``(B, latent)`` to events ``(B, *event_shape)``.
        discriminator: a network from events to scores ``(B,)``, or any shape that begins with B.
        latent: length of the code ``z``.
        loss: what the players minimise; by default :py:class:`~genlib.gans.NonSaturating`.
        penalties: what D pays beside that, such as ``[GradientPenalty(10)]``.
        stabilisers: what else is changed, such as ``[InstanceNoise(), Unrolled(5)]``, in order;
            :py:class:`~genlib.gans.Stabiliser` says what that can be. Two time scales are
            ``discriminator_turn={"lr": 4e-4}``, an average of the weights is ``fit(ema=0.999)``.
        classes: how many labels the networks know; ``None`` if they take none.
        event_shape: shape of one event.
        bounds: the interval in which events lie; ``None`` if they may be any number. The default
            generator ends in a tanh onto it.
        hidden: widths of the hidden layers of the default networks (in D, in reverse).
        lr: Adam's step size, for both players.
        betas: Adam's decay rates, for both players.
        schedule: factor on ``lr`` by round for both players, see :py:class:`~genlib.Player`.
        discriminator_turn: what is different for D: arguments of :py:class:`~genlib.Player` such
            as ``{"lr": 4e-4, "updates": 5}`` or ``{"optimizer": ...}``.
        generator_turn: the same for G.

    Raises:
        ValueError: if a size is not positive, ``bounds`` is no interval, two penalties have one
            name, a turn is told what a player does not know, a stabiliser
            makes no sense for the game, or ``classes`` are given but not the
            networks for them.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661; with labels, Mirza and
    Osindero (2014), https://arxiv.org/abs/1411.1784. Chapter: "The GAN game".
    """

    def __init__(
        self,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        latent: int = 64,
        loss: AdversarialLoss | None = None,
        *,
        penalties: Sequence[Penalty] = (),
        stabilisers: Sequence[Stabiliser] = (),
        classes: int | None = None,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        hidden: Sequence[int] = (256, 512),
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.0, 0.99),
        schedule: Schedule | None = None,
        discriminator_turn: Mapping[str, Any] | None = None,
        generator_turn: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep or build both networks, and what each player is told."""
        super().__init__(lr=lr, schedule=schedule)
        check_sizes(latent, event_shape, bounds)
        check_classes(classes, generator, discriminator)
        check_penalties(penalties, Penalty)
        check_stabilisers(stabilisers, Stabiliser)
        self.latent, self.event_shape, self.bounds = latent, tuple(event_shape), bounds
        self.classes, self.betas = classes, betas
        self.adversarial_loss = loss or NonSaturating()
        self.penalties = nn.ModuleList(penalties)
        if generator is None:
            generator = MLPGenerator(latent, hidden, event_shape, bounds)
        if discriminator is None:
            discriminator = MLPDiscriminator(event_shape, hidden[::-1])
        self.generator, self.discriminator = generator, discriminator
        self.discriminator_turn = turn_of("discriminator", discriminator_turn)
        self.generator_turn = turn_of("generator", generator_turn)
        self.stabilisers = nn.ModuleList(stabilisers)
        for stabiliser in self.stabilisers:
            stabiliser.attach(self)

    def players(self) -> Sequence[Player]:
        """Return D and G, in the order of their turns."""
        d = self._told("discriminator", self.discriminator_turn)
        g = self._told("generator", self.generator_turn)
        return [
            Player("discriminator", [self.discriminator], self.discriminator_loss, **d),
            Player("generator", [self.generator], self.generator_loss, **g),
        ]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on a batch of data and as many samples, which are cut off from G."""
        real, label = self.parts(batch)
        shown = real, self.fakes_for(batch).detach(), label
        for stabiliser in self.stabilisers:
            shown = stabiliser.shown(self, *shown)
        return self.discriminator_cost(*shown)

    def discriminator_cost(
        self, real: Tensor, fake: Tensor, label: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on data and samples, and what is recorded beside it."""
        scores = self.scores(real, label), self.scores(fake, label)
        return self.discriminator_cost_of(Judged(real, fake, label, *scores))

    def discriminator_cost_of(self, judged: Judged) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost of what it says of data and samples, and what is recorded beside it."""
        scores = judged.real_scores, judged.fake_scores
        cost = self.adversarial_loss.discriminator(*scores)
        for stabiliser in self.stabilisers:
            cost = stabiliser.discriminator_cost(self, cost, judged)
        penalties = self.penalties_at(judged.real, judged.fake, judged.label)
        accuracy = self.adversarial_loss.accuracy(*scores)
        verdicts = dict(zip(("real", "fake"), map(self._verdict, scores), strict=True))
        return sum(penalties.values(), start=cost), verdicts | accuracy | penalties

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost on fresh samples; only a relativistic loss looks at the data too."""
        real, label = self.parts(batch)
        fake = self.fakes_for(batch)
        real_scores = self.scores(real, label) if self.adversarial_loss.pairs_real else None
        return self.generator_cost_of(
            Judged(real, fake, label, real_scores, self.scores(fake, label))
        )

    def generator_cost_of(self, judged: Judged) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost of what D says of its samples, and what is recorded beside it."""
        cost = self.adversarial_loss.generator(judged.fake_scores, judged.real_scores)
        for stabiliser in self.stabilisers:
            cost = stabiliser.generator_cost(self, cost, judged)
        return cost, {"fake": self._verdict(judged.fake_scores)}

    def penalties_at(
        self, real: Tensor, fake: Tensor, label: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return what D pays beside the loss, by name."""
        scores = BoundScores(self, label)
        return {penalty.name: penalty(scores, real, fake) for penalty in self.penalties}

    def fakes_for(self, batch: Batch) -> Tensor:
        """Return fresh samples to set against a batch: as many, with its labels."""
        real, label = self.parts(batch)
        return self.fakes(len(real), label)

    def fakes(self, n: int, label: Tensor | None = None) -> Tensor:
        """Return ``n`` fresh samples, through which gradients can reach G.

        Args:
            n: how many.
            label: (n,), of a conditional game.
        """
        return self._called(self.generator, self.codes(n), label)

    def codes(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` codes from N(0, I), of shape ``(n, latent)``."""
        like = next(self.generator.parameters())
        return standard_normal(positive(n), self.latent, like=like, generator=generator)

    def scores(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Return D's scores of events; costs are taken in its own precision, also in autocast.

        Args:
            x: events, ``(B, *event_shape)``.
            label: (B,), of a conditional game.
        """
        scores = self._called(self.discriminator, self.seen(x), label)
        return scores.to(next(self.discriminator.parameters()).dtype)

    def seen(self, x: Tensor) -> Tensor:
        """Return what D sees of events: they themselves, unless a stabiliser changes that."""
        for stabiliser in self.stabilisers:
            x = stabiliser.seen(x)
        return x

    def on_step(self, step: int, steps: int) -> None:
        """Let stabilisers set what depends on time."""
        for stabiliser in self.stabilisers:
            stabiliser.on_step(step, steps)

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return ``n`` samples ``(n, *event_shape)``, with G in evaluation mode."""
        label = self.labels_for(positive(n), label, generator)
        with evaluating(self.generator):
            return self._called(self.generator, self.codes(n, generator), label)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless ``x`` lies within the bounds and labels are as they should.

        That is, for a conditional game, one whole number from 0 to ``classes - 1`` an example.
        """
        x, (low, high) = self.parts(batch)[0], self.bounds or (-math.inf, math.inf)
        like = next(self.parameters())
        check_events(x, self.event_shape, low, high, who=type(self).__name__, like=like)
        if self.classes is not None:
            checked_labels(labels(batch), len(x), self.classes, type(self).__name__)

    def parts(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Return x and the label of each, which is None in an unconditional game.

        Raises:
            ValueError: if the game is conditional and the batch has no labels.
        """
        return events_and_labels(batch, self.classes, type(self).__name__)

    def _told(self, player: str, turn: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a player is told of its turn."""
        told = {"lr": self.lr, "betas": self.betas, "schedule": self.schedule}
        told |= {"gradient_norm": True} | turn
        if len(self.stabilisers) > 0:
            told["after"] = partial(self._after, player, turn.get("after"))
        return told

    def _after(self, player: str, own: Callable[[], None] | None) -> None:
        """Do what a turn and the stabilisers do when an update is done."""
        if own is not None:
            own()
        for stabiliser in self.stabilisers:
            stabiliser.after(self, player)

    def _called(self, network: nn.Module, x: Tensor, label: Tensor | None) -> Tensor:
        """Return what a network makes of codes or events, and of labels in a conditional game."""
        if (label is None) != (self.classes is None):
            wanted = "no label" if self.classes is None else "one label for each code and event"
            raise ValueError(f"{type(self).__name__} with classes={self.classes} wants {wanted}")
        return network(x) if label is None else network(x, label)

    def _verdict(self, scores: Tensor) -> Tensor:
        return self.adversarial_loss.verdict(scores.detach()).mean()
