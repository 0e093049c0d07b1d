"""The statistics of batch norm, counted anew."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from genlib.nn.observing import modes_kept


@torch.no_grad()
def standing_statistics(network: nn.Module, batches: Iterable[tuple[Tensor, ...]]) -> None:
    """Set mean and variance of every batch norm to their averages over some batches, in place.

    Those that were kept in training lag behind the weights, and are of no use for an average of
    the weights. In the passes made here every layer normalises by the batch itself, so a deeper one
    is given what it was given in training.

    Args:
        network: whose weights stay.
        batches: what the network is called with, one tuple a call. They should be as in training:
            codes of the same law, labels in the same mixture.

    Raises:
        ValueError: if there is no batch, or no batch norm with statistics.

    Brock, Donahue and Simonyan (2019, https://arxiv.org/abs/1809.11096). Derived in the chapter on
    bigger and sturdier GANs.
    """
    norms = [part for part in network.modules() if isinstance(part, _BatchNorm)]
    norms = [norm for norm in norms if norm.track_running_stats]
    batches = list(batches)
    if not norms or not batches:
        raise ValueError(f"{len(batches)} batches, {len(norms)} batch norms: wanted some of both")
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average
    with modes_kept(network):
        network.train()
        try:
            for inputs in batches:
                network(*inputs)
        finally:
            for norm, momentum in zip(norms, momenta, strict=True):
                norm.momentum = momentum
