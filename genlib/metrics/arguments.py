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


def shuffled(features: Tensor, seed: int = 0) -> Tensor:
    """Return the rows in an order that a seed decides: sets often come sorted by label."""
    order = torch.randperm(len(features), generator=torch.Generator().manual_seed(seed))
    return features[order]
