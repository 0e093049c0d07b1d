"""How far chains step, learnt from chains that do not count."""

import torch
from torch import Tensor

from genlib.metrics.arguments import check_count

TARGET, FACTOR = 0.65, 1.1  # of acceptance, and by which a size grows or shrinks


class Steps:
    """Step sizes of each image: learnt from scouts on the way, or fixed beforehand.

    Args:
        first: the size to begin with.
        jitter: by what part a step is stretched or shrunk at most.
        scouts: how many chains are learnt from.
        fixed: sizes for each move and image, (T - 1, B), in place of scouts.
    """

    def __init__(
        self, first: float, jitter: float, scouts: int, fixed: Tensor | None = None
    ) -> None:
        """Keep how to begin."""
        self.first, self.jitter, self.fixed = first, jitter, fixed
        self.scouts = scouts if fixed is None else 0
        self.now: Tensor | None = None

    @classmethod
    def checked(
        cls, first: float, jitter: float, scouts: int, fixed: Tensor | None, moves: int
    ) -> "Steps":
        """Return steps, as long as these numbers are some.

        Raises:
            ValueError: if a size is not positive, the jitter not from 0 to below 1, there are no
                scouts, or fixed sizes are not one row for each move.
        """
        if not first > 0 or not 0 <= jitter < 1:
            raise ValueError(
                f"step={first}, jitter={jitter}, wanted a positive number and one in [0, 1)"
            )
        check_count(1, scouts=scouts)
        if fixed is not None and (fixed.ndim != 2 or len(fixed) != moves):
            raise ValueError(f"step_sizes {tuple(fixed.shape)}, wanted ({moves}, B)")
        return cls(first, jitter, scouts, fixed)

    def at(self, move: int, like: Tensor) -> Tensor:
        """Return the sizes of a move, (B,), of the type and on the device of ``like``, (B,)."""
        if self.fixed is not None:
            return self.fixed[move].to(like)
        if self.now is None:
            self.now = torch.full_like(like, self.first)
        return self.now

    def stretched(self, size: Tensor, like: Tensor) -> Tensor:
        """Return a size for each chain, (C, B), up to ``jitter`` longer or shorter."""
        return size * (1 + self.jitter * (2 * torch.rand_like(like) - 1))

    def learn(self, chance: Tensor) -> None:
        """Make the next step longer or shorter, by how likely the scouts' were, (scouts, B)."""
        if self.now is not None:
            often = chance.mean(0) > TARGET
            self.now = torch.where(often, self.now * FACTOR, self.now / FACTOR)
