"""Whether images move as a whole when their input does."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from genlib.nn import translate

Shift = tuple[float, float]


@torch.no_grad()
def equivariance(
    draw: Callable[[Shift], Tensor],
    shifts: Sequence[Shift],
    *,
    peak: float = 2.0,
    margin: int = 0,
) -> float:
    r"""Return how well images follow a move of their input, in decibels.

    .. math::

        10 \log_{10} \frac{I^2}{E\,\big[(g(T_t u) - T_t\,g(u))^2\big]},

    of the peak I over the mean squared error, over images, pixels and moves t. It is infinite if
    nothing differs. Moves are those of a torus; a part of a pixel moves the smooth signal through
    the pixels (:py:func:`~genlib.nn.translate`), so for such moves an image with sharp edges at
    the pixels' own scale fails by itself. Moves by whole pixels of an early, coarser layer say
    nothing: even repeated pixels follow them. Karras et al. (2021,
    https://arxiv.org/abs/2106.12423), section 3.1, call it EQ-T. Derived in the chapter on
    style-based generators.

    Args:
        draw: gives the same images (N, C, H, W) for an input moved by (down, right) pixels of the
            image.
        shifts: the moves.
        peak: I, the length of the interval in which pixels lie.
        margin: pixels left out at each border, of images that are no torus.

    Returns:
        the number of decibels, computed in float64.

    Raises:
        ValueError: if there are no moves, or ``peak`` or ``margin`` is out of its range.
    """
    if len(shifts) == 0 or not peak > 0 or margin < 0:
        raise ValueError(
            f"{len(shifts)} shifts, peak={peak}, margin={margin}: wanted moves, a positive peak "
            "and a margin of at least 0"
        )
    still = draw((0.0, 0.0)).double()
    errors = [draw(shift).double() - translate(still, shift) for shift in shifts]
    inner = slice(margin, -margin or None)
    error = torch.stack(errors)[..., inner, inner].square().mean().item()
    return 10 * math.log10(peak**2 / error) if error > 0 else math.inf
