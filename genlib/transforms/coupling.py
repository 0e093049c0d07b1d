"""Coupling layers: one part of an event decides how the rest is moved."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.transforms.transform import Transform, check_events_of


class Coupling(Transform):
    r"""Keeps one part of an event, and moves the rest by what a network says of that part.

    .. math:: y_a = z_a, \qquad y_b = g(z_b; \theta(z_a))

    The Jacobian is triangular, and its determinant that of g. The inverse asks the same network,
    for :math:`z_a = y_a`; nothing has to be solved. Dinh, Krueger and Bengio (2015,
    https://arxiv.org/abs/1410.8516). Derived in the chapter on normalising flows.

    Without a mask the first half of the coordinates, or of an image's channels, is kept: the first
    ceil(C/2). With one, what is kept is where the mask is true; the network then sees the whole
    event with zeros elsewhere, and says something of every place.

    Args:
        network: from what is kept to ``numbers`` times as many coordinates or channels as are
            moved (with a mask, as there are), all shifts first.
        mask: true where the event is kept; of a shape that broadcasts to an event's.
        event_dims: 1 for points, 3 for images.

    Raises:
        ValueError: if the mask keeps nothing or everything, or there are no such events.

    Attributes:
        numbers: how many numbers of the network move one number.
    """

    numbers: int = 1

    def __init__(self, network: nn.Module, mask: Tensor | None = None, event_dims: int = 1) -> None:
        """Keep the network and the mask."""
        super().__init__()
        check_events_of(1, event_dims)
        if mask is not None and (mask.dtype != torch.bool or mask.all() or not mask.any()):
            raise ValueError("wanted a mask of True and False, with both of them in it")
        self.network, self.event_dims = network, event_dims
        kept = None if mask is None else mask.to(torch.get_default_dtype())
        self.register_buffer("kept", kept, persistent=False)

    def split(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is kept and what is moved."""
        if self.kept is not None:
            return z * self.kept, z * (1 - self.kept)
        if z.dim() < self.event_dims or z.shape[self.axis] < 2:
            raise ValueError(f"there are no two halves of the channels of {tuple(z.shape)}")
        first, second = z.tensor_split(2, self.axis)
        return first, second

    def join(self, kept: Tensor, moved: Tensor) -> Tensor:
        """Return the event of two parts."""
        return torch.cat([kept, moved], self.axis) if self.kept is None else kept + moved

    def ask(self, kept: Tensor, moved: Tensor) -> tuple[Tensor, ...]:
        """Return ``numbers`` tensors of the shape of what is moved, nought where it is kept."""
        said = self.network(kept).to(moved.dtype)
        wanted = list(moved.shape)
        wanted[self.axis] *= self.numbers
        if list(said.shape) != wanted:
            raise ValueError(f"the network returns {tuple(said.shape)}, wanted {tuple(wanted)}")
        parts = said.tensor_split(self.numbers, self.axis)
        return parts if self.kept is None else tuple(part * (1 - self.kept) for part in parts)


class AdditiveCoupling(Coupling):
    r"""Shifts one part of an event by an amount that the other decides; volumes stay.

    .. math:: y_a = z_a, \qquad y_b = z_b + t(z_a), \qquad
              \log \left| \det \frac{\partial y}{\partial z} \right| = 0

    Dinh, Krueger and Bengio (2015, https://arxiv.org/abs/1410.8516). Derived in the chapter on
    normalising flows. Arguments: see :py:class:`~genlib.transforms.Coupling`.
    """

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return y and zeros."""
        kept, moved = self.split(z)
        (shift,) = self.ask(kept, moved)
        return self.join(kept, moved + shift), self.same_volume(z)

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return z and zeros."""
        kept, moved = self.split(y)
        (shift,) = self.ask(kept, moved)
        return self.join(kept, moved - shift), self.same_volume(y)


class AffineCoupling(Coupling):
    r"""Scales and shifts one part of an event by amounts that the other decides.

    .. math:: y_a = z_a, \qquad y_b = e^{s(z_a)} z_b + t(z_a), \qquad
              \log \left| \det \frac{\partial y}{\partial z} \right| = \sum_i s_i(z_a)

    with :math:`s = c \tanh(r / c)` of the network's output r: no layer scales by more than
    :math:`e^c` or less than :math:`e^{-c}`, so that neither direction overflows, and near r = 0
    the bound is not felt. Dinh, Sohl-Dickstein and Bengio (2017,
    https://arxiv.org/abs/1605.08803). Derived in the chapter on normalising flows.

    Args:
        network: see :py:class:`~genlib.transforms.Coupling`; t, then r.
        mask: what is kept, see :py:class:`~genlib.transforms.Coupling`.
        event_dims: 1 for points, 3 for images.
        bound: c.

    Raises:
        ValueError: if the bound is not positive and finite, or as ``Coupling`` says.
    """

    numbers = 2

    def __init__(
        self,
        network: nn.Module,
        mask: Tensor | None = None,
        event_dims: int = 1,
        bound: float = 2.0,
    ) -> None:
        """Keep the network, the mask and the bound."""
        super().__init__(network, mask, event_dims)
        if not 0 < bound < math.inf:
            raise ValueError(f"bound={bound}, wanted a positive, finite number")
        self.bound = bound

    def shift_and_log_scale(self, kept: Tensor, moved: Tensor) -> tuple[Tensor, Tensor]:
        """Return t and s, of the shape of what is moved."""
        shift, raw = self.ask(kept, moved)
        return shift, self.bound * torch.tanh(raw / self.bound)

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return y and the sum of s."""
        kept, moved = self.split(z)
        shift, log_scale = self.shift_and_log_scale(kept, moved)
        return self.join(kept, torch.exp(log_scale) * moved + shift), self.total(log_scale)

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return z and minus the sum of s."""
        kept, moved = self.split(y)
        shift, log_scale = self.shift_and_log_scale(kept, moved)
        return self.join(kept, torch.exp(-log_scale) * (moved - shift)), -self.total(log_scale)


def checkerboard(shape: Sequence[int], parity: int = 0) -> Tensor:
    """Return a mask that is true where the sum of the indices is even; odd for a parity of 1.

    Args:
        shape: ``(H, W)`` for all channels of an image alike, ``(D,)`` for a point.
        parity: 0 or 1.
    """
    places = torch.meshgrid(*[torch.arange(size) for size in shape], indexing="ij")
    return torch.stack(places).sum(0) % 2 == parity
