"""What a model counts on the side (running means, codebooks): put back after a refused update."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

SMALL = 65_536  # elements


class BufferGuard:
    """Remembers a model's buffers, so that an update that is not finite leaves no trace in them.

    A large buffer that nobody writes to (a mask, a table of positions) costs nothing: a tensor
    counts the writes to it; nor does one that is a single number. Small vectors are looked after
    in any case, because batch norm writes its running means without being counted.
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

    def restore_if(self, failed: Tensor) -> None:
        """Undo what an update wrote if it ``failed``, without waiting for the device."""
        written = [i for i in range(len(self.places)) if self.may_be_written(i)]
        if not written:
            return
        undo = failed != 0
        for i in written:
            # `data` is not counted as a write: a backward pass still to come, of another
            # player that shares the forward pass, may hold this buffer
            buffer = buffer_at(self.places[i]).data
            torch.where(undo, self.kept[i], buffer, out=buffer)
        self.keep(written)

    def may_be_written(self, i: int) -> bool:
        """Whether an update may have written to a buffer."""
        buffer = buffer_at(self.places[i])
        uncounted = buffer.dim() > 0 and buffer.numel() <= SMALL
        same_shape = buffer.shape == self.kept[i].shape
        return same_shape and (uncounted or stamp(buffer) != self.stamps[i])

    def keep(self, numbers: Sequence[int]) -> None:
        """Take some buffers as good as they are now, those of one type at once."""
        by_type: dict[torch.dtype, list[int]] = {}
        for i in numbers:
            by_type.setdefault(self.kept[i].dtype, []).append(i)
            self.stamps[i] = stamp(buffer_at(self.places[i]))
        for alike in by_type.values():
            now = [buffer_at(self.places[i]).data for i in alike]
            torch._foreach_copy_([self.kept[i] for i in alike], now)


def buffer_at(place: tuple[nn.Module, str]) -> Tensor | None:
    """Return the buffer of a module by its name."""
    module, name = place
    return module._buffers[name]


def stamp(buffer: Tensor) -> tuple[int, int]:
    """Return what changes when a buffer is replaced or written to."""
    return id(buffer), buffer._version
