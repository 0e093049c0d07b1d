"""A non-linearity between two changes of the sampling rate."""

from collections.abc import Callable

from torch import Tensor, nn

from genlib.nn.resample import Downsample, Upsample


class Oversampled(nn.Module):
    r"""Apply a non-linearity at twice the sampling rate, and filter before going back.

    .. math:: y = \mathrm{down}(\sigma(\mathrm{up}(x)))

    A bend in :math:`\sigma` makes frequencies that were not there. At the image's own rate they
    fold back ("aliasing") into some that depend on where the pixels lie, so a moved input gives
    more than a moved output. At twice the rate most of them stay apart, and the filter removes
    them. Karras et al. (2021, https://arxiv.org/abs/2106.12423), section 2. Derived in the chapter
    on style-based generators.

    Args:
        activation: :math:`\sigma`, of each number by itself.
        filter: as of :py:class:`~genlib.nn.Upsample`.
        padding: what lies around the image.
        taps: of the Kaiser filter.

    Raises:
        ValueError: if there is no such filter; when it is called, as its two filters do.
    """

    def __init__(
        self,
        activation: Callable[[Tensor], Tensor],
        filter: str = "kaiser",
        padding: str = "circular",
        taps: int = 12,
    ) -> None:
        """Make both filters."""
        super().__init__()
        self.activation = activation
        self.up, self.down = Upsample(filter, padding, taps), Downsample(filter, padding, taps)

    def forward(self, x: Tensor) -> Tensor:
        """Return images ``(B, C, H, W)`` of the same size."""
        return self.down(self.activation(self.up(x)))
