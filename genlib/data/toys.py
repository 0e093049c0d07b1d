"""Toys: densities in one or two dimensions, known exactly, that show where a model goes wrong.

Each function returns a :py:class:`~genlib.data.Density` with ``log_prob(x)`` in nats,
``sample(n)``, ``score(x)``, ``mean``, ``covariance`` and ``bounds``; the mixtures of Gaussians
also have ``modes``. Each raises ``ValueError`` for a number that makes no such density.
"""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from genlib.data.arguments import check_finite, check_positive, check_whole
from genlib.data.mixtures import Mixture
from genlib.data.shapes import Checkerboard, Pinwheel, blades, check_many, polar

__all__ = [
    "checkerboard",
    "grid",
    "mixture_1d",
    "pinwheel",
    "ring",
    "spiral",
    "two_moons",
    "world",
]


def world() -> Mixture:
    """Return the book's transparent world: three unequal Gaussians in the plane, mean zero.

    One is wide and leans one way, one is narrow and leans the other, one is small and round; they
    have 50, 30 and 20 % of the probability. Every family of models is trained on it once.
    """
    covariances = [
        [[0.30, 0.18], [0.18, 0.30]],
        [[0.25, -0.15], [-0.15, 0.12]],
        [[0.06, 0.00], [0.00, 0.06]],
    ]
    means = [[-1.4, -0.4], [1.0, 1.6], [2.0, -1.4]]
    return Mixture(_doubles([0.5, 0.3, 0.2]), _doubles(means), _doubles(covariances))


def ring(n: int = 8, radius: float = 2.0, scale: float = 0.02) -> Mixture:
    """Return n equal Gaussians of standard deviation ``scale``, evenly on a circle.

    L. Metz, B. Poole, D. Pfau and J. Sohl-Dickstein, Unrolled generative adversarial networks,
    2017, https://arxiv.org/abs/1611.02163. Used in the chapter on how GANs fail.
    """
    check_positive(radius=radius, scale=scale)
    return blades(n, radius, scale, scale)


def grid(n: int = 5, spacing: float = 2.0, scale: float = 0.05) -> Mixture:
    """Return n x n equal Gaussians of standard deviation ``scale`` on a square grid about zero.

    Z. Lin, A. Khetan, G. Fanti and S. Oh, PacGAN, 2018, https://arxiv.org/abs/1712.04086. Used
    in the chapter on how GANs fail.
    """
    check_whole(1, n=n)
    check_positive(spacing=spacing, scale=scale)
    check_many(n**2, n=n)
    ticks = spacing * (torch.arange(n, dtype=torch.float64) - (n - 1) / 2)
    return _round(torch.cartesian_prod(ticks, ticks), scale)


def two_moons(scale: float = 0.1) -> Mixture:
    """Return two interlocking half circles of radius 1, blurred by Gaussian noise.

    The usual recipe draws a point evenly on one of the arcs and adds noise of standard deviation
    ``scale``; its density has no closed form. Here an arc is a row of points, neighbours at most
    one ``scale`` apart: a mixture of Gaussians, in closed form, whose ripple along the arc is below
    one part in ten million.

    After scikit-learn's ``make_moons``,
    https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_moons.html.
    """
    check_positive(scale=scale)
    check_many(math.pi / scale, scale=scale)
    angle = math.pi * _middles(math.pi / scale)
    upper = polar(torch.ones_like(angle), angle)
    return _round(torch.cat([upper, _doubles([1.0, 0.5]) - upper]), scale)


def spiral(arms: int = 2, turns: float = 1.5, radius: float = 3.0, scale: float = 0.1) -> Mixture:
    """Return spiral arms from the origin out to ``radius``, blurred by Gaussian noise.

    Along an arm the radius is proportional to the angle. Its points are spread evenly over the
    square of the angle, which but for the centre is evenly over the length, neighbours about one
    ``scale`` apart; as for :py:func:`two_moons`, a mixture of Gaussians in closed form.

    The two-armed one is used by W. Grathwohl et al., FFJORD, 2019,
    https://arxiv.org/abs/1810.01367.
    """
    check_whole(1, arms=arms)
    check_positive(turns=turns, radius=radius, scale=scale)
    least = math.pi * turns * radius / scale
    check_many(arms * least, scale=scale)
    out = _middles(least).sqrt()
    starts = 2 * math.pi * torch.arange(arms, dtype=torch.float64).unsqueeze(1) / arms
    points = polar(radius * out.expand(arms, -1), 2 * math.pi * turns * out + starts)
    return _round(points.flatten(0, 1), scale)


def checkerboard(squares: int = 4, side: float = 1.0) -> Checkerboard:
    """Return the uniform density on the squares of one colour of a board about the origin.

    Its log-density is minus infinity off the squares, its edges are hard: the test of a smooth
    model. Used by W. Grathwohl et al., FFJORD, 2019, https://arxiv.org/abs/1810.01367.
    """
    return Checkerboard(squares, side)


def pinwheel(
    n: int = 5,
    radius: float = 2.0,
    length: float = 0.6,
    width: float = 0.1,
    twist: float = 0.5,
) -> Pinwheel:
    """Return n Gaussian blades about the origin, each turned further the further out it reaches.

    The classical pinwheel turns a point by an angle that depends on its coordinate along the
    blade; that map has no closed inverse. Here the angle is ``twist`` times the distance from the
    origin, so that the density follows exactly by a change of variables
    (``genlib.data.shapes.Pinwheel``).

    After M. Johnson et al., Composing graphical models with neural networks, 2016,
    https://arxiv.org/abs/1603.06277.
    """
    check_whole(3, n=n)
    check_positive(radius=radius, length=length, width=width)
    return Pinwheel(blades(n, radius, length, width), twist)


def mixture_1d(
    weights: Sequence[float] = (0.3, 0.7),
    means: Sequence[float] = (-2.0, 1.5),
    scales: Sequence[float] = (0.5, 1.0),
) -> Mixture:
    """Return a mixture of Gaussians on the line; x has shape (..., 1).

    Args:
        weights: K positive numbers, normalised to sum to 1.
        means: K numbers.
        scales: K standard deviations.
    """
    weights, means, scales = _listed(weights=weights, means=means, scales=scales)
    variances = _doubles(scales).square().reshape(-1, 1, 1)
    return Mixture(_doubles(weights), _doubles(means).unsqueeze(1), variances)


def _listed(**given: Iterable[float]) -> list[list[float]]:
    """Return sequences as lists of one length, of finite numbers; all but the means positive."""
    lists = []
    for name, values in given.items():
        if not isinstance(values, Iterable) or isinstance(values, str | bytes | dict):
            raise ValueError(f"{name}={values!r}: wanted a sequence of numbers")
        lists.append(values.tolist() if hasattr(values, "tolist") else list(values))
        check = check_finite if name == "means" else check_positive
        check(**{f"{name}[{i}]": value for i, value in enumerate(lists[-1])})
    lengths = {name: len(values) for name, values in zip(given, lists, strict=True)}
    if len(set(lengths.values())) > 1 or not lists[0]:
        raise ValueError(f"wanted as many weights as means and scales; these are {lengths}")
    return lists


def _middles(least: float) -> Tensor:
    """Return the middles of equal parts of [0, 1], of at least so many parts."""
    n = math.ceil(least)
    return (torch.arange(n, dtype=torch.float64) + 0.5) / n


def _round(means: Tensor, scale: float) -> Mixture:
    k, d = means.shape
    covariance = scale**2 * torch.eye(d, dtype=torch.float64)
    return Mixture(torch.ones(k), means, covariance.expand(k, d, d))


def _doubles(numbers: Sequence) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)
