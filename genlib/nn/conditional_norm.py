"""Batch norm whose scale and shift depend on a condition."""

from torch import Tensor, nn


class ConditionalBatchNorm2d(nn.Module):
    r"""Normalise each channel over the batch, then scale and shift it as a condition says.

    .. math::

        y_{bchw} = (1 + \gamma_c(u_b))\, \frac{x_{bchw} - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}}
        + \beta_c(u_b).

    Mean and variance are those of the whole batch, whatever the conditions in it; in evaluation
    mode those of :py:class:`torch.nn.BatchNorm2d`, which follow the batches that were seen. The
    condition u is a label, with a scale and a shift of its own for every channel, or a vector, of
    which both are linear maps: so one embedding of the labels can serve many layers, and a code can
    stand beside it. With labels it starts as plain batch norm.

    Args:
        channels: C of the images ``(B, C, H, W)``.
        classes: how many labels there are, if the condition is a label.
        width: length of the condition, if it is a vector.

    Raises:
        ValueError: if a size is not positive, or not one of ``classes`` and ``width`` is given.

    de Vries et al. (2017, https://arxiv.org/abs/1707.00683); for labels, Dumoulin, Shlens and
    Kudlur (2017, https://arxiv.org/abs/1610.07629); the shared embedding, Brock, Donahue and
    Simonyan (2019, https://arxiv.org/abs/1809.11096). Derived in the chapters on conditional GANs
    and on bigger and sturdier ones.
    """

    def __init__(
        self, channels: int, classes: int | None = None, *, width: int | None = None
    ) -> None:
        """Build the norm, and what gives its scales and shifts."""
        super().__init__()
        given = f"channels={channels}, classes={classes}, width={width}"
        if (classes is None) == (width is None):
            raise ValueError(f"{given}: wanted one of classes and width")
        if min(channels, classes or 1, width or 1) < 1 or 0 in (classes, width):
            raise ValueError(f"{given}: wanted positive sizes")
        self.norm = nn.BatchNorm2d(channels, affine=False)
        if width is None:
            self.scale, self.shift = (nn.Embedding(classes, channels) for _ in range(2))
            nn.init.zeros_(self.scale.weight)
            nn.init.zeros_(self.shift.weight)
        else:
            self.scale, self.shift = (nn.Linear(width, channels, bias=False) for _ in range(2))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map images ``(B, C, H, W)`` and labels ``(B,)``, or vectors ``(B, width)``, to images."""
        scale, shift = self.scale(condition), self.shift(condition)
        return (1 + scale)[:, :, None, None] * self.norm(x) + shift[:, :, None, None]
