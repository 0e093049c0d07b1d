"""Residual blocks that double or halve the side of an image on their way."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

Norm = Callable[[int], nn.Module]


class ResidualUp(nn.Module):
    r"""Two convolutions beside a short cut, at twice the side.

    .. math::

        y = s(\mathrm{up}(x)) + f(x), \qquad f: \text{norm, ReLU, up, convolution, norm, ReLU,
        convolution},

    where up repeats every pixel, and the short cut s is a 1 x 1 convolution if the number of
    channels changes.

    Args:
        inputs: channels of the images ``(B, inputs, H, W)``.
        outputs: channels of what becomes of them, ``(B, outputs, 2 H, 2 W)``.
        norm: makes a norm of so many channels; one that takes a condition beside the images is
            given what the block is.

    Raises:
        ValueError: if a size is not positive.

    Miyato et al. (2018, https://arxiv.org/abs/1802.05957); Brock, Donahue and Simonyan (2019,
    https://arxiv.org/abs/1809.11096). Derived in the chapter on bigger and sturdier GANs.
    """

    def __init__(self, inputs: int, outputs: int, norm: Norm = nn.BatchNorm2d) -> None:
        """Build the layers."""
        super().__init__()
        check_channels(inputs, outputs)
        self.first_norm, self.second_norm = norm(inputs), norm(outputs)
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = short_cut(inputs, outputs)

    def forward(self, x: Tensor, *condition: Tensor) -> Tensor:
        """Map images ``(B, inputs, H, W)`` to ``(B, outputs, 2 H, 2 W)``."""
        y = self.first(doubled(F.relu(self.first_norm(x, *condition))))
        y = self.second(F.relu(self.second_norm(y, *condition)))
        return y + doubled(self.shortcut(x))  # a 1 x 1 convolution and the repeating commute


class ResidualDown(nn.Module):
    r"""Two convolutions beside a short cut, at half the side.

    .. math::

        y = \mathrm{down}(s(x)) + \mathrm{down}(f(x)), \qquad
        f: \text{ReLU, convolution, ReLU, convolution},

    where down takes means of 2 x 2 pixels, and the short cut s is a 1 x 1 convolution if the number
    of channels changes. There is no norm.

    Args:
        inputs: channels of the images ``(B, inputs, H, W)``.
        outputs: channels of what becomes of them, ``(B, outputs, H // 2, W // 2)``.
        down: whether the side is halved; else it stays.
        first: whether the block stands first and is given an image, on which no ReLU is.

    Raises:
        ValueError: if a size is not positive.

    Sources and chapter are those of :py:class:`ResidualUp`.
    """

    def __init__(
        self, inputs: int, outputs: int, *, down: bool = True, first: bool = False
    ) -> None:
        """Build the layers."""
        super().__init__()
        check_channels(inputs, outputs)
        self.before = nn.Identity() if first else nn.ReLU()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.down = nn.AvgPool2d(2) if down else nn.Identity()
        self.shortcut = short_cut(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map images ``(B, inputs, H, W)`` to images of half the side, if ``down``."""
        y = self.second(F.relu(self.first(self.before(x))))
        return self.down(y) + self.shortcut(self.down(x))  # these two commute as well


def short_cut(inputs: int, outputs: int) -> nn.Module:
    """Return the identity, or a 1 x 1 convolution if the number of channels changes."""
    return nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)


def doubled(x: Tensor) -> Tensor:
    """Repeat every pixel, twice down and twice across."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def check_channels(inputs: int, outputs: int) -> None:
    """Raise ``ValueError`` for sizes of which no block could be made."""
    if min(inputs, outputs) < 1:
        raise ValueError(f"inputs={inputs}, outputs={outputs}: wanted positive numbers of channels")
