"""A weight that grows during the first part of a training."""

import torch
from torch import Tensor, nn


class WarmUp(nn.Module):
    """A factor that grows linearly from 0 to its final value, and stays there.

    Args:
        final: its final value, not negative.
        share: the part of the training, in [0, 1], during which it grows; 0 for none.

    Raises:
        ValueError: if a number is out of its range.
    """

    value: Tensor
    """What it is now, a 0-d tensor."""

    def __init__(self, final: float = 1.0, share: float = 0.0) -> None:
        """Begin at the final value, as a model that is not being trained wants it."""
        super().__init__()
        if not (final >= 0 and 0 <= share <= 1):
            raise ValueError(f"beta={final}, warmup={share}: wanted beta >= 0, warmup in [0, 1]")
        self.final, self.share = final, share
        self.register_buffer("value", torch.tensor(float(final)), persistent=False)

    def on_step(self, step: int, steps: int) -> None:
        """Set the value for round ``step`` of ``steps``, counted from 0."""
        rounds = self.share * steps
        self.value.fill_(self.final * min(1.0, (step + 1) / rounds) if rounds else self.final)
