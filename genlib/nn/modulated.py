"""A convolution whose weights a style scales, and which keeps the size of its features."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from genlib.nn.equalised import EqualisedLinear, equalise
from genlib.nn.resample import PADDINGS

EPS = 1e-8


class ModulatedConv2d(nn.Module):
    r"""A convolution with weights of its own for every example.

    .. math::

        w'_{ijk} = s_i(\mathrm{style})\,w_{ijk}, \qquad
        w''_{ijk} = \frac{w'_{ijk}}{\sqrt{\sum_{i,k} w'^2_{ijk} + 10^{-8}}},

    with input channel i, output channel j and place k in the kernel. The first step scales the
    input's channels ("modulation"), the second holds each output at standard deviation 1 if the
    inputs are independent and have 1 themselves ("demodulation"). Where adaptive instance norm
    measures the features, this only reckons with them, so no feature map can hide its size in a
    spike. Karras et al. (2020, https://arxiv.org/abs/1912.04958), section 2.2. Derived in the
    chapter on style-based generators.

    The weights are never built: inputs are scaled, then convolved, then outputs are scaled, which
    is the same. ``weights`` returns them.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        style: length of the style.
        kernel: odd size of the kernel.
        demodulate: whether outputs are held at their size; the layer that makes colours leaves
            it out.
        padding: what lies around the image: ``"zeros"``, ``"circular"`` or ``"replicate"``.

    Raises:
        ValueError: if a size is not positive, ``kernel`` is even, or there is no such padding.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        style: int,
        kernel: int = 3,
        demodulate: bool = True,
        padding: str = "zeros",
    ) -> None:
        """Draw the weights."""
        super().__init__()
        if min(inputs, outputs, kernel) < 1 or kernel % 2 == 0:
            raise ValueError(
                f"inputs={inputs}, outputs={outputs}, kernel={kernel}: wanted positive, kernel odd"
            )
        if padding not in PADDINGS:
            raise ValueError(f"padding={padding!r}, wanted one of {sorted(PADDINGS)}")
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        equalise(self, gain=1.0)
        self.affine = EqualisedLinear(style, inputs, gain=1.0)
        self.demodulate, self.padding = demodulate, padding

    def scales(self, style: Tensor) -> Tensor:
        """Return s, the factors of the input channels, ``(B, inputs)``, around 1 at the start."""
        return 1 + self.affine(style)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Map images ``(B, inputs, H, W)`` and styles ``(B, S)`` to ``(B, outputs, H, W)``."""
        weight, scales = self.weight, self.scales(style)
        x, around = x * scales[:, :, None, None].to(x.dtype), weight.shape[-1] // 2
        y = F.conv2d(F.pad(x, [around] * 4, PADDINGS[self.padding]), weight)
        if not self.demodulate:
            return y
        # a sum, not a product of matrices, which autocast would take in bfloat16
        squares = scales.to(weight.dtype).square()[:, None] * weight.square().sum(dim=(2, 3))
        return y * (squares.sum(dim=2) + EPS).rsqrt()[:, :, None, None].to(y.dtype)

    def weights(self, style: Tensor) -> Tensor:
        """Return the weights that styles ``(B, S)`` stand for, ``(B, outputs, inputs, k, k)``."""
        weights = self.scales(style)[:, None, :, None, None] * self.weight
        if not self.demodulate:
            return weights
        return weights * (weights.square().sum(dim=(2, 3, 4), keepdim=True) + EPS).rsqrt()
