"""Networks that grow: stages, of which the newest is faded in."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.gans.networks.dcgan import sides


class Growing(nn.Module):
    r"""A network for images of several sides, of which one stage is in use.

    While a stage is faded in, what it makes is mixed with what the stage before made,
    :math:`(1 - \alpha)\,\mathrm{old} + \alpha\,\mathrm{new}`, which is exactly the old for
    :math:`\alpha = 0` and exactly the new for 1.

    Args:
        event_shape: ``(C, S, S)`` of the last stage; each stage before has half the side.

    Attributes:
        sides: of the images of each stage.
        stage: which one is in use, from 0; at first the last.
        fading: whether the stage before takes part.
        alpha: the share of the new stage, a 0-d tensor.

    Raises:
        ValueError: if the side is no few doublings of at most 7.
    """

    alpha: Tensor

    def __init__(self, event_shape: Sequence[int]) -> None:
        """Begin with all stages in use."""
        super().__init__()
        self.sides = sides(event_shape)
        self.stage, self.fading = len(self.sides) - 1, False
        self.register_buffer("alpha", torch.ones(()), persistent=False)

    def grow(self, stage: int, fading: bool) -> None:
        """Use a stage, with or without the one before."""
        self.stage, self.fading = stage, fading
        self.alpha.fill_(0.0 if fading else 1.0)

    def mix(self, old: Tensor, new: Tensor) -> Tensor:
        """Return the share of each that is due."""
        return old.lerp(new, self.alpha.to(new.dtype))

    def in_use(self) -> list[nn.Module]:
        """Return the parts whose weights are trained in this stage."""
        raise NotImplementedError(f"{type(self).__name__} does not say what is in use")


def channels(stages: int, width: int, most: int) -> list[int]:
    """Return the channels of each stage, the smallest images first.

    The last has ``width``, each before twice as many, up to ``most``.

    Raises:
        ValueError: if a number is not positive.
    """
    if width < 1 or most < width:
        raise ValueError(f"width={width}, most={most}: wanted 1 or more, and most at least width")
    return [min(most, width * 2**i) for i in reversed(range(stages))]
