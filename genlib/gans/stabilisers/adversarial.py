"""A discriminator that is trained on examples changed so as to mislead it."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from genlib.gans.checks import check_counts, check_numbers
from genlib.gans.stabilisers.base import Stabiliser

if TYPE_CHECKING:
    from genlib.gans.gan import GAN

Shown = tuple[Tensor, Tensor, Tensor | None]


class AdversarialTraining(Stabiliser):
    r"""Let D learn from the events next to data and samples that mislead it most.

    .. math::

        \min_D\, J_D(x + \delta, G(z) + \delta'), \qquad (\delta, \delta') = \arg\max_{
        \|\delta\|_\infty, \|\delta'\|_\infty \le \epsilon} J_D(x + \delta, G(z) + \delta').

    The maximum is sought by k steps :math:`x \leftarrow x + a\,\mathrm{sign}\,\nabla_x J_D`, each
    followed by a step back into the cube of half-side epsilon and into the bounds of the events.
    One step is the fast gradient sign method (FGSM), more are projected gradient descent (PGD).
    Only the loss is maximised, not what penalties and other stabilisers add. G learns through D on
    its samples as they are.

    Each step costs one pass through D and back to its inputs, without gradients of weights. Of
    three parts of a plain update of D (forward, back to the inputs, back to the weights) that is
    two more a step.

    Args:
        epsilon: in the units of the events, such as 2 from black to white in [-1, 1].
        steps: k.
        step: a; by default epsilon for one step, else 2.5 epsilon / k.
        samples: whether samples are changed too, or the data alone.

    Raises:
        ValueError: if a number is negative or not finite, or there are no steps.

    Source: Liu and Hsieh (2018), "Rob-GAN", https://arxiv.org/abs/1807.10454; FGSM, Goodfellow,
    Shlens and Szegedy (2015), https://arxiv.org/abs/1412.6572; PGD, Madry et al. (2018),
    https://arxiv.org/abs/1706.06083.
    Chapter: "Bigger and sturdier GANs".
    """

    def __init__(
        self,
        epsilon: float = 0.03,
        steps: int = 1,
        step: float | None = None,
        *,
        samples: bool = True,
    ) -> None:
        """Keep the numbers."""
        super().__init__()
        check_counts(self, steps=steps)
        step = (epsilon if steps == 1 else 2.5 * epsilon / steps) if step is None else step
        check_numbers(self, 0, epsilon=epsilon, step=step)
        self.epsilon, self.steps, self.step, self.samples = epsilon, steps, step, samples

    @torch.compiler.disable
    def shown(self, game: "GAN", real: Tensor, fake: Tensor, label: Tensor | None) -> Shown:
        """Return data and samples, each changed within epsilon."""
        worst = real, fake
        for _ in range(self.steps):
            leaves = [x.detach().requires_grad_() for x in worst]
            slopes = torch.autograd.grad(self.objective(game, *leaves, label), leaves)
            worst = self.ascended(game, worst, slopes, (real, fake))
        return *worst, label

    def objective(self, game: "GAN", real: Tensor, fake: Tensor, label: Tensor | None) -> Tensor:
        """Return what is maximised: D's loss."""
        scores = game.scores(real, label), game.scores(fake, label)
        return game.adversarial_loss.discriminator(*scores)

    def ascended(
        self, game: "GAN", at: tuple, slopes: tuple, origins: tuple
    ) -> tuple[Tensor, Tensor]:
        """Return data and samples one step further up, no further than epsilon from the origins."""
        moved = [
            self.within(game, x + self.step * slope.sign(), origin).detach()
            for x, slope, origin in zip(at, slopes, origins, strict=True)
        ]
        return moved[0], moved[1] if self.samples else origins[1]

    def within(self, game: "GAN", x: Tensor, origin: Tensor) -> Tensor:
        """Return what is next to ``x`` in the cube around its origin and in the events' bounds."""
        x = origin + (x - origin).clamp(-self.epsilon, self.epsilon)
        return x if game.bounds is None else x.clamp(*game.bounds)

    def extra_repr(self) -> str:
        """Show the numbers."""
        data_alone = "" if self.samples else ", samples=False"
        return f"epsilon={self.epsilon}, steps={self.steps}, step={self.step:.4g}{data_alone}"


class FreeAdversarialTraining(AdversarialTraining):
    """Adversarial training whose gradients in the inputs cost next to nothing.

    D's turn is m updates on one batch of data and samples. The backward pass of each gives the
    gradient in D's weights, and, as it is on its way, that in the events shown: D takes the one,
    the events take a step up the other, and are shown again. So m updates cost m passes forward and
    back, as m plain ones do, where ``AdversarialTraining(steps=1)`` has 2 m; and D's m-th update is
    on events that have been changed m - 1 times. The price is that m updates see one batch. A batch
    begins unchanged. What is maximised is D's cost as far as it hangs on its scores of the events:
    penalties take slopes at the events as they are, of which no gradient leads back to them.

    Args:
        epsilon: as of :py:class:`AdversarialTraining`.
        replays: m, D's updates in a round.
        step: a, by default epsilon.
        samples: whether samples are changed too, or the data alone.

    Raises:
        ValueError: as :py:class:`AdversarialTraining`; when the game is built, if D's turn is told
            another number of updates.

    Source: Zhong, Liu and Hsieh (2020), https://arxiv.org/abs/2008.03364; for classifiers, Shafahi
    et al. (2019), https://arxiv.org/abs/1904.12843.
    Chapter: "Bigger and sturdier GANs".
    """

    _batch: Shown | None = None  # as it came
    _leaves: tuple[Tensor, Tensor] | None = None  # as it is shown now
    _updates = 0  # made on this batch

    def __init__(
        self,
        epsilon: float = 0.03,
        replays: int = 2,
        step: float | None = None,
        *,
        samples: bool = True,
    ) -> None:
        """Keep the numbers."""
        check_counts(self, replays=replays)
        super().__init__(epsilon, replays, epsilon if step is None else step, samples=samples)

    def attach(self, game: "GAN") -> None:
        """Give D its updates."""
        told = game.discriminator_turn.setdefault("updates", self.steps)
        if told != self.steps:
            raise ValueError(
                f"discriminator_turn: updates={told}, wanted {self.steps}, the replays of a batch"
            )

    def on_step(self, step: int, steps: int) -> None:
        """Begin a round with a new batch."""
        self._batch, self._leaves, self._updates = None, None, 0

    @torch.compiler.disable
    def shown(self, game: "GAN", real: Tensor, fake: Tensor, label: Tensor | None) -> Shown:
        """Return a new batch as it is, or the last one again with its changes."""
        if self._updates == 0:
            self._batch, self._leaves = (real, fake, label), (real, fake)
        self._leaves = tuple(x.detach().requires_grad_() for x in self._leaves)
        return *self._leaves, self._batch[2]

    @torch.no_grad()
    def after(self, game: "GAN", player: str) -> None:
        """Change the batch by the gradients that the update has left, or let it go."""
        if player != "discriminator":
            return
        slopes = tuple(leaf.grad for leaf in self._leaves)
        self._leaves = self.ascended(game, self._leaves, slopes, self._batch[:2])
        self._updates += 1
        if self._updates == self.steps:
            self.on_step(0, 1)

    def extra_repr(self) -> str:
        """Show the numbers."""
        return super().extra_repr().replace("steps=", "replays=")

    def __getstate__(self) -> dict[str, Any]:
        """Let a copy begin without a batch."""
        return self.__dict__ | {"_batch": None, "_leaves": None, "_updates": 0}
