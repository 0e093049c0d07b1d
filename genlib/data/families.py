"""Families of sequences: whoever is a near relative, directly or through others.

Copies that differ in a few letters survive a search for duplicates. Where some of them train and
others judge a model, it is praised for remembering.
"""

import torch
from torch import Tensor

from genlib.data.arguments import check_whole

MISMATCHES = 24
SHIFT = 20
AGREE, OF = 4, 5


def single_linkage(symbols: Tensor, mismatches: int = MISMATCHES, shift: int = SHIFT) -> Tensor:
    """Return the family of every sequence, int64 (N,), numbered from 0 as they appear.

    Two sequences are near relatives if they differ in at most ``mismatches`` places; or if, one of
    them shifted by 1 to ``shift`` places, four of five letters in the overlap agree. Families are
    the connected parts of that graph (single linkage).

    The cost is (shift + 1) products of N x T K matrices for K letters: seconds for the 3,000
    splice sites, whose families are stored.

    Args:
        symbols: whole numbers (N, T).
        mismatches: of near relatives, at most.
        shift: the furthest; the overlap has at least T - shift letters.

    Raises:
        ValueError: the symbols are not (N, T), or a number is not a whole one from 0; below T.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not isinstance(symbols, Tensor) or symbols.dim() != 2 or symbols.numel() == 0:
        raise ValueError("wanted a tensor of symbols (N, T), at least one")
    check_whole(0, mismatches=mismatches, shift=shift)
    n, length = symbols.shape
    if max(mismatches, shift) >= length:
        raise ValueError(f"mismatches={mismatches}, shift={shift}: wanted below {length}, the T")
    edges = [near(symbols, 0, length - mismatches)]
    for by in range(1, shift + 1):
        edges.append(near(symbols, by, -(-AGREE * (length - by) // OF)))  # rounded up
    one, other = torch.cat(edges).T.numpy()
    graph = coo_array(([True] * len(one), (one, other)), shape=(n, n))
    _, families = connected_components(graph, directed=False)
    return torch.from_numpy(families).long()


def near(symbols: Tensor, shift: int, agreements: int) -> Tensor:
    """Return the pairs (i, j), (E, 2), of which j lies ``shift`` further right and many agree."""
    overlap = symbols.shape[1] - shift
    # counts of zeros and ones: exact in float32
    letters = torch.nn.functional.one_hot(symbols.long()).float()
    one, other = letters[:, shift:].flatten(1), letters[:, :overlap].flatten(1)
    return (one @ other.T >= agreements).nonzero()
