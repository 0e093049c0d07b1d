"""What a transform is: an invertible map with a known change of volume."""

import torch
from torch import Tensor, nn


class Transform(nn.Module):
    r"""An invertible map of events, and the log-determinant of its Jacobian, in both directions.

    Events are points ``(..., D)`` or images ``(B, C, H, W)``; log-determinants are ``(...)`` or
    ``(B,)``, :math:`\log |\det \partial y / \partial z|` of the direction that is asked for, so
    that those of ``forward`` and ``inverse`` at the same event add up to nought. They have float32
    at least: a network inside may compute in half precision, the map itself does not.

    Attributes:
        context: how many numbers each point's map is told from outside, 0 for none.
        event_dims: dimensions of an event as ``forward`` takes it: 1 for points, 3 for images.
    """

    context: int = 0
    event_dims: int = 1

    def forward(self, z: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return y, ``(..., D)``, and its log-determinant, for a context ``(..., context)``."""
        raise NotImplementedError

    def inverse(self, y: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return z, which ``forward`` takes to ``y``, and the log-determinant of this direction."""
        raise NotImplementedError

    @property
    def axis(self) -> int:
        """The dimension of a point's coordinates or an image's channels, counted from the last."""
        return -self.event_dims

    def total(self, values: Tensor) -> Tensor:
        """Sum ``(..., *event)`` over the event, in float32 at least."""
        wide = values.to(torch.promote_types(values.dtype, torch.float32))
        return wide.flatten(-self.event_dims).sum(-1)

    def same_volume(self, x: Tensor) -> Tensor:
        """Return the log-determinant of a map that keeps volumes, nought for each event."""
        dtype = torch.promote_types(x.dtype, torch.float32)
        return torch.zeros(x.shape[: x.dim() - self.event_dims], dtype=dtype, device=x.device)

    def everywhere(self, log_det: Tensor, x: Tensor) -> Tensor:
        """Return the log-determinant of a map that does the same to each of an event's positions.

        Args:
            log_det: that of the map of one position's channels, ().
            x: the events that are mapped.
        """
        positions = x.shape[x.dim() + self.axis + 1 :].numel()
        return (positions * log_det).expand(x.shape[: x.dim() - self.event_dims])

    def check_channels(self, x: Tensor, size: int) -> None:
        """Raise ``ValueError`` unless ``x`` has ``size`` coordinates or channels."""
        if x.dim() < self.event_dims or x.shape[self.axis] != size:
            wanted = f"(..., {size})" if self.event_dims == 1 else f"(B, {size}, H, W)"
            raise ValueError(f"{type(self).__name__} wants {wanted}; this is {tuple(x.shape)}")


def check_events_of(size: int, event_dims: int) -> None:
    """Raise ``ValueError`` unless there are points or images of so many channels."""
    if size < 1 or event_dims not in (1, 3):
        raise ValueError(
            f"size={size}, event_dims={event_dims}: wanted a positive size, and 1 for points or "
            "3 for images"
        )
