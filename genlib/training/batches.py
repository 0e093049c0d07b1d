"""Endless shuffled batches of a data set, delivered on a device."""

from collections.abc import Callable, Mapping
from itertools import chain

import torch
from torch import Tensor
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from genlib.model import Batch
from genlib.runtime import rank, world_size
from genlib.training.distributed import local_batch_size

Data = Tensor | tuple[Tensor, ...] | TensorDataset | DataLoader


class ResidentBatches:
    """Batches of tensors that live on the device and are indexed there, without workers.

    Every epoch is a fresh permutation; the rest that does not fill a batch is left for another
    epoch. A batch larger than the data is the whole data. Several processes share each batch.
    """

    def __init__(
        self, data: Tensor | tuple | TensorDataset, batch_size: int, device: torch.device, seed: int
    ) -> None:
        """Move the tensors to the device and seed the order."""
        tensors = data.tensors if isinstance(data, TensorDataset) else data
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

    def __next__(self) -> Batch:
        """Return the next batch: a tensor, a tuple of them, or what the data's transform gives."""
        if self.cursor + self.batch_size > len(self.order):
            self._shuffle()
        begin = self.cursor + rank() * self.share
        self.cursor += self.batch_size
        return self._batch(self.order[begin : begin + self.share])

    def _batch(self, index: Tensor) -> Batch:
        parts = tuple(t.index_select(0, index) for t in self.tensors)
        if self.transform is not None:
            return self.transform(*parts)
        return parts if len(parts) > 1 else parts[0]

    def first(self, n: int = 1000) -> Batch:
        """Return the first ``n`` examples, for a check before training starts."""
        return self._batch(torch.arange(min(n, len(self.order)), device=self.order.device))

    def settings(self) -> dict[str, str]:
        """Return what tells these data from others, by name."""
        shapes = ", ".join(f"{tuple(t.shape)} {t.dtype}" for t in self.tensors)
        return {"data": shapes, "batch_size": str(self.batch_size)}

    def state(self) -> dict:
        """Return the place in the order of the data."""
        return {"before": self.before, "cursor": self.cursor}

    def restore(self, state: Mapping) -> None:
        """Go to a place that ``state`` gave."""
        self.generator.set_state(state["before"])
        self._shuffle()
        self.cursor = state["cursor"]


class LoaderBatches:
    """Batches of a DataLoader, one epoch after the other.

    A resumed run begins its epoch again, from the generators' states at the time, and passes over
    the batches that it has had. Several processes need a loader with a DistributedSampler.
    """

    def __init__(self, loader: DataLoader, device: torch.device) -> None:
        """Begin the first epoch."""
        if world_size() > 1 and not isinstance(loader.sampler, DistributedSampler):
            raise ValueError(
                f"{world_size()} processes would all see the same batches: give the DataLoader "
                "sampler=torch.utils.data.DistributedSampler(dataset)"
            )
        self.loader, self.device, self.epoch = loader, device, 0
        self._begin()

    def _generators(self) -> list[torch.Generator]:
        """Return every generator that may decide the order."""
        own = {self.loader.generator, getattr(self.loader.sampler, "generator", None)} - {None}
        return [torch.default_generator, *own]

    def _begin(self) -> None:
        """Begin the epoch."""
        self.before = [generator.get_state() for generator in self._generators()]
        if isinstance(self.loader.sampler, DistributedSampler):
            self.loader.sampler.set_epoch(self.epoch)
        self.iterator, self.count = iter(self.loader), 0

    def __next__(self) -> Batch:
        """Return the next batch, moved to the device."""
        batch = next(self.iterator, None)
        if batch is None:
            self.epoch += 1
            self._begin()
            batch = next(self.iterator, None)
        if batch is None:
            raise ValueError("the data are empty: this DataLoader gives no batch")
        self.count += 1
        return to_device(batch, self.device)

    def first(self) -> Batch:
        """Return the next batch and put it back, for a check before training starts."""
        batch = next(self)
        self.iterator, self.count = chain([batch], self.iterator), self.count - 1
        return batch

    def settings(self) -> dict[str, str]:
        """Return what tells these data from others, by name."""
        return {
            "data": type(self.loader.dataset).__name__,
            "batch_size": str(self.loader.batch_size),
        }

    def state(self) -> dict:
        """Return the epoch, how it began, and how many batches it delivered."""
        return {"epoch": self.epoch, "before": self.before, "count": self.count}

    def restore(self, state: Mapping) -> None:
        """Replay the epoch to the place that ``state`` gave."""
        self.epoch = state["epoch"]
        for generator, before in zip(self._generators(), state["before"], strict=True):
            generator.set_state(before)
        self._begin()
        while self.count < state["count"]:
            next(self)


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


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Move a tensor or a sequence of them; a sequence of one is that one."""
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)
    if not isinstance(batch, tuple | list) or not batch:
        raise ValueError(
            f"a batch of the DataLoader holds {type(batch).__name__}, wanted a tensor or tensors "
            "in a tuple; its collate_fn can make them"
        )
    parts = tuple(to_device(part, device) for part in batch)
    return parts if len(parts) > 1 else parts[0]
