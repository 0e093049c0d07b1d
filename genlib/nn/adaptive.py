"""A style that decides the mean and the size of every feature map."""

from torch import Tensor, nn
from torch.nn.functional import instance_norm

from genlib.nn.equalised import EqualisedLinear

EPS = 1e-8


class AdaptiveInstanceNorm2d(nn.Module):
    r"""Replace mean and standard deviation of each feature map by what a style says.

    .. math::

        y_c = s_c(w)\,\frac{x_c - \mu(x_c)}{\sigma(x_c)} + b_c(w),

    where :math:`\mu` and :math:`\sigma` are taken over the pixels of one map of one example, so
    that nothing of them is left, and :math:`(s - 1, b)` is a linear function of the style, which
    starts around 0 with a standard deviation of about 1. Huang and Belongie (2017,
    https://arxiv.org/abs/1703.06868); with a learnt style, Karras, Laine and Aila (2019,
    https://arxiv.org/abs/1812.04948). Derived in the chapter on style-based generators.

    Args:
        channels: C of the images.
        style: length of w.

    Raises:
        ValueError: if a size is not positive; when it is called, for images of one pixel, which
            have no deviation.
    """

    def __init__(self, channels: int, style: int) -> None:
        """Build the linear function of the style."""
        super().__init__()
        self.affine = EqualisedLinear(style, 2 * channels, gain=1.0)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Return images ``(B, C, H, W)`` with the statistics that styles ``(B, S)`` ask for."""
        if x.shape[2:].numel() == 1:
            raise ValueError(f"images are {tuple(x.shape)}: one pixel has no standard deviation")
        scale, shift = self.affine(style)[:, :, None, None].chunk(2, dim=1)
        return (1 + scale) * instance_norm(x, eps=EPS) + shift
