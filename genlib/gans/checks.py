"""What losses and penalties of the game refuse."""

import math
from numbers import Real

from torch import Tensor

from genlib.player import is_positive_whole


def check_scores(*scores: Tensor) -> None:
    """Raise ``ValueError`` unless these are batches of scores, alike but for the batch."""
    for given in scores:
        if not isinstance(given, Tensor) or not given.is_floating_point():
            what = given.dtype if isinstance(given, Tensor) else type(given).__name__
            raise ValueError(f"logits must be a floating-point tensor; these are {what}")
        if given.numel() == 0 or given.ndim == 0:
            raise ValueError(f"logits must be a batch; these have shape {tuple(given.shape)}")
    if len({given.shape[1:] for given in scores}) > 1:
        raise ValueError(f"{both_shapes(*scores)}; wanted equal but for the batch")


def check_pairs(real: Tensor | None, fake: Tensor) -> None:
    """Raise ``ValueError`` unless every sample's score has the score of an example beside it."""
    if real is None:
        raise ValueError("a relativistic loss compares samples with data: real=None, wanted scores")
    check_scores(real, fake)
    if len(real) != len(fake):
        raise ValueError(f"{both_shapes(real, fake)}; a relativistic loss pairs them one by one")


def both_shapes(real: Tensor, fake: Tensor) -> str:
    """Say which shapes were given."""
    return f"real logits are {tuple(real.shape)}, fake ones {tuple(fake.shape)}"


def check_numbers(who: object, lowest: float, **numbers: float) -> None:
    """Raise ``ValueError`` unless every setting of ``who`` is finite and at least ``lowest``."""
    for name, value in numbers.items():
        if not (isinstance(value, Real) and math.isfinite(value) and value >= lowest):
            wanted = "a finite number" if math.isinf(lowest) else f"a finite number from {lowest:g}"
            raise ValueError(f"{type(who).__name__}: {name}={value!r}, wanted {wanted}")


def check_positive(who: object, **numbers: float) -> None:
    """Raise ``ValueError`` unless every setting of ``who`` is finite and above 0."""
    check_numbers(who, 0, **numbers)
    for name, value in numbers.items():
        if value == 0:
            raise ValueError(f"{type(who).__name__}: {name}={value!r}, wanted a number above 0")


def check_counts(who: object, **counts: int) -> None:
    """Raise ``ValueError`` unless every setting of ``who`` is a whole number from 1."""
    for name, value in counts.items():
        if not is_positive_whole(value):
            raise ValueError(
                f"{type(who).__name__}: {name}={value!r}, wanted a positive whole number"
            )
