"""What a model counts on the side (running means, codebooks): put back after a refused update."""

import torch
from torch import Tensor, nn

SMALL = 65_536  # elements


class BufferGuard:
    """Remembers a model's buffers, so that an update that is not finite leaves no trace in them.

    A large buffer that nobody writes to (a mask, a table of positions) costs nothing: a tensor
    counts the writes to it. Small ones are looked after in any case, because batch norm writes
    its running means without being counted.
    """

    def __init__(self, model: nn.Module) -> None:
        """Remember every buffer as it is now, also those that no ``state_dict`` has."""
        places = [(m, name) for m in model.modules() for name in m._buffers]
        self.places = [place for place in places if buffer_at(place) is not None]
        self.kept = [buffer_at(place).detach().clone() for place in self.places]
        self.stamps = [stamp(buffer_at(place)) for place in self.places]

    def remember(self) -> None:
        """Take what was written since the last update (by ``on_step``, by a callback) as good."""
        for i, place in enumerate(self.places):
            buffer = buffer_at(place)
            if stamp(buffer) != self.stamps[i]:
                if buffer.shape != self.kept[i].shape:
                    self.kept[i] = torch.empty_like(buffer)
                self.kept[i].copy_(buffer.detach())  # in place: a captured round knows the place
                self.stamps[i] = stamp(buffer)

    def restore_unless(self, finite: Tensor) -> None:
        """Undo what an update wrote unless it was ``finite``, without waiting for the device."""
        for i, place in enumerate(self.places):
            buffer, kept = buffer_at(place), self.kept[i]
            if buffer.shape == kept.shape and (
                buffer.numel() <= SMALL or stamp(buffer) != self.stamps[i]
            ):
                # `data` is not counted as a write: a backward pass still to come, of another
                # player that shares the forward pass, may hold this buffer
                torch.where(finite, buffer.data, kept, out=buffer.data)
                kept.copy_(buffer.data)
                self.stamps[i] = stamp(buffer)


def buffer_at(place: tuple[nn.Module, str]) -> Tensor | None:
    """Return the buffer of a module by its name."""
    module, name = place
    return module._buffers[name]


def stamp(buffer: Tensor) -> tuple[int, int]:
    """Return what changes when a buffer is replaced or written to."""
    return id(buffer), buffer._version
