"""What a likelihood is: the meaning of a network's output."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Likelihood(nn.Module):
    r"""A conditional distribution of events, whose parameters a network returns.

    Parameters are ``(..., P, *event)``, P numbers for each entry of the event; x is
    ``(..., *event)`` and broadcasts against their leading dimensions. So a batch (B, \*event) goes
    with what a decoder says of one code each, (B, P, \*event), and of K codes, (K, B, P, \*event).

    Args:
        event_dims: how many dimensions an event has: 3 for images ``(C, H, W)``, 1 for points.

    Attributes:
        numbers: P, the parameters of one entry.
        features: F, the numbers by which a network is shown one entry, see ``shown``.
    """

    numbers: int = 1
    features: int = 1

    def __init__(self, event_dims: int = 3) -> None:
        """Keep where in the parameters the event begins."""
        super().__init__()
        self.event_dims = event_dims

    def parameter_shape(self, event_shape: Sequence[int]) -> tuple[int, ...]:
        r"""Return the shape ``(P, *event)`` of one event's parameters.

        Raises:
            ValueError: if events have another number of dimensions than this likelihood's.
        """
        if len(event_shape) != self.event_dims:
            raise ValueError(
                f"{type(self).__name__}(event_dims={self.event_dims}), but event_shape="
                f"{tuple(event_shape)}: wanted event_dims={len(event_shape)}"
            )
        return self.numbers, *event_shape

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Return log p(x | parameters) in nats, ``(...)``, summed over the event."""
        raise NotImplementedError

    def mean(self, parameters: Tensor) -> Tensor:
        """Return E[x | parameters], ``(..., *event)``."""
        raise NotImplementedError

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw x, ``(..., *event)``, given the parameters; no gradient passes through it."""
        raise NotImplementedError

    def shown(self, x: Tensor) -> Tensor:
        r"""Return events as a network sees them, ``(..., F, *event)``; here as they are."""
        return x.unsqueeze(-1 - self.event_dims)

    def check(self, x: Tensor, shape: Sequence[int], like: Tensor) -> None:
        r"""Raise ``ValueError`` unless ``x`` is a batch (B, \*shape) of such events.

        Its dtype and its device must be those of ``like``, a parameter of the model.
        """
        raise NotImplementedError

    @property
    def axis(self) -> int:
        """The parameters' dimension of size P, counted from the last."""
        return -1 - self.event_dims

    def widened(self, parameters: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Return the parameters in ``dtype``; by default as they are, but float32 at least.

        Networks that compute in half precision return parameters in it; sums over pixels and
        uniform draws need more digits.

        Raises:
            ValueError: if these are no parameters ``(..., P, *event)``.
        """
        if parameters.dim() < -self.axis or parameters.shape[self.axis] != self.numbers:
            raise ValueError(
                f"{type(self).__name__} wants parameters of shape (..., {self.numbers}, *event), "
                f"{-1 - self.axis} dimensions after the {self.numbers}; these are of shape "
                f"{tuple(parameters.shape)}"
            )
        return parameters.to(dtype or torch.promote_types(parameters.dtype, torch.float32))

    def total(self, values: Tensor) -> Tensor:
        """Sum ``(..., *event)`` over the event."""
        return values.flatten(-self.event_dims).sum(-1)
