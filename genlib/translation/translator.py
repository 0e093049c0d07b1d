"""What all image-to-image models share: domains, two players, and their costs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from genlib.gans.arguments import turn_of
from genlib.gans.losses import AdversarialLoss, LeastSquares
from genlib.model import Batch, Model, Player, Schedule, check_events
from genlib.nn import evaluating
from genlib.translation.arguments import check_image, check_weights, domain_number

TOGETHER = 256  # images translated at once
Scores = Callable[[Tensor], Tensor]
Costs = Mapping[str, tuple[float, Callable[[], Tensor]]]


class Translator(Model):
    r"""A generator that turns pictures of one domain into another's, against a discriminator.

    Pictures are in [-1, 1]. A round is D's turn, then G's. Both costs are weighted sums whose terms
    are means over pixels, patches and the batch; every weight may be 0, and the term is then not
    even computed. Each player records its terms as they are before they are weighted. If the
    adversarial weight is 0, G plays alone.

    A subclass sets ``generators`` and ``discriminators`` (modules, of which the two players own the
    parameters) and gives ``discriminator_loss``, ``generator_loss`` and ``translated``.

    Args:
        domains: their names, as ``translate(x, to=...)`` wants them.
        event_shapes: the shape of each domain's pictures, (C, H, W).
        adversarial: weight of what the discriminator says.
        loss: what the two players minimise, a loss of ``genlib.gans``.
        lr: Adam's step size, for both players.
        betas: Adam's decay rates, for both players.
        schedule: factor on ``lr`` by round, see :py:class:`~genlib.Player`.
        discriminator_turn: what is different for D: arguments of :py:class:`~genlib.Player`.
        generator_turn: the same for G.

    Raises:
        ValueError: if a shape is no image's, a weight is negative, or a turn is told what a player
            does not know.
    """

    generators: nn.Module
    discriminators: nn.Module

    def __init__(
        self,
        domains: Sequence[str],
        event_shapes: Sequence[Sequence[int]],
        *,
        adversarial: float = 1.0,
        loss: AdversarialLoss | None = None,
        lr: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        schedule: Schedule | None = None,
        discriminator_turn: Mapping[str, Any] | None = None,
        generator_turn: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what both players are told."""
        super().__init__(lr=lr, schedule=schedule)
        check_weights(adversarial=adversarial)
        self.domains, self.betas, self.adversarial = tuple(domains), betas, adversarial
        self.event_shapes = tuple(check_image(shape) for shape in event_shapes)
        self.adversarial_loss = loss or LeastSquares()
        self.discriminator_turn = turn_of("discriminator", discriminator_turn)
        self.generator_turn = turn_of("generator", generator_turn)

    def players(self) -> Sequence[Player]:
        """Return D, if it has a say, and G."""
        told = {"lr": self.lr, "betas": self.betas, "schedule": self.schedule}
        d, g = told | self.discriminator_turn, told | self.generator_turn
        generator = Player("generator", [self.generators], self.generator_loss, **g)
        if not self.needs_judge:
            return [generator]
        judge = Player("discriminator", [self.discriminators], self.discriminator_loss, **d)
        return [judge, generator]

    @property
    def needs_judge(self) -> bool:
        """Whether G asks D for anything; if not, G plays alone."""
        return self.adversarial > 0

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on a batch, and what is recorded beside it."""
        raise NotImplementedError(f"{type(self).__name__} gives the discriminator no cost")

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost on a batch, and its terms."""
        raise NotImplementedError(f"{type(self).__name__} gives the generator no cost")

    def translated(self, x: Tensor, to: int) -> Tensor:
        """Return pictures in the domain of a number, with gradients."""
        raise NotImplementedError(f"{type(self).__name__} does not translate")

    def source_of(self, to: int) -> int:
        """Return the number of the domain whose pictures are translated to that of a number."""
        return 1 - to

    @torch.no_grad()
    def translate(self, x: Tensor, to: str) -> Tensor:
        """Return pictures as they would be in another domain, with the networks in evaluation mode.

        They are of the type of x, also in autocast, so that they can be translated back.

        Args:
            x: pictures in [-1, 1], (B, C, H, W).
            to: the name of the domain.

        Raises:
            ValueError: if there is no such domain, or no way to it, or these are no pictures of the
                one that it is reached from.
        """
        number = domain_number(to, self.domains)
        self.check_pictures(x, self.source_of(number))
        with evaluating(self):
            made = [self.translated(part, number).to(x.dtype) for part in x.split(TOGETHER)]
        return torch.cat(made)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless a batch has one picture of each domain for each other."""
        if not isinstance(batch, tuple) or len(batch) != len(self.domains):
            names = ", ".join(self.domains)
            raise ValueError(f"{type(self).__name__} is trained on pictures of all of ({names})")
        for number, x in enumerate(batch):
            self.check_pictures(x, number)

    def check_pictures(self, x: Tensor, domain: int) -> None:
        """Raise ``ValueError`` unless these are pictures of a domain, in [-1, 1]."""
        who = f"{type(self).__name__}, of {self.domains[domain]!r},"
        like = next(self.parameters())
        check_events(x, self.event_shapes[domain], -1.0, 1.0, who=who, like=like)

    def sample(self, n: int, **_: object) -> NoReturn:
        """Raise ``ValueError``: it has a picture for a picture, and none for nothing."""
        raise ValueError(f"{type(self).__name__} draws nothing by itself: translate(x, to=...)")

    def scores(self, discriminator: Scores, x: Tensor) -> Tensor:
        """Return a discriminator's scores, in the weights' precision also in autocast."""
        return discriminator(x).to(next(self.parameters()).dtype)

    def judged(
        self, discriminator: Scores, real: Tensor, fake: Tensor, name: str = ""
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what a discriminator pays on data and fakes, and what it says of both."""
        real_scores, fake_scores = (
            self.scores(discriminator, real),
            self.scores(discriminator, fake),
        )
        cost = self.adversarial_loss.discriminator(real_scores, fake_scores)
        said = {"real": real_scores, "fake": fake_scores}
        verdict = self.adversarial_loss.verdict
        return cost, {name + which: verdict(s.detach()).mean() for which, s in said.items()}

    def judged_by_domain(
        self, batch: Batch, fake: Callable[[int], Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what the discriminators of all domains pay, by ``judged``.

        Args:
            batch: pictures of each domain.
            fake: returns the fakes in the domain of a number.
        """
        cost, recorded = 0, {}
        for to, real in enumerate(batch):
            name = f"{self.domains[to]}_"
            one, said = self.judged(self.discriminators[to], real, fake(to), name)
            cost, recorded = cost + one, recorded | said
        return cost, recorded

    def persuading(self, discriminator: Scores, fake: Tensor, real: Tensor) -> Tensor:
        """Return what a generator pays for fakes; only relativistic losses look at the data."""
        paired = self.adversarial_loss.pairs_real
        real_scores = self.scores(discriminator, real) if paired else None
        return self.adversarial_loss.generator(self.scores(discriminator, fake), real_scores)


class TwoWayTranslator(Translator):
    """A translator between two domains that knows the way there and the way back."""

    def round_trip(self, x: Tensor, of: str) -> Tensor:
        """Return pictures of a domain, ``(B, C, H, W)``, translated there and back.

        Raises:
            ValueError: as ``translate``.
        """
        other = self.domains[1 - domain_number(of, self.domains)]
        return self.translate(self.translate(x, to=other), to=of)


def total(costs: Costs) -> tuple[Tensor, dict[str, Tensor]]:
    r"""Return :math:`\sum_i w_i c_i` of costs by name, and each without its weight.

    What has no weight is not computed.

    Raises:
        ValueError: if no cost has one.
    """
    values = {name: (weight, cost()) for name, (weight, cost) in costs.items() if weight > 0}
    if not values:
        raise ValueError(f"no weight is above 0: nothing to learn from ({', '.join(costs)})")
    recorded = {name: value.detach() for name, (_, value) in values.items()}
    return sum(weight * value for weight, value in values.values()), recorded
