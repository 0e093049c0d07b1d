"""Networks whose outputs see only what comes before them in an order."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MaskedLinear(nn.Linear):
    """A linear layer some of whose weights are nought, whatever training does.

    Args:
        mask: ``(outputs, inputs)``, true where an output may see an input.
    """

    def __init__(self, mask: Tensor) -> None:
        """Build the layer that fits the mask."""
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask.to(self.weight.dtype), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (weight * mask) x + bias."""
        return F.linear(x, self.weight * self.mask, self.bias)


class MaskedMLP(nn.Module):
    r"""A multilayer perceptron whose i-th output sees :math:`x_1, \dots, x_{i-1}` and a context.

    Every unit has a degree, the number of the last input that it may see. A hidden unit sees the
    units before it of its own degree or lower, the i-th output only those of lower degree than i.
    Germain, Gregor, Murray and Larochelle (2015, https://arxiv.org/abs/1502.03509). Derived in the
    chapter on richer latents.

    Args:
        inputs: how many inputs there are, D.
        features: numbers that make up one input.
        outputs: numbers to return for one input.
        hidden: widths of the hidden layers.
        context: numbers that every output may see.

    Raises:
        ValueError: if a size is not positive, or ``context`` is negative.
    """

    def __init__(
        self,
        inputs: int,
        features: int = 1,
        outputs: int = 1,
        hidden: Sequence[int] = (128,),
        context: int = 0,
    ) -> None:
        """Give every unit its degree, and from them make the masks."""
        super().__init__()
        if min(inputs, features, outputs, *hidden) < 1 or context < 0:
            raise ValueError(
                f"inputs={inputs}, features={features}, outputs={outputs}, "
                f"hidden={tuple(hidden)}, context={context}: wanted positive sizes"
            )
        self.outputs = outputs
        number = torch.arange(1, inputs + 1)
        sources = torch.cat([number.repeat_interleave(features), torch.zeros(context).long()])
        degrees = [sources, *(torch.arange(width) % inputs for width in hidden)]
        layers: list[nn.Module] = []
        for before, after in pairwise(degrees):
            layers += [MaskedLinear(before <= after[:, None]), nn.ReLU()]
        last = number.repeat_interleave(outputs)
        self.network = nn.Sequential(*layers, MaskedLinear(degrees[-1] < last[:, None]))

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Map ``(..., D * features)`` to ``(..., D, outputs)``; the context is ``(..., context)``.

        A context may lack leading dimensions of ``x``.
        """
        if context is not None:
            x = torch.cat([x, context.expand(*x.shape[:-1], -1)], -1)
        return self.network(x).unflatten(-1, (-1, self.outputs))


class MaskedConv2d(nn.Conv2d):
    r"""A convolution of images that sees, from each pixel, only those before it.

    Before a pixel come all rows above it and, in its own row, all pixels to its left. The pixel
    itself has ``groups`` groups of channels, one for each of its colours (channel c belongs to
    group c mod groups): a mask of type B shows it to its own group and those after, one of type A
    only to those after, as a first layer must. van den Oord, Kalchbrenner and Kavukcuoglu (2016,
    https://arxiv.org/abs/1601.06759), figure 2. Derived in the chapter on autoregressive models.

    Rows below the pixel are never seen, so the kernel has none: it is k // 2 + 1 high and k wide.

    Args:
        inputs: channels in.
        outputs: channels out.
        kernel: odd width k.
        kind: ``"A"`` or ``"B"``.
        groups: colours of a pixel.

    Raises:
        ValueError: if a size is not positive, the width even or the kind unknown.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, *, kind: str = "B", groups: int = 1
    ) -> None:
        """Build the layer and its mask."""
        if min(inputs, outputs, kernel, groups) < 1 or kernel % 2 == 0 or kind not in ("A", "B"):
            raise ValueError(
                f"inputs={inputs}, outputs={outputs}, kernel={kernel}, kind={kind!r}, "
                f"groups={groups}: wanted positive sizes, an odd kernel and kind 'A' or 'B'"
            )
        half = kernel // 2
        super().__init__(inputs, outputs, (half + 1, kernel), padding=half)
        into, out = torch.arange(inputs) % groups, torch.arange(outputs) % groups
        mask = torch.ones_like(self.weight)
        mask[:, :, half, half + 1 :] = 0
        mask[:, :, half, half] = into < out[:, None] if kind == "A" else into <= out[:, None]
        self.register_buffer("mask", mask, persistent=False)

    def kernel(self) -> Tensor:
        """Return weight * mask."""
        return self.weight * self.mask

    def offset(self) -> Tensor:
        """Return the bias."""
        return self.bias

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, inputs, H, W)`` to ``(B, outputs, H, W)``."""
        seen = F.conv2d(x, self.kernel(), self.offset(), padding=self.padding)
        return seen[:, :, : x.shape[2]]  # the rows after the last would see the padding below
