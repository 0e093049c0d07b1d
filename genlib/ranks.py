"""Several processes as one run: started by ``torchrun``, ``accelerate launch`` or a cluster.

All of them tell a process its place in the same environment variables. Every process (rank)
holds the whole model and takes its share of each batch; gradients are averaged.
"""

import atexit
import os
from collections.abc import Callable, Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn

LAUNCHED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def world() -> int:
    """Return the number of processes in this run."""
    launched = all(name in os.environ for name in LAUNCHED)
    return int(os.environ["WORLD_SIZE"]) if launched else 1


def rank() -> int:
    """Return the number of this process, from 0; rank 0 is the one that writes and speaks."""
    return int(os.environ["RANK"]) if world() > 1 else 0


def local_rank() -> int:
    """Return the number of this process on its machine, which is the GPU that it takes."""
    return int(os.environ.get("LOCAL_RANK", 0)) if world() > 1 else 0


def join(device: torch.device) -> None:
    """Join the other processes, once."""
    if world() > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(leave)


def leave() -> None:
    """Part from the other processes."""
    if dist.is_initialized():
        dist.destroy_process_group()


def share(batch_size: int) -> int:
    """Return this process's part of a batch.

    Raises:
        ValueError: if the batch cannot be shared equally: its mean would be another.
    """
    if batch_size % world():
        raise ValueError(f"a batch of {batch_size} cannot be shared by {world()} processes equally")
    return batch_size // world()


class View(nn.Module):
    """A player as one module whose ``forward`` is that player's loss.

    DistributedDataParallel averages the gradients of what it wraps; wrapped around the whole
    model it would wait for those of the other players.
    """

    def __init__(self, modules: Sequence[nn.Module], loss: Callable) -> None:
        """Show ``modules`` as the owner of the parameters."""
        super().__init__()
        self.owned = nn.ModuleList(modules)
        self.loss = loss

    def forward(self, batch: Tensor | tuple[Tensor, ...]) -> object:
        """Return the loss of a batch."""
        return self.loss(batch)


def together(modules: Sequence[nn.Module], loss: Callable) -> Callable:
    """Return ``loss`` such that its gradients in ``modules`` are means over all processes."""
    if world() == 1:
        return loss
    return nn.parallel.DistributedDataParallel(View(modules, loss))


def mean(value: Tensor) -> Tensor:
    """Return the mean of ``value`` over all processes."""
    if world() > 1:
        dist.all_reduce(value)
        value /= world()
    return value


def agreed(flag: Tensor) -> Tensor:
    """Return whether ``flag`` is true in every process."""
    if world() == 1:
        return flag
    votes = flag.to(torch.int32)
    dist.all_reduce(votes, dist.ReduceOp.MIN)
    return votes.bool()


def gathered(value: Tensor, device: torch.device) -> list[Tensor]:
    """Return every process's ``value``, by rank; they travel over ``device``."""
    if world() == 1:
        return [value]
    value = value.to(device)
    everybody = [torch.empty_like(value) for _ in range(world())]
    dist.all_gather(everybody, value)
    return [one.cpu() for one in everybody]
