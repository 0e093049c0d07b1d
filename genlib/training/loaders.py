"""Endless batches of a DataLoader, from a place that can be saved and found again."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain
from types import ModuleType

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, DistributedSampler, Sampler

from genlib.player import Batch
from genlib.runtime import world_size
from genlib.training.interrupt import workers_ignore_interrupt

MOST = 1000  # a longer list is one of file names, and holds no generators


class LoaderBatches:
    """Batches of a DataLoader, one epoch after the other.

    A resumed run begins its epoch again, from the generators' states at the time, and passes over
    the batches that it has had. Several processes need a loader with a DistributedSampler.
    """

    def __init__(self, loader: DataLoader, device: torch.device) -> None:
        """Begin the first epoch."""
        self.loader, self.device, self.epoch = loader, device, 0
        self.parts = list(parts_of(loader))
        if world_size() > 1 and not any(isinstance(p, DistributedSampler) for p in self.parts):
            raise ValueError(
                f"{world_size()} processes would all see the same batches: give the DataLoader "
                "sampler=torch.utils.data.DistributedSampler(dataset)"
            )
        own = [part for part in self.parts if isinstance(part, torch.Generator)]
        self.generators = list(dict.fromkeys([torch.default_generator, *own]))
        self._begin()

    def _begin(self) -> None:
        """Begin the epoch."""
        self.before = [generator.get_state() for generator in self.generators]
        for part in self.parts:
            if hasattr(part, "set_epoch"):  # such as a DistributedSampler, shuffled by its number
                part.set_epoch(self.epoch)
        with workers_ignore_interrupt(self.loader):
            self.iterator, self.count = iter(self.loader), 0

    def __next__(self) -> Batch:
        """Return the next batch, moved to the device."""
        batch = next(self.iterator, None)
        if batch is None:
            before = self.count
            self.epoch += 1
            self._begin()
            batch = next(self.iterator, None)
            if batch is None:
                raise ValueError(self._nothing(before))
        self.count += 1
        return to_device(batch, self.device)

    def _nothing(self, before: int) -> str:
        """Say why an epoch has no batch, where the one before had some or had none."""
        data = type(self.loader.dataset).__name__
        if before:
            return (
                f"the DataLoader gave {before} batches and then none: {data} can be read only "
                "once, wanted data that begin anew with each iter()"
            )
        return f"the data are empty, or {data} was read before: this DataLoader gives no batch"

    def draw(self, n: int) -> list[Batch]:
        """Return the next ``n`` batches, or stay where we are if the data fail.

        So a worker that dies never leaves a round half done, and the run can be saved.
        """
        place, states = self.state(), [one.get_state() for one in self.generators]
        try:
            return [next(self) for _ in range(n)]
        except BaseException:
            self.epoch, self.before, self.count = place["epoch"], place["before"], place["count"]
            self._set_generators(states)
            raise

    def batch(self, draw: Batch) -> Batch:
        """Return a batch that was drawn, as it is."""
        return draw

    def to_check(self) -> Iterator[Batch]:
        """Yield the next batch and put it back, for a check before training starts."""
        batch = next(self)
        self.iterator, self.count = chain([batch], self.iterator), self.count - 1
        yield batch

    def fingerprint(self) -> dict[str, str]:
        """Return what tells these data from others, by name."""
        data = self.loader.dataset
        return {
            "data": f"{type(data).__name__} of {length(data)} examples",
            "batch_size": str(self.loader.batch_size),
            "batches an epoch": length(self.loader),
            "order": ", ".join(type(part).__name__ for part in self.parts),
        }

    def state(self) -> dict:
        """Return the epoch, how it began, and how many batches it delivered."""
        return {"epoch": self.epoch, "before": self.before, "count": self.count}

    def restore(self, state: Mapping) -> None:
        """Replay the epoch to the place that ``state`` gave.

        Raises:
            ValueError: if the epoch is over before.
        """
        self.epoch = state["epoch"]
        self._set_generators(state["before"])
        self._begin()
        while self.count < state["count"]:
            if next(self.iterator, None) is None:
                raise ValueError(
                    f"the data gave {self.count} batches in epoch {self.epoch}, fewer than the "
                    f"{state['count']} that the checkpoint's run had: they are not the same data"
                )
            self.count += 1

    def _set_generators(self, states: list[Tensor]) -> None:
        for generator, state in zip(self.generators, states, strict=True):
            generator.set_state(state)


def length(data: object) -> str:
    """Return how long data are, if they know."""
    try:
        return str(len(data))
    except (TypeError, NotImplementedError):
        return "unknown"


def parts_of(loader: DataLoader) -> Iterator[object]:
    """Yield what may decide the batches of a loader, always in the same order.

    These are its samplers, data sets and generators, those that hide in others included, each
    once; where a generator stands is up to who wrote the sampler.
    """
    seen: set[int] = set()
    names = ("generator", "batch_sampler", "sampler", "dataset", "collate_fn")
    waiting = [getattr(loader, name) for name in names]
    while waiting:
        part = waiting.pop(0)
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, torch.Generator | Sampler | Dataset):
            yield part
        waiting += held(part)


def held(part: object) -> list[object]:
    """Return what an object holds that could hold generators."""
    if isinstance(part, list | tuple | dict):
        values = list(part.values() if isinstance(part, dict) else part)
        return values if len(values) <= MOST else []
    if isinstance(part, partial):
        return [part.func, part.args, part.keywords]
    if isinstance(part, Tensor | torch.nn.Module | type | ModuleType):
        return []
    owner = getattr(part, "__self__", None)  # of a method
    return [*vars(part).values(), owner] if hasattr(part, "__dict__") else [owner]


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Move a tensor or a sequence of them; a sequence of one is that one.

    A named tuple, as collating makes of named examples, stays one.
    """
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)
    if not isinstance(batch, tuple | list) or not batch:
        raise ValueError(
            f"a batch of the DataLoader holds {type(batch).__name__}, wanted a tensor or tensors "
            "in a tuple; its collate_fn can make them"
        )
    parts = tuple(to_device(part, device) for part in batch)
    if hasattr(batch, "_fields"):
        return type(batch)(*parts)
    return parts if len(parts) > 1 else parts[0]
