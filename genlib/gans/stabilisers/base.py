"""What a stabiliser may change, and how a reader adds one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from genlib.gans.gan import GAN


@dataclass(frozen=True)
class Judged:
    """Data and samples of one turn, and what D says of them.

    Attributes:
        real: data, ``(B, *event_shape)``.
        fake: as many samples; in G's turn gradients reach G through them, in D's turn not.
        label: ``(B,)`` of a conditional game, else None.
        real_scores: D's scores of the data; None in G's turn unless the loss pairs.
        fake_scores: D's scores of the samples.
    """

    real: Tensor
    fake: Tensor
    label: Tensor | None
    real_scores: Tensor | None
    fake_scores: Tensor


class Stabiliser(nn.Module):
    """A change to the game of a :py:class:`~genlib.gans.GAN`, for ``GAN(stabilisers=[...])``.

    A stabiliser overrides those of these methods that it needs, each of which leaves the game as
    it is by default:

    - ``attach(game)``, once, when the game is built: look at the networks, change or wrap them,
      or refuse a game that makes no sense with it;
    - ``on_step(step, steps)``: what changes with time, as of :py:class:`~genlib.Model`;
    - ``shown(game, real, fake, label)``: what D learns from in its own turn;
    - ``seen(x)``: what D sees of events;
    - ``discriminator_cost`` and ``generator_cost``: what a player minimises;
    - ``after(game, player)``, when an update of a player is done.

    Several stabilisers act in the order of the list: each gets the cost, the events and the
    networks as the one before left them. What a stabiliser counts stands in its buffers, which are
    moved and saved with the game; what is to be learnt it puts into a network. The game itself it
    must not keep, which is why every method is given it.

    A stabiliser of one's own, which pulls the mean score to nought so that scores do not drift::

        class Drift(Stabiliser):
            def discriminator_cost(self, game, cost, judged):
                return cost + 0.001 * judged.real_scores.square().mean()

        GAN(stabilisers=[Drift()])
    """

    def attach(self, game: "GAN") -> None:
        """Look at a game that has just been built, and change its networks.

        Raises:
            ValueError: if it makes no sense for this game.
        """

    def on_step(self, step: int, steps: int) -> None:
        """Set what depends on time before round ``step``, in buffers."""

    def shown(
        self, game: "GAN", real: Tensor, fake: Tensor, label: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return data, samples and labels from which D learns in its turn."""
        return real, fake, label

    def seen(self, x: Tensor) -> Tensor:
        """Return what D sees of events ``(B, *event_shape)``, data and samples alike."""
        return x

    def discriminator_cost(self, game: "GAN", cost: Tensor, judged: Judged) -> Tensor:
        """Return what D minimises, penalties aside, given what it would minimise without this."""
        return cost

    def generator_cost(self, game: "GAN", cost: Tensor, judged: Judged) -> Tensor:
        """Return what G minimises, given what it would minimise without this."""
        return cost

    def after(self, game: "GAN", player: str) -> None:
        """Do what is to be done after an update of ``"discriminator"`` or ``"generator"``."""
