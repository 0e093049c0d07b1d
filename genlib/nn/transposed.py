"""A convolution as a linear map, and its transpose, which carries a gradient back through it."""

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn


class Geometry(NamedTuple):
    r"""How a convolution moves over an image, whatever its kernel.

    The transpose :math:`W^T` of its map :math:`W` has
    :math:`\langle u, W v\rangle = \langle W^T u, v\rangle` for all images.
    """

    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int

    @classmethod
    def of(cls, layer: nn.Conv2d) -> "Geometry":
        """Return the geometry of a layer.

        Raises:
            ValueError: if it pads with anything but a number of noughts.
        """
        if layer.padding_mode != "zeros" or isinstance(layer.padding, str):
            how = layer.padding if isinstance(layer.padding, str) else layer.padding_mode
            raise ValueError(f"a convolution pads by {how!r}, wanted noughts, by their number")
        return cls(layer.stride, layer.padding, layer.dilation, layer.groups)

    def convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        """Map images ``(B, inputs, H, W)`` to ``(B, outputs, H', W')``."""
        return F.conv2d(x, weight, None, *self)

    def transpose(self, y: Tensor, weight: Tensor, size: tuple[int, int]) -> Tensor:
        """Map ``(B, outputs, H', W')`` back to images ``(B, inputs, H, W)`` of a size (H, W)."""
        missed = [size[i] - self._reached(i, y.shape[i + 2], weight.shape[i + 2]) for i in (0, 1)]
        where = (self.stride, self.padding, missed, self.groups, self.dilation)
        return F.conv_transpose2d(y, weight, None, *where)

    def _reached(self, axis: int, outputs: int, kernel: int) -> int:
        """Return how many rows (axis 0) or columns (axis 1) the kernel reached."""
        across = self.dilation[axis] * (kernel - 1) + 1
        return (outputs - 1) * self.stride[axis] + across - 2 * self.padding[axis]
