"""Transforms that only give the same numbers another shape."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from genlib.transforms.transform import Transform


class Squeeze(Transform):
    """Makes each square of 2 x 2 positions into one position with four times the channels.

    Images ``(B, C, H, W)`` become ``(B, 4 C, H/2, W/2)``; volumes stay. Channel c becomes the
    channels 4 c to 4 c + 3, which hold the square's upper left, upper right, lower left and lower
    right. Dinh, Sohl-Dickstein and Bengio (2017, https://arxiv.org/abs/1605.08803).
    """

    event_dims = 3

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return ``(B, 4 C, H/2, W/2)`` and zeros ``(B,)``.

        Raises:
            ValueError: if height or width is odd.
        """
        if z.dim() < 3 or z.shape[-2] % 2 or z.shape[-1] % 2:
            raise ValueError(f"Squeeze wants (B, C, H, W), H and W even; this is {tuple(z.shape)}")
        return F.pixel_unshuffle(z, 2), self.same_volume(z)

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return ``(B, C, H, W)`` and zeros ``(B,)``.

        Raises:
            ValueError: if four does not divide the number of channels.
        """
        if y.dim() < 3 or y.shape[-3] % 4:
            raise ValueError(f"Squeeze gives (B, 4 C, H/2, W/2); this is {tuple(y.shape)}")
        return F.pixel_shuffle(y, 2), self.same_volume(y)


class Flatten(Transform):
    """Makes an event a point: ``(B, *event)`` becomes ``(B, D)``; volumes stay.

    Args:
        event_shape: shape of one event.
    """

    def __init__(self, event_shape: Sequence[int]) -> None:
        """Keep the shape to go back to."""
        super().__init__()
        self.event_shape, self.event_dims = tuple(event_shape), len(event_shape)

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return ``(B, D)`` and zeros ``(B,)``."""
        return z.flatten(-self.event_dims), self.same_volume(z)

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return ``(B, *event)`` and zeros ``(B,)``."""
        z = y.unflatten(-1, self.event_shape)
        return z, self.same_volume(z)
