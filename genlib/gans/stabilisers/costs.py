"""Stabilisers that are another cost for one player."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib.gans.checks import check_numbers
from genlib.gans.losses import Minimax, NonSaturating
from genlib.gans.stabilisers.base import Judged, Stabiliser
from genlib.nn import inputs_of, last_layer

if TYPE_CHECKING:
    from genlib.gans.gan import GAN


class LabelSmoothing(Stabiliser):
    r"""Let D aim at :math:`1 - \epsilon` for data, and still at 0 for samples.

    .. math::

        J_D = E[-(1 - \epsilon) \log D(x) - \epsilon \log(1 - D(x))] + E[-\log(1 - D(G(z)))],

    which is :math:`J_D` without smoothing plus :math:`\epsilon\,E[s(x)]`, of the logits
    :math:`s`. Smoothing the samples' side too would let the best D be large where there are none
    but samples.

    Args:
        amount: epsilon.

    Raises:
        ValueError: unless it is from 0 to below 1; when the game is built, for a loss in which D
            is no classifier (of least squares, give the target itself).

    Source: Salimans et al. (2016), https://arxiv.org/abs/1606.03498, section 3.4.
    Chapter: "Stabilising GANs".
    """

    def __init__(self, amount: float = 0.1) -> None:
        """Keep the amount."""
        super().__init__()
        check_numbers(self, 0, amount=amount)
        if amount >= 1:
            raise ValueError(f"LabelSmoothing: amount={amount}, wanted a number below 1")
        self.amount = amount

    def attach(self, game: "GAN") -> None:
        """Refuse a loss without a probability to aim at."""
        loss = game.adversarial_loss
        if not isinstance(loss, Minimax | NonSaturating):
            raise ValueError(f"LabelSmoothing wants Minimax or NonSaturating, the loss is {loss!r}")

    def discriminator_cost(self, game: "GAN", cost: Tensor, judged: Judged) -> Tensor:
        """Return the smoothed cost."""
        return cost + self.amount * judged.real_scores.mean()

    def extra_repr(self) -> str:
        """Show the amount."""
        return f"amount={self.amount}"


class FeatureMatching(Stabiliser):
    r"""Let G match the mean of D's features instead of its verdicts.

    .. math::

        J_G = \| E_x\, f(x) - E_z\, f(G(z)) \|_2^2,

    where :math:`f` is what D's last layer is given. D's cost stays.

    Args:
        layer: the name of that last layer in D, if it is not the linear layer or convolution
            that D lists last.

    Raises:
        ValueError: when the game is built, if D has no such layer.

    Source: Salimans et al. (2016), https://arxiv.org/abs/1606.03498, section 3.1.
    Chapter: "Stabilising GANs".
    """

    def __init__(self, layer: str | None = None) -> None:
        """Keep the name."""
        super().__init__()
        self.layer = layer

    def attach(self, game: "GAN") -> None:
        """Look for the layer."""
        last_layer(game.discriminator, self.layer)

    def generator_cost(self, game: "GAN", cost: Tensor, judged: Judged) -> Tensor:
        """Return the squared distance of the mean features."""
        with torch.no_grad():
            wanted = self.features(game, judged.real, judged.label).mean(dim=0)
        found = self.features(game, judged.fake, judged.label).mean(dim=0)
        return (found - wanted).square().sum()

    @torch.compiler.disable
    def features(self, game: "GAN", x: Tensor, label: Tensor | None = None) -> Tensor:
        """Return D's features of events, ``(B, features)``, in the precision of its weights."""
        name = last_layer(game.discriminator, self.layer)
        layer = game.discriminator.get_submodule(name)
        with inputs_of(layer) as given:
            scores = game.scores(x, label)
        return given[layer].flatten(1).to(scores.dtype)
