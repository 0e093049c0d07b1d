"""Two densities that are no mixtures of Gaussians: a twisted one and a flat one."""

import math

import torch
from torch import Tensor

from genlib.data.arguments import check_finite, check_positive, check_whole
from genlib.data.densities import Density
from genlib.data.mixtures import Mixture

MOST = 100_000  # Gaussians: more would fill the memory, and mean a number in other units


class Pinwheel(Density):
    r"""Gaussian blades about the origin, turned further the further out they reach.

    With R(a) the rotation by the angle a, a draw f of the blades becomes ``x = R(t |f|) f``. The
    map keeps every length and every area, so its Jacobian determinant is 1 and

    .. math:: p(x) = p_{\text{blades}}\bigl(R(-t \lVert x \rVert)\, x\bigr)

    Derived in the chapter on normalising flows. Since a turn by 2 pi / n changes nothing, the mean
    is zero and the covariance a multiple of the identity, the same as that of the blades.

    Args:
        blades: equal Gaussians around the origin that a turn by 2 pi / n, n at least 3, maps onto
            themselves, one of them on the first axis (see ``blades``).
        twist: t, radians per unit of length.

    Raises:
        ValueError: blades that are no such mixture, or a twist that is not finite.
    """

    def __init__(self, blades: Mixture, twist: float) -> None:
        """Keep the blades; the moments follow from their symmetry."""
        _check_blades(blades)
        check_finite(twist=twist)
        self.blades, self.twist = blades, twist
        self.mean, self.covariance = torch.zeros_like(blades.mean), blades.covariance
        reach = blades.bounds.abs().max()
        self.bounds = torch.stack([-reach.expand(2), reach.expand(2)])

    def _log_prob(self, x: Tensor) -> Tensor:
        return self.blades.log_prob(_turned(x, -self.twist))

    def _sample(self, n: int, generator: torch.Generator | None) -> Tensor:
        return _turned(self.blades.sample(n, generator, dtype=torch.float64), self.twist)


class Checkerboard(Density):
    r"""Uniform on the squares of one colour of a board about the origin.

    .. math:: p(x) = 1 / A \text{ on those squares}, \quad 0 \text{ elsewhere}

    where A is their area; each square owns its lower and left edges.

    Args:
        squares: how many squares a side has, at least 2 and at most 300.
        side: the length of a square's side.

    Raises:
        ValueError: too few or too many squares, or a side that is not positive.
    """

    def __init__(self, squares: int = 4, side: float = 1.0) -> None:
        """List the lower left corners of the squares of the lower left one's colour."""
        check_whole(2, squares=squares)
        check_positive(side=side)
        check_many(squares**2, squares=squares)
        self.squares, self.side = squares, side
        cells = torch.cartesian_prod(torch.arange(squares), torch.arange(squares))
        cells = cells[cells.sum(1) % 2 == 0].double()
        self._corners = (cells - squares / 2) * side
        centres = self._corners + side / 2
        self.mean = centres.mean(0)
        self.covariance = torch.cov(centres.T, correction=0) + torch.eye(2).double() * side**2 / 12
        half = torch.full((2,), squares * side / 2, dtype=torch.float64)
        self.bounds = torch.stack([-half, half])

    def score(self, x: Tensor) -> Tensor:
        """Return zeros on the squares and NaN elsewhere, where there is no score: (..., 2)."""
        inside = self.log_prob(x).isfinite().unsqueeze(-1)
        return torch.zeros_like(x).where(inside, torch.nan)

    def _log_prob(self, x: Tensor) -> Tensor:
        cell = (x / self.side + self.squares / 2).floor()
        on_board = ((cell >= 0) & (cell < self.squares)).all(-1)
        inside = on_board & (cell.sum(-1) % 2 == 0)
        level = -math.log(len(self._corners) * self.side**2)
        log_p = torch.where(inside, level, -torch.inf).to(x.dtype)
        return log_p.masked_fill(x.isnan().any(-1), torch.nan)

    def _sample(self, n: int, generator: torch.Generator | None) -> Tensor:
        where = generator.device if generator else "cpu"
        k = torch.randint(len(self._corners), (n,), generator=generator, device=where)
        place = torch.rand(n, 2, generator=generator, device=where, dtype=torch.float64)
        return self._corners.to(where)[k] + self.side * place


def polar(radius: Tensor, angle: Tensor) -> Tensor:
    """Return the points with these polar coordinates: (...) and (...) to (..., 2)."""
    return torch.stack([radius * angle.cos(), radius * angle.sin()], -1)


def blades(n: int, radius: float, length: float, width: float) -> Mixture:
    """Return n equal Gaussians about a circle, the first on the first axis.

    Args:
        n: how many.
        radius: of the circle of their means.
        length: standard deviation along the radius.
        width: standard deviation across it.

    Raises:
        ValueError: n is not a whole number from 1 to 100,000, or another is not positive.
    """
    check_whole(1, n=n)
    check_positive(radius=radius, length=length, width=width)
    check_many(n, n=n)
    angles = 2 * math.pi * torch.arange(n, dtype=torch.float64) / n
    one = torch.ones_like(angles)
    out, across = polar(one, angles), polar(one, angles + math.pi / 2)
    covariances = length**2 * _squared(out) + width**2 * _squared(across)
    return Mixture(one, radius * out, covariances)


def check_many(parts: float, /, **cause: object) -> None:
    """Raise ``ValueError`` where an argument asks for more parts than fit in memory."""
    if parts > MOST:
        ((name, value),) = cause.items()
        raise ValueError(f"{name}={value!r} asks for {parts:,.0f} parts, wanted at most {MOST:,}")


def _check_blades(blades: Mixture) -> None:
    """Refuse what a turn by a part of the circle would change: the moments must not feel one."""
    if not isinstance(blades, Mixture) or blades.dim != 2 or len(blades.means) < 3:
        raise ValueError("a pinwheel has at least 3 blades: wanted a Mixture in the plane")
    uneven = blades.covariance - blades.covariance.trace() / 2 * torch.eye(2)
    if max(blades.mean.abs().max(), uneven.abs().max()) > 1e-6 * blades.bounds.abs().max():
        raise ValueError("the blades of a pinwheel are equal and evenly about zero")


def _squared(directions: Tensor) -> Tensor:
    return directions.unsqueeze(2) * directions.unsqueeze(1)


def _turned(x: Tensor, twist: float) -> Tensor:
    angle = twist * x.norm(dim=-1)
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos * x[..., 0] - sin * x[..., 1], sin * x[..., 0] + cos * x[..., 1]], -1)
