"""Looking into a network that is left as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Hold a network in evaluation mode: batch norm counts nothing that it sees in the block.

    Afterwards each of its parts is in the mode it was in.
    """
    with modes_kept(network):
        network.eval()
        yield


@contextmanager
def modes_kept(network: nn.Module) -> Iterator[None]:
    """Bring every part of a network back to its mode, which may be another than the whole's."""
    before = {part: part.training for part in network.modules()}
    try:
        yield
    finally:
        for part, training in before.items():
            part.training = training


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


def last_layer(network: nn.Module, name: str | None = None) -> str:
    """Return the name of the last linear layer or convolution, or check the one that is given.

    Raises:
        ValueError: if there is none, or none of that name.
    """
    found = [
        path for path, part in network.named_modules() if isinstance(part, nn.Linear | nn.Conv2d)
    ]
    if not found:
        raise ValueError(f"{type(network).__name__} has no linear layer and no convolution")
    if name is not None and name not in found:
        raise ValueError(f"layer={name!r}, wanted a layer of {type(network).__name__}: {found}")
    return found[-1] if name is None else name
