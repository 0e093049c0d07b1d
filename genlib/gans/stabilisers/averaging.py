"""A cost of leaving one's own past."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from genlib.gans.checks import check_numbers
from genlib.gans.stabilisers.base import Judged, Stabiliser

if TYPE_CHECKING:
    from genlib.gans.gan import GAN


class HistoricalAveraging(Stabiliser):
    r"""Let each player pay for its distance from the mean of its own past weights.

    .. math::

        J + c\,\Big\| \theta - \frac1{t + 1} \sum_{i=0}^t \theta_i \Big\|_2^2,

    after t updates from :math:`\theta_0`. It stands after stabilisers that change D's layers. An
    average that is only watched, not paid for, is ``fit(ema=...)``.

    Args:
        weight: c.

    Raises:
        ValueError: if it is negative or not finite.

    Source: Salimans et al. (2016), https://arxiv.org/abs/1606.03498, section 3.3.
    Chapter: "Stabilising GANs".
    """

    def __init__(self, weight: float = 1.0) -> None:
        """Keep the weight of the cost."""
        super().__init__()
        check_numbers(self, 0, weight=weight)
        self.weight = weight

    def attach(self, game: "GAN") -> None:
        """Begin both averages at the weights as they are."""
        for player in ("discriminator", "generator"):
            setattr(self, player, Past(getattr(game, player)))

    def discriminator_cost(self, game: "GAN", cost: Tensor, judged: Judged) -> Tensor:
        """Return the cost and what D pays."""
        return cost + self.weight * self.discriminator.distance(game.discriminator)

    def generator_cost(self, game: "GAN", cost: Tensor, judged: Judged) -> Tensor:
        """Return the cost and what G pays."""
        return cost + self.weight * self.generator.distance(game.generator)

    def after(self, game: "GAN", player: str) -> None:
        """Count the new weights in."""
        getattr(self, player).count_in(getattr(game, player))

    def extra_repr(self) -> str:
        """Show the weight."""
        return f"weight={self.weight}"


class Past(nn.Module):
    """The mean of all weights that a network had."""

    def __init__(self, network: nn.Module) -> None:
        """Begin with the weights as they are."""
        super().__init__()
        self.register_buffer("count", torch.ones(()))
        for i, parameter in enumerate(network.parameters()):
            self.register_buffer(f"mean{i}", parameter.detach().clone())

    def means(self) -> list[Tensor]:
        """Return the means in the order of the parameters."""
        return [buffer for name, buffer in self.named_buffers() if name != "count"]

    def distance(self, network: nn.Module) -> Tensor:
        """Return the squared distance of a network's weights from their means."""
        pairs = zip(network.parameters(), self.means(), strict=True)
        return sum((parameter - mean).square().sum() for parameter, mean in pairs)

    @torch.no_grad()
    def count_in(self, network: nn.Module) -> None:
        """Move the means by the weights as they are now."""
        self.count += 1
        for parameter, mean in zip(network.parameters(), self.means(), strict=True):
            mean += (parameter - mean) / self.count
