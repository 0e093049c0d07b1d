"""Several scales: part of the numbers leaves after each, the rest goes on."""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

from genlib.transforms.transform import Transform


class MultiScale(Transform):
    r"""Sends images through several levels; after each but the last, half of the channels leave.

    .. math:: (h_l, z_l) = f_l(h_{l-1}), \qquad y = (z_1, \dots, z_{L-1}, h_L)

    What leaves is no longer transformed, and the levels after it are half as large. The result is
    one point ``(B, D)`` of all that left, the finest level first. Dinh, Sohl-Dickstein and Bengio
    (2017, https://arxiv.org/abs/1605.08803). Derived in the chapter on normalising flows.

    Args:
        levels: transforms of images.
        shapes: ``(C, H, W)`` of what each level returns; C is even in all but the last.

    Raises:
        ValueError: if there are no levels, or not as many shapes, or a level has no two halves.
    """

    event_dims = 3

    def __init__(self, levels: Sequence[Transform], shapes: Sequence[Sequence[int]]) -> None:
        """Keep the levels, and how much leaves after each."""
        super().__init__()
        *leaving, last = [tuple(shape) for shape in shapes] or [()]
        if not levels or len(levels) != len(shapes) or any(shape[0] % 2 for shape in leaving):
            raise ValueError(
                f"{len(levels)} levels that return {list(shapes)}: wanted a shape for each, with "
                "an even number of channels in all but the last"
            )
        self.levels = nn.ModuleList(levels)
        self.parts = [(c // 2, h, w) for c, h, w in leaving] + [last]

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return all that left, ``(B, D)``, and the log-determinant ``(B,)``."""
        total, left = self.same_volume(z), []
        for level, part in zip(self.levels, self.parts, strict=True):
            z, log_det = level(z)
            total = total + log_det
            z, leaving = z[..., : -part[0], :, :], z[..., -part[0] :, :, :]
            left.append(leaving.flatten(-3))
        return torch.cat(left, -1), total

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return the images of points ``(B, D)``, and the log-determinant ``(B,)``.

        Raises:
            ValueError: if the points are not as long as all that leaves.
        """
        sizes = [prod(part) for part in self.parts]
        if y.shape[-1] != sum(sizes):
            raise ValueError(f"MultiScale gives (B, {sum(sizes)}); this is {tuple(y.shape)}")
        left = zip(y.split(sizes, -1), self.parts, strict=True)
        *finer, coarsest = [flat.unflatten(-1, part) for flat, part in left]
        *levels, last = self.levels
        z, total = last.inverse(coarsest)
        for level, part in zip(reversed(levels), reversed(finer), strict=True):
            z, log_det = level.inverse(torch.cat([z, part], -3))
            total = total + log_det
        return z, total
