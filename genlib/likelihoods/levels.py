"""Pixels that take a number of levels, evenly spaced in [0, 1]."""

from collections.abc import Sequence

from torch import Tensor

from genlib.likelihoods.likelihood import Likelihood
from genlib.model import check_events

OFF = 1e-3  # of a level: how far from one a value may lie, for rounding


class Levels(Likelihood):
    """A likelihood of pixels x = k / (L - 1), for whole k from 0 to L - 1.

    With 256 levels these are the images of ``genlib.data`` in their space ``.unit()``.

    Args:
        levels: L.
        event_dims: dimensions of an event, 3 for images.

    Raises:
        ValueError: if there are fewer than two levels.
    """

    def __init__(self, levels: int = 256, event_dims: int = 3) -> None:
        """Keep the number of levels."""
        super().__init__(event_dims)
        if levels < 2:
            raise ValueError(f"levels={levels}, wanted at least 2")
        self.levels = levels

    def level(self, x: Tensor) -> Tensor:
        """Return the number k of each pixel's level, a whole number held as a float."""
        return (x * (self.levels - 1)).round()

    def value(self, level: Tensor) -> Tensor:
        """Return x of a level: the inverse of ``level``."""
        return level / (self.levels - 1)

    def shown(self, x: Tensor) -> Tensor:
        r"""Return events as a network sees them, ``(..., 1, *event)``: y = 2 x - 1, in [-1, 1]."""
        return super().shown(2 * x - 1)

    def probabilities(self, parameters: Tensor) -> Tensor:
        r"""Return the probability of every level of every pixel, ``(..., L, *event)``."""
        raise NotImplementedError(f"{type(self).__name__} has no table of single pixels")

    def check(self, x: Tensor, shape: Sequence[int], like: Tensor) -> None:
        """Raise ``ValueError`` unless every value is one of the levels."""
        who = f"a model of pixels with {self.levels} levels"
        check_events(x, shape, 0, 1, who=who, like=like)
        if (x * (self.levels - 1) - self.level(x)).abs().max() > OFF:
            raise ValueError(
                f"{who} wants values k / {self.levels - 1} for whole k; this holds values between. "
                "Images of genlib.data have .unit(), with 256 levels"
            )
