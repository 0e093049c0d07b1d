"""What metrics of features ask of their arguments."""

from numbers import Integral

import torch
from torch import Tensor


def feature_sets(least: int, **sets: Tensor) -> list[Tensor]:
    """Return sets of features (N, D) in float64 on the CPU, as long as they fit together.

    Args:
        least: how many rows each must have.
        **sets: by the names that a message calls them.

    Raises:
        ValueError: if one is no (N, D) of finite numbers, has too few rows, or another D.
    """
    found = [_features(name, given, least) for name, given in sets.items()]
    if len({features.shape[1] for features in found}) > 1:
        stated = " and ".join(f"{name} {tuple(given.shape)}" for name, given in sets.items())
        raise ValueError(f"{stated} have different numbers of features a row")
    return found


def _features(name: str, given: Tensor, least: int) -> Tensor:
    if not isinstance(given, Tensor) or given.is_complex():
        kind = given.dtype if isinstance(given, Tensor) else type(given).__name__
        raise ValueError(f"{name} is {kind}, wanted a tensor of features (N, D)")
    if given.ndim != 2 or given.shape[1] == 0 or len(given) < least:
        raise ValueError(f"{name} is {tuple(given.shape)}, wanted (N, D) with N at least {least}")
    features = given.detach().cpu().double()
    if not features.isfinite().all():
        raise ValueError(f"{name} holds numbers that are not finite")
    return features


def check_count(least: int, **counts: object) -> None:
    """Raise ``ValueError`` unless all are whole numbers of at least ``least``."""
    for name, count in counts.items():
        if not isinstance(count, Integral) or isinstance(count, bool) or count < least:
            raise ValueError(f"{name}={count!r}, wanted a whole number, at least {least}")


def checked_probabilities(given: Tensor, sizes: str) -> Tensor:
    """Return probabilities of C labels in float64 on the CPU, as long as they are some.

    Args:
        given: of the shape that ``sizes`` names.
        sizes: a letter for each dimension, such as ``"NSC"``; the last adds up to 1.

    Raises:
        ValueError: if the shape is another, a number is negative, or sums differ from 1.
    """
    wanted = f"wanted probabilities ({', '.join(sizes)}) of C labels, which add up to 1"
    if not isinstance(given, Tensor) or given.ndim != len(sizes) or given.numel() == 0:
        shape = tuple(given.shape) if isinstance(given, Tensor) else type(given).__name__
        raise ValueError(f"{wanted}; this is {shape}")
    given = given.detach().cpu().double()
    if not (given.min() >= 0 and ((given.sum(-1) - 1).abs() < 1e-3).all()):
        low, high = given.min().item(), given.max().item()
        raise ValueError(f"{wanted}; these range over [{low:.4g}, {high:.4g}]")
    return given


def shuffled(features: Tensor, seed: int = 0) -> Tensor:
    """Return the rows in an order that a seed decides: sets often come sorted by label."""
    order = torch.randperm(len(features), generator=torch.Generator().manual_seed(seed))
    return features[order]
