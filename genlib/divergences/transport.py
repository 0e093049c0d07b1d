"""Wasserstein distances: what it costs to carry one distribution to another."""

import math
from dataclasses import dataclass
from numbers import Real

import torch
from torch import Tensor

from genlib.divergences.arguments import check_floats
from genlib.divergences.tables import check_tables


@dataclass(frozen=True)
class Transport:
    """The cheapest way to carry ``p`` to ``q``, and the proof that there is no cheaper one.

    Attributes:
        cost: a scalar: the cost of the plan, which is also ``p @ source + q @ target``.
        plan: mass carried from place i to place j, ``(n, m)``; rows sum to p, columns to q.
        source: dual price of a unit of mass at each place of p, ``(n,)``.
        target: the same for q, ``(m,)``; ``source[i] + target[j] <= costs[i, j]`` everywhere.
    """

    cost: Tensor
    plan: Tensor
    source: Tensor
    target: Tensor


def optimal_transport(p: Tensor, q: Tensor, costs: Tensor) -> Transport:
    r"""Solve the linear program of optimal transport between two small tables.

    .. math::

        \min_{\pi \ge 0} \sum_{ij} \pi_{ij} c_{ij}
        \quad \text{with} \quad \sum_j \pi_{ij} = p_i, \; \sum_i \pi_{ij} = q_j .

    With the distance as cost the value is the Wasserstein distance of order 1, in the units of
    the distance. It takes n * m unknowns: meant for hundreds of places, not for thousands.

    Args:
        p: probabilities of the n places that mass leaves.
        q: probabilities of the m places that it goes to.
        costs: ``costs[i, j]``, what a unit of mass pays from i to j, ``(n, m)``.

    Returns:
        float64 on the CPU, where the program is solved; without gradients.

    Raises:
        ValueError: if a table is no distribution, a cost is not finite, or the shapes do not fit
            together.

    Source: Kantorovich (1942); Peyre and Cuturi (2019), https://arxiv.org/abs/1803.00567,
    chapter 3. Chapter: "Divergences".
    """
    from scipy.optimize import linprog
    from scipy.sparse import eye, kron, vstack

    _check_program(p, q, costs)
    p, q, costs = (tensor.detach().cpu().double() for tensor in (p, q, costs))
    n, m = costs.shape
    sums = vstack([kron(eye(n), [[1.0] * m]), kron([[1.0] * n], eye(m))])
    masses = torch.cat([p / p.sum(), q / q.sum()])
    solved = linprog(costs.flatten().numpy(), A_eq=sums, b_eq=masses.numpy())
    if not solved.success:
        raise RuntimeError(f"the linear program was not solved: {solved.message}")
    prices = torch.from_numpy(solved.eqlin.marginals)
    plan = torch.from_numpy(solved.x).view(n, m)
    return Transport(torch.tensor(solved.fun).double(), plan, prices[:n], prices[n:])


def _check_program(p: Tensor, q: Tensor, costs: Tensor) -> None:
    check_tables(p, p, 1.0)
    check_tables(q, q, 1.0)
    check_floats(p=p, q=q, costs=costs)
    if p.ndim != 1 or q.ndim != 1 or costs.shape != (len(p), len(q)):
        raise ValueError(
            f"p is {tuple(p.shape)}, q {tuple(q.shape)} and costs {tuple(costs.shape)}; "
            "wanted (n,), (m,) and (n, m)"
        )
    if not costs.isfinite().all():
        raise ValueError("costs has entries that are not finite, wanted finite numbers")


def wasserstein(p: Tensor, q: Tensor, points: Tensor, cell: float = 1.0) -> Tensor:
    r"""Return the Wasserstein distance of order 1 of two tables on the line.

    .. math:: W_1(p, q) = \int |F_p(x) - F_q(x)| \, dx

    with the distribution functions of p and q: what stands to the left of x in one and not in the
    other has to pass x.

    Args:
        p: probabilities (or densities on a grid), ``(..., n)``.
        q: the same for the other distribution.
        points: where they stand, ascending, ``(n,)``.
        cell: length of a grid cell; 1 for probabilities.

    Returns:
        a distance in the units of ``points``, ``(...)``.

    Raises:
        ValueError: as :py:func:`kl`, or if ``points`` do not ascend or are not n.
    """
    check_tables(p, q, cell)
    _check_points(points, p.shape[-1])
    passing = (p - q).cumsum(-1)[..., :-1].abs() * cell
    return (passing * points.diff()).sum(-1)


def _check_points(points: Tensor, n: int) -> None:
    wanted = f"wanted {n} ascending numbers, all finite"
    if not isinstance(points, Tensor):
        raise ValueError(f"points is {type(points).__name__}, {wanted}")
    if points.shape != (n,):
        raise ValueError(f"points is {tuple(points.shape)}, {wanted}")
    if not points.isfinite().all() or not (points.diff() > 0).all():
        raise ValueError(f"points do not ascend, {wanted}")


def wasserstein_samples(x: Tensor, y: Tensor, power: float = 1.0) -> Tensor:
    r"""Return the Wasserstein distance of two sets of numbers, exactly.

    .. math:: W_k(x, y) = \Big( \int_0^1 |F^{-1}(u) - G^{-1}(u)|^k \, du \Big)^{1/k}

    with the quantile functions of the two sets: on the line the best plan keeps the order, so
    sorting finds it.

    Args:
        x: numbers, ``(m,)``.
        y: numbers, ``(n,)``.
        power: the order k, at least 1.

    Returns:
        a distance in the units of the numbers; a scalar, differentiable in both.

    Raises:
        ValueError: if the arguments are not floats of one axis, or ``power`` is not finite or
            below 1.

    Source: Peyre and Cuturi (2019), https://arxiv.org/abs/1803.00567, remark 2.28.
    Chapter: "Divergences".
    """
    _check_numbers(x, y, power)
    m, n = len(x), len(y)
    ends = torch.cat([torch.arange(m + 1) * n, torch.arange(n + 1) * m]).unique()  # in 1 / (m n)
    widths = (ends.diff().double() / (m * n)).to(x)
    at = ends[:-1].to(x.device)  # each piece lies within one quantile of x and one of y
    gaps = (x.sort().values[at // n] - y.sort().values[at // m]).abs()
    # In units of the largest gap no power overflows or vanishes. Where all gaps are 0 the root is
    # taken of 1, since at 0 its slope is infinite.
    largest = gaps.detach().max()
    same = largest == 0
    total = (widths * (gaps / (largest + same)) ** power).sum() + same
    return largest * total ** (1 / power)


def _check_numbers(x: Tensor, y: Tensor, power: float) -> None:
    check_floats(x=x, y=y)
    for name, numbers in {"x": x, "y": y}.items():
        if numbers.ndim != 1 or len(numbers) == 0:
            raise ValueError(
                f"{name} is {tuple(numbers.shape)} {numbers.dtype}, wanted floats (n,)"
            )
    number = isinstance(power, Real) and not isinstance(power, bool)
    if not number or not 1 <= power < math.inf:
        raise ValueError(f"power={power!r}, wanted a finite number of at least 1")
