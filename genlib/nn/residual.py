"""The residual block without normalisation."""

from torch import Tensor, nn


class ResidualBlock(nn.Module):
    r"""Two convolutions beside an identity: :math:`y = x + f(x)`, of x's shape ``(B, C, H, W)``.

    :math:`f` is non-linearity, convolution, non-linearity, convolution ("pre-activation"). The
    last convolution starts at zero, so that a deep stack starts as the identity and needs no
    normalisation. He et al. (2016, https://arxiv.org/abs/1603.05027); the start: Zhang, Dauphin
    and Ma (2019, https://arxiv.org/abs/1901.09321).

    Args:
        channels: C.
        kernel: odd size of both convolutions.

    Raises:
        ValueError: if ``channels`` is not positive or ``kernel`` not odd and positive.
    """

    def __init__(self, channels: int, kernel: int = 3) -> None:
        """Build both convolutions."""
        super().__init__()
        if channels < 1 or kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"channels={channels}, kernel={kernel}: wanted positive, kernel odd")
        inner = nn.Conv2d(channels, channels, kernel, padding=kernel // 2)
        outer = nn.Conv2d(channels, channels, kernel, padding=kernel // 2)
        nn.init.zeros_(outer.weight)
        nn.init.zeros_(outer.bias)
        self.branch = nn.Sequential(nn.SiLU(), inner, nn.SiLU(), outer)

    def forward(self, x: Tensor) -> Tensor:
        """Return x + f(x)."""
        return x + self.branch(x)
