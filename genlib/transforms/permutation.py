"""Transforms that only change the order of coordinates or channels."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.transforms.transform import Transform, check_events_of


class Permutation(Transform):
    r"""Puts coordinates, or an image's channels, into another order: :math:`y_i = z_{\pi(i)}`.

    Args:
        order: :math:`\pi`, the numbers from 0 each once.
        event_dims: 1 for points, 3 for images.

    Raises:
        ValueError: if the order is no permutation.
    """

    def __init__(self, order: Sequence[int], event_dims: int = 1) -> None:
        """Keep the order and the way back."""
        super().__init__()
        check_events_of(len(order), event_dims)
        if sorted(order) != list(range(len(order))):
            raise ValueError(f"order={list(order)!r:.60}, wanted the numbers from 0, each once")
        self.event_dims = event_dims
        there = torch.tensor(order)
        self.register_buffer("order", there, persistent=False)
        self.register_buffer("back", there.argsort(), persistent=False)

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return z in the new order, and zeros."""
        self.check_channels(z, len(self.order))
        return z.index_select(self.axis, self.order), self.same_volume(z)

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return y in the old order, and zeros."""
        self.check_channels(y, len(self.order))
        return y.index_select(self.axis, self.back), self.same_volume(y)


class Flip(Transform):
    """Reverses the order of coordinates, or of an image's channels.

    Between two couplings it lets the half that stayed be the one that moves.

    Args:
        event_dims: 1 for points, 3 for images.
    """

    def __init__(self, event_dims: int = 1) -> None:
        """Keep what is reversed."""
        super().__init__()
        check_events_of(1, event_dims)
        self.event_dims = event_dims

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return z in reverse, and zeros."""
        return z.flip(self.axis), self.same_volume(z)

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Do the same again."""
        return self(y)
