"""Splits at random that keep groups whole, so that no relative of a test example trains."""

import torch
from torch import Tensor

from genlib.data.arguments import check_whole
from genlib.data.splits import check_split

# Where a split begins and ends in the shuffled examples, as shares of all.
SHARES = {
    "test": (0.0, 0.2),
    "validation": (0.2, 0.3),
    "train": (0.3, 1.0),
    "train+validation": (0.2, 1.0),
}


def rows(groups: Tensor, split: str, seed: int) -> Tensor:
    """Return the numbers of the examples in a split, int64, shuffled group by group.

    The groups are shuffled and laid end to end. The first fifth is ``test``, the next tenth
    ``validation``, the rest ``train``; a group that lies across a border goes where its middle is.
    So the shares are met to within a group, and no group is in two of the three.

    Args:
        groups: the group of every example, int64 (N,), numbered from 0.
        split: one of ``genlib.data.splits.SPLITS``.
        seed: of the order, a whole number from 0.

    Raises:
        ValueError: there is no such split, or the seed is no whole number from 0.
    """
    check_split(split)
    check_whole(0, seed=seed)
    sizes = groups.bincount()
    order = torch.randperm(len(sizes), generator=torch.Generator().manual_seed(int(seed)))
    ends = sizes[order].cumsum(0)
    middles = (ends - sizes[order] / 2) / len(groups)
    low, high = SHARES[split]
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order))
    shuffled = place[groups].argsort(stable=True)
    middle = middles[place[groups[shuffled]]]
    return shuffled[(low <= middle) & (middle < high)]
