"""Blocks of two streams: features that know the rows above, and features that know all before."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.autoregressive.gates import gated_linear
from genlib.autoregressive.shifted import Enlarged, down_right_shifted, down_shifted
from genlib.nn import MaskedConv2d

Streams = tuple[Tensor, Tensor]  # what is above a pixel, and what is before it in raster order


class GatedResidual(nn.Module):
    r"""Adds a gated branch to y, ``(B, C, H, W)``.

    .. math:: f(y) = \mathrm{elu}([y, -y]), \qquad
              (a, b) = C_2 * f\Big( C_1 * f(y) + \sum_k L_k\, f(k) \Big) + d, \qquad
              y + a\, \mathrm{sigmoid}(b)

    with linear maps :math:`L_k` of what else is heard and a label's vector d. Salimans et al.
    (2017, https://arxiv.org/abs/1701.05517).

    Args:
        channels: C.
        convolution: makes :math:`C_1` and :math:`C_2` of their channels in and out.
        links: the maps :math:`L_k`, from 2 C to C channels.
        dropout: share of the inner features that are dropped in training.
        classes: number of labels, or None.
    """

    def __init__(
        self,
        channels: int,
        convolution: Callable[[int, int], nn.Module],
        links: Sequence[nn.Module],
        dropout: float = 0.0,
        classes: int | None = None,
    ) -> None:
        """Build the layers."""
        super().__init__()
        self.first = convolution(2 * channels, channels)
        self.second = convolution(2 * channels, 2 * channels)
        self.links = nn.ModuleList(links)
        self.dropout = dropout
        if classes is not None:
            self.of_label = nn.Embedding(classes, 2 * channels)

    def forward(
        self, y: Tensor, heard: Sequence[Tensor] = (), label: Tensor | None = None
    ) -> Tensor:
        """Return y plus the branch."""
        a = self.first(both_signs(y))
        for link, other in zip(self.links, heard, strict=True):
            a = a + link(both_signs(other))
        a = self.second(F.dropout(both_signs(a), self.dropout, self.training))
        if label is not None:
            a = a + self.of_label(label)[:, :, None, None]
        return y + gated_linear(a)


class TwoStreamBlock(nn.Module):
    """A gated residual block for each stream, of which the second hears the first.

    Args:
        channels: of either stream.
        groups: colours of a pixel.
        short_cut: whether both hear what the network knew earlier.
        **options: ``dropout`` and ``classes``, see :py:class:`GatedResidual`.
    """

    def __init__(self, channels: int, groups: int, short_cut: bool, **options: object) -> None:
        """Build both."""
        super().__init__()
        self.short_cut = short_cut
        sizes = 2 * channels, channels, 1
        across = MaskedConv2d(*sizes)  # what is above is known in all its colours
        of_above = [MaskedConv2d(*sizes)] if short_cut else []
        of_before = [MaskedConv2d(*sizes, groups=groups)] if short_cut else []
        right = partial(down_right_shifted, groups=groups)
        self.above = GatedResidual(channels, down_shifted, of_above, **options)
        self.before = GatedResidual(channels, right, [across, *of_before], **options)

    def forward(
        self, streams: Streams, label: Tensor | None = None, kept: Streams | None = None
    ) -> Streams:
        """Return both streams; ``kept`` is what they were earlier."""
        above, before = streams
        kept = kept if self.short_cut else ()
        above = self.above(above, kept[:1], label)
        return above, self.before(before, [above, *kept[1:]], label)


class Downsampling(nn.Module):
    """Strided convolutions of both streams, ``(B, C, H, W)`` to ``(B, C, H / 2, W / 2)``.

    Sides are rounded up. What a pixel of the smaller image knows comes before the first of the
    four that it stands for.

    Args:
        channels: C.
        groups: colours of a pixel.
        stride: 2, or 1 to keep all pixels.
    """

    def __init__(self, channels: int, groups: int, stride: int) -> None:
        """Build both."""
        super().__init__()
        self.above = down_shifted(channels, channels, stride)
        self.before = down_right_shifted(channels, channels, stride, groups)

    def forward(self, streams: Streams) -> Streams:
        """Return both streams, smaller."""
        return self.above(streams[0]), self.before(streams[1])


class Upsampling(nn.Module):
    """Transposed convolutions of both streams.

    Args:
        channels: of either stream.
        groups: colours of a pixel.
    """

    def __init__(self, channels: int, groups: int) -> None:
        """Build both."""
        super().__init__()
        self.above, self.before = Enlarged(channels), Enlarged(channels, groups)

    def forward(self, streams: Streams, like: Streams) -> Streams:
        """Return both streams, as large as ``like``."""
        return self.above(streams[0], like[0]), self.before(streams[1], like[1])


def both_signs(y: Tensor, axis: int = 1) -> Tensor:
    """Return the concatenated ELU, elu([y, -y]): twice the channels, and no sign is lost.

    Shang et al. (2016, https://arxiv.org/abs/1603.05201) do so with max(0, y).
    """
    return F.elu(torch.cat([y, -y], axis))
