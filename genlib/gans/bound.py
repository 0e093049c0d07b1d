"""D as a function of events alone, as penalties want it."""

from typing import TYPE_CHECKING

from torch import Tensor

from genlib.gans.piecewise_linear import input_gradient

if TYPE_CHECKING:
    from genlib.gans.gan import GAN


class BoundScores:
    """The scores of a game's D with the label bound.

    It is asked for as many events as there are labels, or for fewer, the first ones.

    Args:
        game: whose D it is.
        label: ``(B,)`` of a conditional game, else None.
    """

    def __init__(self, game: "GAN", label: Tensor | None = None) -> None:
        """Bind the label."""
        self.game, self.label = game, label

    def __call__(self, x: Tensor) -> Tensor:
        """Return D's scores of events."""
        return self.game.scores(x, self.labels_of(x))

    def labels_of(self, x: Tensor) -> Tensor | None:
        """Return the labels of events, the first of the batch."""
        return None if self.label is None else self.label[: len(x)]

    def input_gradient(self, x: Tensor) -> Tensor:
        """Return the scores' gradient in the events, written out: ``(B, numbers)``.

        Raises:
            ValueError: if D is not known to be piecewise linear, or takes labels and gives no
                ``input_gradient(x, label)`` itself.
        """
        d, x = self.game.discriminator, self.game.seen(x)
        if self.label is None:
            return input_gradient(d, x)
        if not hasattr(d, "input_gradient"):
            raise ValueError(
                f"the gradient of {type(d).__name__}, that takes labels, is not known in closed "
                "form: it has no input_gradient(x, label)"
            )
        return d.input_gradient(x, self.labels_of(x))
