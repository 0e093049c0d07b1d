"""Hamiltonian Monte Carlo: volume, way back, order of the error, balance."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, Normal

from genlib.metrics.likelihood.hamiltonian import Hamiltonian


def gaussian(*scales: float, rows: int = 1, mean: float = 0.0) -> Independent:
    """N(mean, diag(scales^2)) for each of some rows, in float64."""
    spread = torch.tensor(scales, dtype=torch.float64).expand(rows, -1)
    return Independent(Normal(torch.full_like(spread, mean), spread), 1)


def quartic(z: Tensor) -> Tensor:
    """An unnormalised log-density with two modes, which no Gaussian resembles."""
    return -(z.square() - 1).square().sum(-1) - 0.3 * z.prod(-1)


def mover(leaps: int = 3, units: float = 1.0) -> Hamiltonian:
    scales = torch.tensor([[units, 0.5 * units]], dtype=torch.float64)
    return Hamiltonian(quartic, gaussian(1.0, 2.0), scales, leaps)


def energy(place: object, momentum: Tensor, beta: float) -> Tensor:
    return 0.5 * momentum.square().sum(-1) - place.log_density(beta)


def test_slopes_are_those_of_the_path() -> None:
    z = torch.tensor([[[0.3, -1.2]]], dtype=torch.float64)
    place = mover().visit(z)
    wanted = z.clone().requires_grad_()
    density = 0.7 * gaussian(1.0, 2.0).log_prob(wanted) + 0.3 * quartic(wanted)
    torch.testing.assert_close(place.log_density(0.3), density.detach())
    torch.testing.assert_close(place.slope(0.3), torch.autograd.grad(density.sum(), wanted)[0])


def test_a_leapfrog_step_by_hand() -> None:
    found = Hamiltonian(lambda z: -2 * z.square().sum(-1), gaussian(1.0), torch.ones(1, 1), 1)
    place = found.visit(torch.tensor([[[1.0]]]).double())
    end, momentum = found.leapfrog(
        place, torch.tensor([[[0.5]]]).double(), 1.0, torch.full((1, 1), 0.1)
    )
    # v = .5 - .05 * 4 = .3, z = 1.03, v = .3 - .05 * 4.12
    assert end.z.item() == pytest.approx(1.03)
    assert momentum.item() == pytest.approx(0.3 - 0.206)


def test_the_way_back_leads_home() -> None:
    torch.manual_seed(0)
    found, momentum = mover(leaps=7), torch.randn(5, 1, 2).double()
    place, step = found.visit(torch.randn(5, 1, 2).double()), 0.1 + 0.1 * torch.rand(5, 1)
    end, last = found.leapfrog(place, momentum, 0.6, step)
    home, first = found.leapfrog(end, -last, 0.6, step)
    torch.testing.assert_close(home.z, place.z)
    torch.testing.assert_close(-first, momentum)
    assert (end.z - place.z).abs().min() > 1e-3


def test_volumes_are_kept() -> None:
    found = mover(leaps=4)

    def flow(state: Tensor) -> Tensor:
        z, momentum = state[:2].reshape(1, 1, 2), state[2:].reshape(1, 1, 2)
        # The steps by hand: places of the class carry no gradient.
        stride = 0.25 * found.units
        for _ in range(found.leaps):
            momentum = momentum + 0.5 * stride * slope(z)
            z = z + stride * momentum
            momentum = momentum + 0.5 * stride * slope(z)
        return torch.cat([z.flatten(), momentum.flatten()])

    def slope(z: Tensor) -> Tensor:
        with torch.enable_grad():
            z = z if z.requires_grad else z.requires_grad_()
            return torch.autograd.grad(quartic(z).sum(), z, create_graph=True)[0]

    state = torch.tensor([0.3, -1.2, 0.5, 0.8], dtype=torch.float64)
    place = found.visit(state[:2].reshape(1, 1, 2))
    end, last = found.leapfrog(place, state[2:].reshape(1, 1, 2), 1.0, torch.full((1, 1), 0.25))
    with torch.enable_grad():
        jacobian = torch.autograd.functional.jacobian(flow, state)
        there = flow(state)
    torch.testing.assert_close(torch.cat([end.z.flatten(), last.flatten()]), there.detach())
    assert torch.linalg.det(jacobian).item() == pytest.approx(1, abs=1e-9)


def test_the_energy_error_falls_with_the_square_of_the_step() -> None:
    torch.manual_seed(0)
    momentum, z = torch.randn(50, 1, 2).double(), torch.randn(50, 1, 2).double()
    errors = []
    for leaps in (20, 40, 80):
        found = mover(leaps)
        place = found.visit(z)
        end, last = found.leapfrog(place, momentum, 0.6, torch.full((50, 1), 1.0 / leaps).double())
        change = energy(end, last, 0.6) - energy(place, momentum, 0.6)
        errors.append(change.abs().mean().item())
    for coarse, fine in pairwise(errors):
        assert coarse / fine == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize("leaps", [1, 3])
def test_moves_leave_the_density_as_it_is(leaps: int) -> None:
    # From exact draws of N(0, s^2) with large steps: moments stay, and many moves are refused.
    torch.manual_seed(0)
    target = gaussian(0.5, 2.0)
    found = Hamiltonian(target.log_prob, gaussian(1.0, 1.0), torch.ones(1, 2).double(), leaps)
    place = found.visit(target.sample((20_000,)))
    step = torch.full((20_000, 1), 0.8)
    for _ in range(3):
        place, chance = found.move(place, 1.0, step)
    assert 0.3 < chance.mean() < 0.9
    for power, moments in ((2, (0.25, 4.0)), (4, (3 * 0.5**4, 3 * 2.0**4))):
        values = place.z[:, 0] ** power
        error = values.std(0) / math.sqrt(20_000)
        assert ((values.mean(0) - torch.tensor(moments)).abs() < 4 * error).all()


def test_moves_find_the_density_from_elsewhere() -> None:
    torch.manual_seed(0)
    found = Hamiltonian(quartic, gaussian(1.0, 1.0), torch.ones(1, 2).double(), 2)
    place = found.visit(3 + torch.zeros(4000, 1, 2).double())
    for _ in range(80):
        place, _chance = found.move(place, 1.0, 0.3 * (0.8 + 0.4 * torch.rand(4000, 1)))
    axis = torch.linspace(-3, 3, 301).double()
    grid = torch.cartesian_prod(axis, axis)
    weight = quartic(grid).softmax(0)
    for value in (lambda z: z.square(), lambda z: z.prod(-1, keepdim=True)):
        wanted = (weight[:, None] * value(grid)).sum(0)
        got = value(place.z[:, 0])
        assert ((got.mean(0) - wanted).abs() < 5 * got.std(0) / math.sqrt(4000)).all()


def test_a_path_into_nowhere_is_refused() -> None:
    def walled(z: Tensor) -> Tensor:
        return torch.log(1 - z.square()).sum(-1)  # not a number beyond 1

    torch.manual_seed(0)
    found = Hamiltonian(walled, gaussian(1.0), torch.ones(1, 1).double(), 2)
    place = found.visit(0.9 * torch.ones(50, 1, 1).double())
    moved, chance = found.move(place, 1.0, torch.full((50, 1), 5.0))
    assert (chance[~(moved.z != place.z).squeeze(-1)] < 1).all()
    assert moved.target.isfinite().all()
    assert moved.target_slope.isfinite().all()
    assert (chance == 0).any()
