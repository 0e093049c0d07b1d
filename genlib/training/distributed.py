"""Several processes as one run: started by ``torchrun``, ``accelerate launch`` or a cluster.

All of them tell a process its place in the same environment variables. Every process (rank)
holds the whole model and takes its share of each batch; gradients are averaged.
"""

import atexit
import sys
from collections.abc import Callable, Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn

from genlib.runtime import gpus_are_shared, rank, world_size


def init_process_group(device: torch.device) -> None:
    """Join the other processes, once."""
    if world_size() > 1 and not dist.is_initialized():
        dist.init_process_group(backend(device))
        atexit.register(destroy_process_group)


def backend(device: torch.device) -> str:
    """Return what carries tensors between processes: nccl between GPUs, otherwise gloo.

    NCCL refuses to serve one GPU twice, so processes that share one go through the CPU.
    """
    if device.type == "cuda" and not gpus_are_shared():
        return "nccl"
    if device.type == "cuda" and rank() == 0:
        print("Several processes share a GPU: they talk through the CPU (gloo).", file=sys.stderr)
    return "gloo"


def destroy_process_group() -> None:
    """Part from the other processes."""
    if dist.is_initialized():
        dist.destroy_process_group()


def local_batch_size(batch_size: int) -> int:
    """Return this process's part of a batch.

    Raises:
        ValueError: if the batch cannot be shared equally: its mean would be another.
    """
    if batch_size % world_size():
        raise ValueError(
            f"a batch of {batch_size} cannot be shared by {world_size()} processes equally"
        )
    return batch_size // world_size()


class PlayerLoss(nn.Module):
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


def data_parallel(modules: Sequence[nn.Module], loss: Callable) -> Callable:
    """Return ``loss`` such that its gradients in ``modules`` are means over all processes."""
    if world_size() == 1:
        return loss
    return nn.parallel.DistributedDataParallel(PlayerLoss(modules, loss))


def all_reduce_mean(value: Tensor) -> Tensor:
    """Return the mean of ``value`` over all processes."""
    if world_size() > 1:
        dist.all_reduce(value)
        value /= world_size()
    return value


def all_reduce_max(value: Tensor) -> Tensor:
    """Return the largest ``value`` of all processes."""
    if world_size() > 1:
        dist.all_reduce(value, dist.ReduceOp.MAX)
    return value


def any_process(flag: bool, device: torch.device) -> bool:
    """Return whether ``flag`` is true in some process; all of them must ask."""
    if world_size() == 1:
        return flag
    return bool(all_reduce_max(torch.tensor(float(flag), device=device)))


def all_gather(value: Tensor, device: torch.device) -> list[Tensor]:
    """Return every process's ``value``, by rank; NCCL needs them on ``device``, gloo on the CPU."""
    if world_size() == 1:
        return [value]
    value = value.to(device if dist.get_backend() == "nccl" else "cpu")
    everybody = [torch.empty_like(value) for _ in range(world_size())]
    dist.all_gather(everybody, value)
    return [one.cpu() for one in everybody]
