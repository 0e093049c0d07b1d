"""Transport: plans by hand, duality, the line against the linear program, refusals."""

import math

import pytest
import torch

from genlib.divergences import optimal_transport, wasserstein, wasserstein_samples
from tests.divergences.tables import random_tables, table


def distances(x: torch.Tensor) -> torch.Tensor:
    return (x[:, None] - x).abs()


def test_a_plan_by_hand():
    # half the mass moves one place on, or the half at 0 moves two: both cost 1 = 2 * 1/2
    p, q = table(0.5, 0.5, 0.0), table(0.0, 0.5, 0.5)
    solved = optimal_transport(p, q, distances(table(0.0, 1.0, 2.0)))
    assert solved.cost.item() == pytest.approx(1.0)
    torch.testing.assert_close(solved.plan.sum(1), p)
    torch.testing.assert_close(solved.plan.sum(0), q)


def test_the_dual_proves_the_plan():
    torch.manual_seed(0)
    p, q = torch.softmax(torch.randn(12).double(), 0), torch.softmax(torch.randn(9).double(), 0)
    costs = torch.cdist(torch.randn(12, 2).double(), torch.randn(9, 2).double())
    solved = optimal_transport(p, q, costs)
    torch.testing.assert_close(p @ solved.source + q @ solved.target, solved.cost)
    torch.testing.assert_close((solved.plan * costs).sum(), solved.cost)
    slack = costs - solved.source[:, None] - solved.target
    assert slack.min() > -1e-9
    assert (solved.plan * slack).abs().max() < 1e-9  # mass goes only where the price is the cost


def test_on_the_line_the_program_agrees_with_the_distribution_functions():
    p, q = random_tables(20)
    points = table(-2.0, -1.5, 0.0, 0.1, 1.0, 3.0, 3.5)
    pairs = zip(p, q, strict=True)
    programs = torch.stack([optimal_transport(a, b, distances(points)).cost for a, b in pairs])
    torch.testing.assert_close(wasserstein(p, q, points), programs)


def test_wasserstein_is_a_metric_and_sees_distance():
    p, q = random_tables(50)
    points = torch.arange(7).double()
    torch.testing.assert_close(wasserstein(p, q, points), wasserstein(q, p, points))
    direct, detour = wasserstein(p, p.roll(1, 0), points), wasserstein(p, q, points)
    assert (direct <= detour + wasserstein(q, p.roll(1, 0), points) + 1e-12).all()
    one, two, seven = torch.eye(7).double()[[0, 1, 6]]
    assert wasserstein(one, two, points) == 1
    assert wasserstein(one, seven, points) == 6


def test_densities_on_a_grid():
    x = torch.linspace(-9, 9, 3601, dtype=torch.float64)
    bells = [torch.exp(-((x - m) ** 2) / 2) / math.sqrt(2 * math.pi) for m in (-1.0, 1.5)]
    assert wasserstein(*bells, x, (x[1] - x[0]).item()).item() == pytest.approx(2.5, abs=1e-6)


def test_samples_against_the_program_with_unequal_numbers():
    torch.manual_seed(0)
    x, y = torch.randn(6).double(), torch.randn(4).double()
    evenly = [torch.full((n,), 1 / n).double() for n in (6, 4)]
    program = optimal_transport(*evenly, (x[:, None] - y).abs()).cost
    torch.testing.assert_close(wasserstein_samples(x, y), program)
    squares = optimal_transport(*evenly, (x[:, None] - y) ** 2).cost
    torch.testing.assert_close(wasserstein_samples(x, y, 2), squares.sqrt())


def test_samples_of_two_gaussians_come_near_the_closed_form():
    # order 2: sqrt((difference of means)^2 + (difference of deviations)^2)
    torch.manual_seed(0)
    x, y = torch.randn(200_000), 2 + 3 * torch.randn(200_000)
    assert wasserstein_samples(x, y, 2).item() == pytest.approx(math.sqrt(8), abs=0.05)


def test_the_gradient_moves_samples_towards_the_others():
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    wasserstein_samples(x, torch.tensor([5.0, 9.0])).backward()
    assert x.grad.tolist() == [-0.5, -0.5]


def test_refusals():
    p, q = table(0.5, 0.5), table(0.25, 0.75)
    with pytest.raises(ValueError, match=r"costs \(3, 2\)"):
        optimal_transport(p, q, torch.zeros(3, 2))
    with pytest.raises(ValueError, match=r"sums to 0\.9"):
        optimal_transport(p, table(0.5, 0.4), torch.zeros(2, 2))
    with pytest.raises(ValueError, match="2 ascending numbers"):
        wasserstein(p, q, table(1.0, 0.0))
    with pytest.raises(ValueError, match=r"y is \(0,\)"):
        wasserstein_samples(torch.zeros(2), torch.zeros(0))
    with pytest.raises(ValueError, match="power=0"):
        wasserstein_samples(torch.zeros(2), torch.zeros(2), 0)
