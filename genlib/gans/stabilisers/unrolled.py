"""A generator that looks ahead at how D will answer."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.func import functional_call

from genlib.gans.checks import check_counts, check_positive
from genlib.gans.stabilisers.base import Judged, Stabiliser

if TYPE_CHECKING:
    from genlib.gans.gan import GAN


class Unrolled(Stabiliser):
    r"""Let G be judged by the D that would have learnt from its samples for k steps.

    .. math::

        J_G(\theta, \phi_k(\theta)), \qquad \phi_0 = \phi, \qquad
        \phi_{i+1} = \phi_i - \eta\,\nabla_\phi J_D(\theta, \phi_i).

    The gradient of :math:`J_G` runs through all k steps, so G sees how D answers. D's own weights
    stay, and its own turn is as before. The steps are plain gradient descent on D's whole cost,
    penalties included, on G's batch; with k = 0 steps it would be the game itself. It takes the
    place of G's cost, so it stands before stabilisers that add to that.

    Args:
        steps: k.
        lr: eta, the size of the steps looked ahead, whatever D's optimiser is.

    Raises:
        ValueError: if one of them is not positive.

    Source: Metz et al. (2017), https://arxiv.org/abs/1611.02163.
    Chapter: "Stabilising GANs".
    """

    def __init__(self, steps: int = 5, lr: float = 0.1) -> None:
        """Keep both numbers."""
        super().__init__()
        check_counts(self, steps=steps)
        check_positive(self, lr=lr)
        self.steps, self.lr = steps, lr

    @torch.compiler.disable
    def generator_cost(self, game: "GAN", cost: Tensor, judged: Judged) -> Tensor:
        """Return G's cost with D looked ahead."""
        seen = (judged.real, judged.fake, judged.label)
        named = game.discriminator.named_parameters()
        weights = {f"game.discriminator.{name}": p.detach().requires_grad_() for name, p in named}
        for _ in range(self.steps):
            objective = functional_call(DiscriminatorCost(game), weights, seen)
            slopes = torch.autograd.grad(
                objective, list(weights.values()), create_graph=True, materialize_grads=True
            )
            pairs = zip(weights.items(), slopes, strict=True)
            weights = {name: weight - self.lr * slope for (name, weight), slope in pairs}
        return functional_call(GeneratorCost(game), weights, seen)

    def extra_repr(self) -> str:
        """Show both numbers."""
        return f"steps={self.steps}, lr={self.lr}"


class DiscriminatorCost(nn.Module):
    """What D minimises, as a module, so that it can be called with other weights of D."""

    def __init__(self, game: "GAN") -> None:
        """Show the game, with its weights."""
        super().__init__()
        self.game = game

    def forward(self, real: Tensor, fake: Tensor, label: Tensor | None) -> Tensor:
        """Return it for data and samples, through which gradients reach G."""
        return self.game.discriminator_cost(real, fake, label)[0]


class GeneratorCost(DiscriminatorCost):
    """What G minimises, stabilisers aside."""

    def forward(self, real: Tensor, fake: Tensor, label: Tensor | None) -> Tensor:
        """Return it for data and samples."""
        loss, scores = self.game.adversarial_loss, self.game.scores
        real_scores = scores(real, label) if loss.pairs_real else None
        return loss.generator(scores(fake, label), real_scores)
