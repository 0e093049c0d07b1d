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


@pytest.mark.parametrize("scale", [1e-30, 1e-5, 1.0, 1e25])
@pytest.mark.parametrize("power", [1.0, 2.0, 10.0])
def test_samples_in_any_unit(scale, power):
    x, y = scale * torch.tensor([0.0, 1.0]), scale * torch.tensor([3.0, 4.0])
    assert wasserstein_samples(x, y, power).item() == pytest.approx(3 * scale)


def test_samples_far_from_zero_in_float32():
    torch.manual_seed(0)
    x, y = torch.randn(2, 500).unbind()
    x, y = x + 1e4, 2 * y + 1e4
    wanted = wasserstein_samples(x.double(), y.double(), 2).item()
    assert wasserstein_samples(x, y, 2).item() == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
def test_equal_samples_are_no_distance_apart_and_have_no_slope(power):
    x = torch.tensor([1.0, 3.0], requires_grad=True)
    distance = wasserstein_samples(x, torch.tensor([3.0, 1.0]), power)
    distance.backward()
    assert distance.item() == 0
    assert x.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("power", [math.nan, math.inf, True, "2", None])
def test_powers_that_are_none_are_refused(power):
    with pytest.raises(ValueError, match=r"power=.*wanted a finite number of at least 1"):
        wasserstein_samples(torch.zeros(2), torch.zeros(2), power)


@pytest.mark.parametrize("bad", [[0.0, 1.0], 0.0, None])
def test_samples_that_are_no_tensors_are_refused(bad):
    with pytest.raises(ValueError, match="x is "):
        wasserstein_samples(bad, torch.zeros(2))


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        (torch.full((2, 2), math.nan), "finite"),
        (torch.tensor([[0.0, math.inf], [1.0, 0.0]]), "finite"),
        ([[0.0, 1.0], [1.0, 0.0]], "costs is list"),
        (torch.zeros(2, 2).long(), "int64"),
    ],
)
def test_costs_that_are_none_are_refused(costs, message):
    with pytest.raises(ValueError, match=message):
        optimal_transport(table(0.5, 0.5), table(0.5, 0.5), costs)


def test_a_plan_for_tables_that_carry_gradients():
    p = table(0.5, 0.5).requires_grad_()
    solved = optimal_transport(p, table(0.0, 1.0), torch.tensor([[0.0, 3.0], [3.0, 0.0]]))
    assert solved.cost.item() == pytest.approx(1.5)


@pytest.mark.parametrize(
    "points", [[0.0, 1.0], table(0.0, math.nan), table(0.0, math.inf), table(0.0, 0.0), None]
)
def test_points_that_do_not_ascend_are_refused(points):
    with pytest.raises(ValueError, match="2 ascending numbers"):
        wasserstein(table(0.5, 0.5), table(0.25, 0.75), points)


def test_sets_of_doubles_are_compared_to_their_last_digits() -> None:
    x = (torch.arange(1000).double() + 0.5) / 1000
    assert abs(wasserstein_samples(x, 3 + 2 * x) - 3.5) < 1e-12  # a quantile u goes to 3 + 2u
