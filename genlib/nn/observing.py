"""Looking into a network that is left as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Hold a network in evaluation mode: batch norm counts nothing that it sees in the block."""
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)


@contextmanager
def inputs_of(*layers: nn.Module) -> Iterator[dict[nn.Module, Tensor]]:
    """Keep what each of the layers was last given in the block, its first argument."""
    kept: dict[nn.Module, Tensor] = {}

    def keep(layer: nn.Module, given: tuple[Tensor, ...]) -> None:
        kept[layer] = given[0]

    handles = [layer.register_forward_pre_hook(keep) for layer in layers]
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()
