"""Normalising every pixel by itself."""

from torch import Tensor, nn

EPS = 1e-8


class PixelNorm(nn.Module):
    r"""Give the channels of every pixel a mean square of 1.

    .. math:: y_c = \frac{x_c}{\sqrt{\frac1C \sum_{k=1}^C x_k^2 + 10^{-8}}}

    for images ``(B, C, H, W)``, at each pixel, and for codes ``(B, C)``. Nothing is learnt, and no
    other pixel or example plays a part. Karras, Aila, Laine and Lehtinen (2018,
    https://arxiv.org/abs/1710.10196), section 4.2. Derived in the chapter on progressive growing.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``(B, C, ...)``."""
        return x * (x.square().mean(dim=1, keepdim=True) + EPS).rsqrt()
