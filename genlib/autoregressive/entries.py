"""What models share whose network sees an event as a sequence of entries, in any order."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.autoregressive.base import AutoregressiveModel
from genlib.autoregressive.cache import Place
from genlib.likelihoods import ColourLogisticMixture


class EntryModel(AutoregressiveModel):
    """An autoregressive model whose network sees a sequence of D entries, ``(B, D, inputs)``.

    An entry is a symbol, a channel of a pixel or, where the likelihood draws a colour at once, a
    pixel. Their natural order is that of the sequence; in images it is row by row, and within a
    pixel by channels.

    Args:
        order: the numbers of the entries, 0 to D - 1 in the natural order, as they are drawn; None
            for the natural order itself.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes.

    Attributes:
        entries: D.
        inputs: features of an entry that the network is shown.
        outputs: parameters of an entry.

    Raises:
        ValueError: if events are neither sequences nor images, or the order is no permutation.
    """

    def __init__(self, *, order: Sequence[int] | Tensor | None = None, **options: object) -> None:
        """Count the entries, and what goes in and out for one of them."""
        super().__init__(**options)
        if len(self.event_shape) not in (1, 3) or min(self.event_shape) < 1:
            raise ValueError(f"event_shape={self.event_shape}, wanted (T,) or (C, H, W)")
        pixels = math.prod(self.event_shape[-2:])
        together = isinstance(self.likelihood, ColourLogisticMixture)
        self.colours = 1 if together or len(self.event_shape) == 1 else self.event_shape[0]
        self.entries = self.colours * pixels
        values = math.prod(self.event_shape) // self.entries
        self.inputs = values * self.likelihood.features
        self.outputs = math.prod(self.parameter_shape) // self.entries
        self.register_buffer("order", permutation(order, self.entries), persistent=False)

    def places(self) -> list[Place]:
        """Return the places of the entries in the order in which they are drawn."""
        natural = super().places()
        return natural if self.order is None else [natural[k] for k in self.order.tolist()]

    def tokens(self, x: Tensor) -> Tensor:
        """Return events ``(B, *event)`` as the network sees them, ``(B, D, inputs)``, in order."""
        return self.by_entry(self.likelihood.shown(x)).to(next(self.parameters()).dtype)

    def by_entry(self, x: Tensor) -> Tensor:
        r"""Return ``(B, *event)`` or ``(B, F, *event)`` as ``(B, D, numbers)``, in order."""
        parts = x.reshape(len(x), -1, self.colours, self.entries // self.colours)
        entries = parts.permute(0, 3, 2, 1).flatten(1, 2)
        return entries if self.order is None else entries[:, self.order]

    def arranged(self, outputs: Tensor) -> Tensor:
        """Return outputs ``(B, D, outputs)``, in order, as parameters ``(B, P, *event)``."""
        if self.order is not None:
            outputs = outputs[:, self.order.argsort()]
        by_pixel = outputs.unflatten(1, (-1, self.colours)).permute(0, 3, 2, 1)
        return by_pixel.reshape(len(outputs), *self.parameter_shape[:-1], -1)

    def log_prob_of_entries(self, x: Tensor, outputs: Tensor) -> Tensor:
        r"""Return each entry's log p in nats, ``(B, D)``, in order.

        Args:
            x: events ``(B, *event)``.
            outputs: of the network, ``(B, D, outputs)``, in order.
        """
        values = self.by_entry(x)
        entry = values.shape[-1], *[1] * (len(self.event_shape) - 1)
        parameters = self.parameters_of_entry(outputs)
        return self.likelihood.log_prob(values.unflatten(-1, entry), parameters)

    def token(self, x: Tensor) -> Tensor:
        """Return one entry ``(n, *entry)`` as the network sees it, ``(n, inputs)``."""
        return self.likelihood.shown(x).reshape(len(x), -1).to(next(self.parameters()).dtype)

    def parameters_of_entry(self, outputs: Tensor) -> Tensor:
        """Return an entry's outputs ``(..., outputs)`` as its parameters, ``(..., P, *entry)``."""
        return outputs.reshape(*outputs.shape, *[1] * (len(self.parameter_shape) - 1))


def permutation(order: Sequence[int] | Tensor | None, entries: int) -> Tensor | None:
    """Return the order as a tensor (D,), if it is one of so many entries.

    Raises:
        ValueError: if it is none.
    """
    if order is None:
        return None
    found = torch.as_tensor(order)
    if found.is_floating_point() or found.sort().values.tolist() != list(range(entries)):
        raise ValueError(f"order={order!r:.60}: wanted 0 to {entries - 1}, each once")
    return found.long()
