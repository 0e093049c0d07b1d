"""A pool of earlier fakes, so that a discriminator does not forget what it could tell."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class ImagePool(nn.Module):
    """Hands out fakes, half of them from an earlier round.

    Until the pool is full, a fake is kept and handed out. Then with probability 1/2 it is handed
    out, and else exchanged for one of the pool, all equally likely; the images of one batch meet
    different places. Shrivastava et al. (2017, https://arxiv.org/abs/1612.07828), with the rule of
    Zhu et al. (2017, https://arxiv.org/abs/1703.10593). Of a batch larger than the pool the rest is
    handed out as it is. Chapter: image to image.

    The images are buffers: they are saved with a run, and nothing here waits for the device.

    Args:
        event_shape: of one image.
        size: how many it holds; 0 hands out what it is given.

    Raises:
        ValueError: if the size is negative.
    """

    def __init__(self, event_shape: Sequence[int] = (3, 32, 32), size: int = 50) -> None:
        """Begin empty."""
        super().__init__()
        if size < 0:
            raise ValueError(f"pool={size}, wanted a number of images from 0")
        self.size = size
        self.register_buffer("images", torch.zeros(size, *event_shape))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def forward(self, fakes: Tensor) -> Tensor:
        """Return as many images ``(B, *event_shape)``, of now or of earlier."""
        if self.size == 0:
            return fakes
        now, rest = fakes[: self.size].to(self.images.dtype), fakes[self.size :]
        place = self.places()[: len(now)]
        kept = self.images.index_select(0, place)
        empty = place >= self.count
        swap = ~empty & (torch.rand(len(now), device=now.device) < 0.5)
        write, old = fitting(empty | swap, now), fitting(swap, now)
        self.images.index_copy_(0, place, torch.where(write, now, kept))
        self.count.add_(len(now)).clamp_(max=self.size)
        return torch.cat([torch.where(old, kept, now), rest.to(now.dtype)])

    def places(self) -> Tensor:
        """Return all places, the empty ones first in their order, then the others at random."""
        number = torch.arange(self.size, device=self.images.device)
        order = torch.rand(self.size, device=self.images.device)
        return torch.where(number >= self.count, number - 2.0 * self.size, order).argsort()


def fitting(mask: Tensor, images: Tensor) -> Tensor:
    """Return a mask (B,) that fits images (B, ...)."""
    return mask.view(-1, *[1] * (images.ndim - 1))
