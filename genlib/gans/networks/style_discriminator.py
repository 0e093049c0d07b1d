"""The discriminator of the style-based games."""

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from genlib.gans.networks.dcgan import sides
from genlib.gans.networks.progressive import convolved, head
from genlib.gans.networks.stages import channels
from genlib.nn import Downsample, EqualisedConv2d


class StyleDiscriminator(nn.Sequential):
    """Images ``(B, C, S, S)`` to scores ``(B,)``, halved through a filter.

    Args:
        width: channels at the first side; each further one has twice as many.
        event_shape: ``(C, S, S)``, S a few doublings of at most 7.
        most: channels that no layer exceeds.
        residual: whether each halving has a short cut beside it.
        minibatch_std: whether it sees how much the examples of a batch vary.

    Raises:
        ValueError: if a size is not positive, or the side S is another.
    """

    def __init__(
        self,
        width: int = 16,
        event_shape: Sequence[int] = (1, 28, 28),
        most: int = 64,
        residual: bool = True,
        minibatch_std: bool = True,
    ) -> None:
        """Build the layers."""
        found = sides(event_shape)
        widths = channels(len(found), width, most)[::-1]
        halvings = [Halving(*pair, residual) for pair in pairwise(widths)]
        colours = convolved(event_shape[0], widths[0], kernel=1)
        super().__init__(*colours, *halvings, head(widths[-1], found[0], minibatch_std))


class Halving(nn.Module):
    r"""Two convolutions and a halving, and a short cut beside them: :math:`(f(x) + s(x))/\sqrt2`.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        residual: whether there is the short cut, a halving and a 1 x 1 convolution.
    """

    def __init__(self, inputs: int, outputs: int, residual: bool) -> None:
        """Build the layers."""
        super().__init__()
        self.layers = nn.Sequential(
            *convolved(inputs, inputs),
            *convolved(inputs, outputs),
            Downsample("bilinear", "replicate"),
        )
        self.shortcut = None
        if residual:
            across = EqualisedConv2d(inputs, outputs, 1, bias=False, gain=1.0)
            self.shortcut = nn.Sequential(Downsample("bilinear", "replicate"), across)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of half the side."""
        y = self.layers(x)
        return y if self.shortcut is None else (y + self.shortcut(x)) / math.sqrt(2)
