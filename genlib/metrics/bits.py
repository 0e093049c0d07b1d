"""Log-likelihoods in nats an example as bits a dimension."""

import math
from collections.abc import Sequence
from numbers import Integral

from torch import Tensor


def bits_per_dim(
    log_likelihood: Tensor | float, event_shape: Sequence[int] | int, *, levels: int | None = None
) -> Tensor | float:
    r"""Return how many bits a dimension of the data costs under a model.

    .. math:: b = -\frac{\log p(x)}{D \ln 2} + \log_2 L

    A smaller number is better, and a bound of log p from below gives one of b from above. The
    second term undoes a change of scale: a density of values y = x / L is L^D times that of x,
    whose grey levels are 1 apart and whose bits count what a lossless code would store (Theis,
    van den Oord and Bethge, 2016, https://arxiv.org/abs/1511.01844). Chapter: richer latents.

    >>> round(bits_per_dim(1980.5, (1, 28, 28), levels=256), 2)  # NICE (2015), MNIST
    4.36

    Args:
        log_likelihood: log p(x), or a bound of it such as the ELBO, in nats an example: a
            number, or a tensor of them. What ``log_prob`` and ``elbo`` return, not a loss.
        event_shape: shape of one example, such as (1, 28, 28), or its number D of dimensions.
        levels: L, if p is a density of values that were scaled from L grey levels to [0, 1]
            (256 for ``dequantised()``); None if it is a probability of discrete values, or a
            density of values whose levels are 1 apart.

    Returns:
        Bits a dimension, in the shape of ``log_likelihood``.

    Raises:
        ValueError: if a size is not a positive whole number, or there are fewer than 2 levels.
    """
    sizes = tuple(event_shape) if isinstance(event_shape, Sequence) else (event_shape,)
    if not sizes or not all(isinstance(size, Integral) and size > 0 for size in sizes):
        raise ValueError(f"event_shape={event_shape!r}, wanted positive whole numbers")
    if levels is not None and not levels >= 2:
        raise ValueError(f"levels={levels}, wanted None or at least 2 grey levels")
    scale = 0.0 if levels is None else math.log2(levels)
    return -log_likelihood / (math.prod(sizes) * math.log(2)) + scale
