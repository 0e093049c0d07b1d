"""A capture without a GPU: it records the operations of a round, and does them again.

Like a CUDA graph it knows a tensor by its place, and a Python number by its value at the time of
the recording. What a graph forbids is an error here: a value that the host reads (`.item()`,
`bool(tensor)`), a shape that depends on values, a tensor that is made elsewhere than on the device
of the model. For the last one the default device is "meta", on which nothing has values.

Other than on a GPU, what is recorded is done at once, so the first replay has nothing to do.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten
WAITS = {
    aten._local_scalar_dense,
    aten.equal,
    aten.is_nonzero,
    aten.nonzero,
    aten.masked_select,
    aten._unique2,
    aten.bincount,
}


class WaitError(RuntimeError):
    """Something that cannot be captured."""


class Watching(TorchDispatchMode):
    """Notes what waits for the device."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        """Do the operation, and note it if it waits."""
        if op.overloadpacket in WAITS:
            self.waits.append(f"{op} waits for the device")
        return op(*args, **(kwargs or {}))


class Recording(TorchDispatchMode):
    """Keeps each operation with its arguments and results."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Callable, tuple, dict, Any]] = []

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        """Refuse a tensor from elsewhere; do and keep everything else."""
        kwargs = kwargs or {}
        result = op(*args, **kwargs)
        if any(tensor.device.type == "meta" for tensor in tensors_in(result)):
            raise WaitError(f"{op} made a tensor on another device, wanted device=...")
        self.calls.append((op, args, kwargs, result))
        return result


class RecordedCapture:
    """What `CudaCapture` is on a GPU."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.recording, self.replays = device, Recording(), 0

    def rehearse(self, work: Callable) -> tuple[Any, str]:
        """Run work now; return what it gives, and what waits for the device, if anything."""
        with Watching() as watching:
            return work(), "; ".join(watching.waits[:1])

    def record(self, work: Callable) -> Any:
        """Run and record work."""
        with torch.device("meta"), self.recording:
            return work()

    def replay(self) -> None:
        """Do all operations again, with what they give where it was when they were recorded."""
        self.replays += 1
        if self.replays > 1:
            for op, args, kwargs, result in self.recording.calls:
                with torch.no_grad(), torch._C._AutoDispatchBelowAutograd():
                    again(op, args, kwargs, result)


def again(op: Callable, args: tuple, kwargs: dict, result: Any) -> None:
    """Do one operation; a graph's writes are not counted as writes of a tensor."""
    given = list(tensors_in((args, kwargs)))
    if is_view(op, given, result):
        return
    with torch.autograd._unsafe_preserve_version_counter(tuple(given)):
        fresh = op(*args, **kwargs)
    for place, value in zip(tensors_in(result), tensors_in(fresh), strict=True):
        if not any(shares_memory(place, one) for one in given):
            place.copy_(value)


def is_view(op: Callable, given: list[Tensor], result: Any) -> bool:
    """Whether an operation only looks at its arguments in another way."""
    made = list(tensors_in(result))
    looks = bool(made) and all(any(shares_memory(m, g) for g in given) for m in made)
    return looks and not op._schema.is_mutable


def shares_memory(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors stand in one storage."""
    return one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr() != 0


def tensors_in(value: Any) -> Iterator[Tensor]:
    """All tensors of nested sequences."""
    return (leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor))
