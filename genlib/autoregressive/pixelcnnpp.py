"""PixelCNN++: two streams through several resolutions, with short-cuts between them."""

from torch import Tensor, nn

from genlib.autoregressive.cache import Cache
from genlib.autoregressive.pixelcnnpp_cache import PixelCNNPPCache
from genlib.autoregressive.pixels import PixelModel
from genlib.autoregressive.shifted import ShiftedConv2d
from genlib.autoregressive.two_streams import (
    Downsampling,
    Streams,
    TwoStreamBlock,
    Upsampling,
    both_signs,
)
from genlib.nn import MaskedConv2d


class PixelCNNPP(PixelModel):
    r"""Predicts each pixel by two streams that go down to few pixels and up again.

    One stream knows at each pixel the rows above it, the other all before it in raster order
    (``two_streams.py``). A stage is blocks, then the next stage at half the width and height, then
    blocks that also hear, by short-cuts, what the first ones gave. The head is a linear map of
    :math:`\mathrm{elu}([y, -y])`. With ``likelihood="logistic-mixture"`` it gives the mixture of
    logistics, of the three colours of a pixel together. Each of the paper's improvements can be
    switched off. Its weight normalisation and its averaged weights are not used here, nor its
    channel of ones. Salimans, Karpathy, Chen and Kingma (2017, https://arxiv.org/abs/1701.05517).
    Derived in the chapter on PixelCNN++.

    Args:
        channels: of either stream.
        blocks: before and after each smaller stage.
        stages: resolutions; sides are halved, and rounded up, ``stages - 1`` times.
        kernel: width of the first convolutions.
        downsampling: False keeps all stages at full resolution.
        short_cuts: False keeps from the later blocks what the earlier ones gave. All then comes
            through the smallest image, and a pixel sees what is before the first of the block that
            stands for one pixel there, 4 x 4 with three stages: not even its neighbours.
        dropout: share of features dropped within each block in training.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes. A label
            is added before every gate.

    Raises:
        ValueError: if a number is out of its range, or the kernel even or below 3.
    """

    def __init__(
        self,
        channels: int = 24,
        blocks: int = 1,
        stages: int = 3,
        kernel: int = 3,
        downsampling: bool = True,
        short_cuts: bool = True,
        dropout: float = 0.0,
        **options: object,
    ) -> None:
        """Build the stages."""
        super().__init__(**options)
        if min(channels, blocks, stages) < 1 or kernel < 3 or kernel % 2 == 0:
            raise ValueError(
                f"channels={channels}, blocks={blocks}, stages={stages}, kernel={kernel}: wanted "
                "positive sizes and an odd kernel from 3"
            )
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout={dropout}, wanted a share in [0, 1)")
        groups, half = self.colours, kernel // 2
        channels = groups * channels
        around = {"rows": half + 1, "left": half, "right": half, "strictly_above": True}
        self.above = ShiftedConv2d(self.inputs, channels, **around)
        self.before = MaskedConv2d(self.inputs, channels, kernel, kind="A", groups=groups)
        inner = {"groups": groups, "dropout": dropout, "classes": self.classes}
        stride = 2 if downsampling else 1
        self.stage = Stage(channels, blocks, stages, stride, short_cuts, **inner)
        self.last = MaskedConv2d(2 * channels, self.outputs, 1, groups=groups)

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of every pixel given those before, ``(B, P, *event)``."""
        shown = self.shown(x)
        _, before = self.stage((self.above(shown), self.before(shown)), label)
        return self.arranged(self.last(both_signs(before)))

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` images pixel by pixel, each for the work that it adds."""
        return PixelCNNPPCache(self, n, label)


class Stage(nn.Module):
    """Blocks, smaller stages between them, and as many blocks again.

    Args:
        channels: of either stream.
        blocks: before the next stage; after it one more, so that each hears what an earlier
            layer gave.
        stages: this one and those inside.
        stride: 2, or 1 to stay at full resolution.
        short_cuts: whether the later blocks hear the earlier layers.
        **options: ``groups``, ``dropout`` and ``classes``, see ``two_streams.py``.
    """

    def __init__(
        self,
        channels: int,
        blocks: int,
        stages: int,
        stride: int,
        short_cuts: bool,
        **options: object,
    ) -> None:
        """Build the blocks and the stages inside."""
        super().__init__()
        self.innermost, self.stride = stages == 1, stride
        later = blocks if self.innermost else blocks + 1
        self.earlier, self.later = (
            nn.ModuleList(
                TwoStreamBlock(channels, short_cut=short_cut, **options) for _ in range(count)
            )
            for count, short_cut in ((blocks, False), (later, short_cuts))
        )
        if not self.innermost:
            self.down = Downsampling(channels, options["groups"], stride)
            self.inner = Stage(channels, blocks, stages - 1, stride, short_cuts, **options)
            self.up = Upsampling(channels, options["groups"]) if stride == 2 else None

    def forward(self, streams: Streams, label: Tensor | None = None) -> Streams:
        """Map both streams ``(B, C, H, W)`` to such."""
        kept = [streams]
        for block in self.earlier:
            kept.append(block(kept[-1], label))
        streams = kept.pop() if self.innermost else self.through_inner(kept[-1], label)
        for block in self.later:
            streams = block(streams, label, kept.pop())
        return streams

    def through_inner(self, streams: Streams, label: Tensor | None) -> Streams:
        """Return what the stages inside make of both streams."""
        inner = self.inner(self.down(streams), label)
        return inner if self.up is None else self.up(inner, streams)
