"""The gated PixelCNN: two stacks of convolutions without a blind spot."""

import torch.nn.functional as F
from torch import Tensor, nn

from genlib.autoregressive.cache import Cache
from genlib.autoregressive.gated_cache import GatedPixelCNNCache
from genlib.autoregressive.gates import gated_tanh
from genlib.autoregressive.pixels import PixelModel
from genlib.autoregressive.shifted import ShiftedConv2d
from genlib.nn import MaskedConv2d


class GatedPixelCNN(PixelModel):
    r"""Predicts each pixel from all rows above, by one stack, and from its own row, by another.

    Block l of the vertical stack v and of the horizontal one h, with the label's vectors
    :math:`c_l, d_l`, is

    .. math:: a = V_l * v^{l-1}, \qquad v^l = g(a + c_l), \qquad
              s^l = g( H_l * h^{l-1} + U_l\, a + d_l ), \qquad h^l = h^{l-1} + R_l\, s^l

    where the gate :math:`g` multiplies the tanh of one half of the channels by the sigmoid of the
    other. :math:`V_l` sees rows up to the pixel's own (of v, which knows only the rows above),
    :math:`H_l` the pixel and its left; :math:`U_l, R_l, S_l` are linear maps of a pixel's channels.
    The head is :math:`\theta = W_2\, \sigma( W_1\, \sigma( \sum_l S_l\, s^l ) )`, with
    :math:`\sigma(y) = \max(0, y)`. Everything before a pixel and within reach is seen; a
    :py:class:`~genlib.autoregressive.PixelCNN` has a blind spot. van den Oord et al. (2016,
    https://arxiv.org/abs/1606.05328). Derived in the chapter on autoregressive models.

    Args:
        channels: of v, h and each s.
        blocks: how many.
        kernel: width of :math:`V_1` and :math:`H_1`; the others are 3 wide.
        head: width of the head.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes.

    Raises:
        ValueError: if a size is not positive, or the kernel even or below 3.
    """

    def __init__(
        self,
        channels: int = 24,
        blocks: int = 8,
        kernel: int = 7,
        head: int = 32,
        **options: object,
    ) -> None:
        """Build both stacks."""
        super().__init__(**options)
        if min(channels, blocks, head) < 1 or kernel < 3 or kernel % 2 == 0:
            raise ValueError(
                f"channels={channels}, blocks={blocks}, kernel={kernel}, head={head}: wanted "
                "positive sizes and an odd kernel from 3"
            )
        groups = self.colours
        sizes = {"channels": groups * channels, "head": groups * head}
        options = sizes | {"groups": groups, "classes": self.classes}
        last = blocks - 1
        self.blocks = nn.ModuleList(
            GatedBlock(
                self.inputs if number == 0 else sizes["channels"],
                kernel if number == 0 else 3,
                first=number == 0,
                last=number == last,
                **options,
            )
            for number in range(blocks)
        )
        self.hidden = MaskedConv2d(sizes["head"], sizes["head"], 1, groups=groups)
        self.last = MaskedConv2d(sizes["head"], self.outputs, 1, groups=groups)

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of every pixel given those before, ``(B, P, *event)``."""
        v = h = self.shown(x)
        total = 0.0
        for block in self.blocks:
            v, h, skip = block(v, h, label)
            total = total + skip
        return self.arranged(self.last(F.relu(self.hidden(F.relu(total)))))

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` images pixel by pixel, each for the work of one pixel."""
        return GatedPixelCNNCache(self, n, label)


class GatedBlock(nn.Module):
    r"""One block of both stacks, see :py:class:`GatedPixelCNN`.

    Args:
        inputs: channels of v and h that go in.
        kernel: odd width of both convolutions.
        channels: of v and h that come out.
        head: channels of what goes to the head.
        groups: colours of a pixel.
        classes: number of labels, or None.
        first: whether v and h are the image itself, of which the pixel must not be seen.
        last: whether nothing comes after, so that only the head gets something.
    """

    def __init__(
        self,
        inputs: int,
        kernel: int,
        *,
        channels: int,
        head: int,
        groups: int,
        classes: int | None,
        first: bool,
        last: bool,
    ) -> None:
        """Build the layers."""
        super().__init__()
        half, self.first, self.last = kernel // 2, first, last
        around = {"left": half, "right": half, "strictly_above": first}
        self.vertical = ShiftedConv2d(inputs, 2 * channels, rows=half + (not first), **around)
        kind = {"kind": "A" if first else "B", "groups": groups}
        self.horizontal = ShiftedConv2d(inputs, 2 * channels, rows=1, left=half, right=0, **kind)
        self.link = nn.Conv2d(2 * channels, 2 * channels, 1)
        self.skip = MaskedConv2d(channels, head, 1, groups=groups)
        if not last:
            self.residual = MaskedConv2d(channels, channels, 1, groups=groups)
        if classes is not None:
            self.of_label = nn.Embedding(classes, 4 * channels)

    def forward(
        self, v: Tensor, h: Tensor, label: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return v, h and what goes to the head, each ``(B, ..., H, W)``."""
        above = self.vertical(v)
        beside = self.horizontal(h) + self.link(above)
        if label is not None:
            for_above, for_beside = self.of_label(label)[:, :, None, None].chunk(2, 1)
            above, beside = above + for_above, beside + for_beside
        s = gated_tanh(beside)
        if not self.last:
            h = self.residual(s) if self.first else h + self.residual(s)
        return gated_tanh(above), h, self.skip(s)
