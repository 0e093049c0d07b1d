"""Endless shuffled batches of a data set, delivered on a device."""

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from genlib.player import Batch
from genlib.runtime import rank
from genlib.training.describe import describe
from genlib.training.distributed import local_batch_size
from genlib.training.draws import Draw
from genlib.training.loaders import LoaderBatches

Data = Tensor | tuple[Tensor, ...] | TensorDataset | DataLoader
CHECKED = 1000  # examples that are checked at a time


class ResidentBatches:
    """Batches of tensors that live on the device and are indexed there, without workers.

    Every epoch is a fresh permutation; the rest that does not fill a batch is left for another
    epoch. A batch larger than the data is the whole data. Several processes share each batch.
    """

    def __init__(
        self, data: Tensor | tuple | TensorDataset, batch_size: int, device: torch.device, seed: int
    ) -> None:
        """Move the tensors to the device and seed the order."""
        check_indexing(data)
        tensors = data.tensors if isinstance(data, TensorDataset) else data
        self.kind = type(tensors) if hasattr(tensors, "_fields") else None  # a named tuple
        tensors = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
        check_tensors(tensors)
        self.tensors = tuple(t.detach().to(device) for t in tensors)
        self.transform: Callable | None = getattr(data, "transform", None)
        self.batch_size = min(batch_size, len(tensors[0]))
        self.share = local_batch_size(self.batch_size)
        self.generator = torch.Generator().manual_seed(seed)
        self._shuffle()

    def _shuffle(self) -> None:
        self.before = self.generator.get_state()
        order = torch.randperm(len(self.tensors[0]), generator=self.generator)
        self.order, self.cursor = order.to(self.tensors[0].device), 0

    def __next__(self) -> Draw:
        """Return the numbers of the examples of the next batch."""
        if self.cursor + self.batch_size > len(self.order):
            self._shuffle()
        begin = self.cursor + rank() * self.share
        self.cursor += self.batch_size
        return self.order[begin : begin + self.share]

    def draw(self, n: int) -> list[Draw]:
        """Return what decides the next ``n`` batches."""
        return [next(self) for _ in range(n)]

    def batch(self, draw: Draw) -> Batch:
        """Return a batch: a tensor, a tuple of them, or what the data's transform gives."""
        parts = tuple(t.index_select(0, draw) for t in self.tensors)
        if self.transform is not None:
            return self.transform(*parts)
        if self.kind is not None:
            return self.kind(*parts)
        return parts if len(parts) > 1 else parts[0]

    def to_check(self) -> Iterator[Batch]:
        """Yield all examples, some at a time, for a check before training starts.

        A transform makes anew what it makes, of the run's randomness, for each batch: of that the
        first part stands for all.
        """
        for draw in torch.arange(len(self.order), device=self.order.device).split(CHECKED):
            yield self.batch(draw)
            if self.transform is not None:
                return

    def fingerprint(self) -> dict[str, str]:
        """Return what tells these data from others, by name."""
        return {
            "data": ", ".join(f"{tuple(t.shape)} {t.dtype}" for t in self.tensors),
            "data.transform": describe(self.transform),
            "batch_size": str(self.batch_size),
        }

    def state(self) -> dict:
        """Return the place in the order of the data."""
        return {"before": self.before, "cursor": self.cursor}

    def restore(self, state: Mapping) -> None:
        """Go to a place that ``state`` gave."""
        self.generator.set_state(state["before"])
        self._shuffle()
        self.cursor = state["cursor"]


def batches(
    data: Data, batch_size: int, device: torch.device, seed: int
) -> ResidentBatches | LoaderBatches:
    """Return endless batches of a tensor, a tuple of tensors, a TensorDataset or a DataLoader.

    Raises:
        ValueError: if the data are empty, of unequal lengths, not finite, or of another kind.
    """
    if isinstance(data, DataLoader):
        return LoaderBatches(data, device)
    if isinstance(data, Tensor | tuple | list | TensorDataset):
        return ResidentBatches(data, batch_size, device, seed)
    raise ValueError(
        f"data is {type(data).__name__}, wanted a tensor, a tuple of tensors, a TensorDataset "
        "or a DataLoader; images of genlib.data have .unit(), .binary() and .symmetric()"
    )


def check_indexing(data: object) -> None:
    """Refuse a data set whose own indexing would be passed by."""
    if isinstance(data, TensorDataset) and not hasattr(data, "transform"):
        name = type(data).__name__
        for method in ("__getitem__", "__len__"):
            if getattr(type(data), method) is not getattr(TensorDataset, method):
                raise ValueError(
                    f"{name} has its own {method}, but batches are taken from its tensors at once: "
                    f"wanted a DataLoader({name}(...)), or a method transform(*tensors) of a batch"
                )


def check_tensors(tensors: tuple[Tensor, ...]) -> None:
    """Refuse tensors that no model could be trained on."""
    if not tensors or not all(isinstance(t, Tensor) for t in tensors):
        kinds = [type(t).__name__ for t in tensors]
        raise ValueError(f"data holds {kinds or 'nothing'}, wanted one or more tensors")
    lengths = [len(t) if t.dim() else 0 for t in tensors]
    if len(set(lengths)) > 1:
        raise ValueError(f"the data's tensors have lengths {lengths}, wanted equal ones")
    if any(t.dim() == 0 or t.numel() == 0 for t in tensors):
        raise ValueError(f"the data are empty: shapes {[tuple(t.shape) for t in tensors]}")
    for i, tensor in enumerate(tensors):
        if tensor.is_floating_point() and not all_finite(tensor):
            bad = int((~torch.isfinite(tensor)).sum())
            raise ValueError(f"tensor {i} of the data holds {bad} values that are NaN or infinite")


def all_finite(tensor: Tensor) -> bool:
    """Whether no value is NaN or infinite; the extremes tell, in one pass and without a copy."""
    low, high = torch.aminmax(tensor)
    return bool(torch.isfinite(low) & torch.isfinite(high))
