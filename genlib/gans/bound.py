"""D as a function of events alone, as penalties want it."""

from typing import TYPE_CHECKING

from torch import Tensor

from genlib.gans.piecewise_linear import input_gradient

if TYPE_CHECKING:
    from genlib.gans.gan import GAN


class BoundScores:
    """The scores of a game's D with the label bound.

    Args:
        game: whose D it is.
        label: ``(B,)`` of a conditional game, else None.
    """

    def __init__(self, game: "GAN", label: Tensor | None = None) -> None:
        """Bind the label."""
        self.game, self.label = game, label

    def __call__(self, x: Tensor) -> Tensor:
        """Return D's scores of events."""
        return self.game.scores(x, self.label)

    def input_gradient(self, x: Tensor) -> Tensor:
        """Return the scores' gradient in the events, written out: ``(B, numbers)``.

        Raises:
            ValueError: if D takes labels or is not known to be piecewise linear.
        """
        if self.label is not None:
            raise ValueError("the gradient of a D that takes labels is not known in closed form")
        return input_gradient(self.game.discriminator, self.game.seen(x))
