"""Gaussians on the plane, as the line at so many standard deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from genlib.show.figures.arrays import finite
from genlib.show.style import palette
from genlib.show.style.canvas import checked, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES = 100


def ellipse(
    axes: Axes,
    mean: torch.Tensor,
    covariance: torch.Tensor,
    sigmas: float = 2.0,
    *,
    colour: str = palette.accent,
    width: float = 2.0,
    label: str | None = None,
) -> None:
    r"""Draw the ellipse that is ``sigmas`` standard deviations away from the mean of a Gaussian.

    .. math:: (x - \mu)^\top \Sigma^{-1} (x - \mu) = s^2

    Of a Gaussian on the plane, the share 1 - exp(-s^2/2) lies inside: 86 % for s = 2.

    Args:
        axes: where to draw.
        mean: (2,).
        covariance: (2, 2), symmetric, positive definite.
        sigmas: s, standard deviations.
        colour: of the line.
        width: of the line, in points.
        label: name in a legend.

    Raises:
        ValueError: if a shape is another one, a number is not finite, the covariance is not
            symmetric and positive definite, or ``sigmas`` is not positive.
    """
    centre, matrix = finite(mean, "mean"), finite(covariance, "covariance")
    if centre.shape != (2,) or matrix.shape != (2, 2):
        raise ValueError(
            f"mean {centre.shape} and covariance {matrix.shape}, wanted (2,) and (2, 2)"
        )
    if not np.allclose(matrix, matrix.T) or np.linalg.eigvalsh(matrix).min() <= 0:
        raise ValueError(f"covariance={matrix.tolist()} is not symmetric and positive definite")
    if not 0 < sigmas < float("inf"):
        raise ValueError(f"sigmas={sigmas}, wanted a positive number of standard deviations")
    angle = np.linspace(0, 2 * np.pi, SIDES)
    circle = sigmas * np.stack([np.cos(angle), np.sin(angle)])
    # A point of the unit circle, mapped by a root of the covariance, is one deviation away.
    line = centre[:, None] + np.linalg.cholesky(matrix) @ circle
    with style():
        checked(axes).plot(*line, color=colour, lw=width, label=label)
