"""Steps of a flow: log-determinants by autograd, inverses, densities that integrate to one."""

import math

import pytest
import torch
from torch.autograd.functional import jacobian

from genlib.transforms import InverseAutoregressive, Planar


def step(kind: type, size: int = 4) -> torch.nn.Module:
    """Return a step that is far from the identity."""
    torch.manual_seed(0)
    made = kind(size).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(std=0.5)
    return made


@pytest.mark.parametrize("kind", [Planar, InverseAutoregressive])
def test_log_determinant_is_autograd_s(kind: type) -> None:
    made = step(kind)
    z, context = 2 * torch.randn(30, 4).double(), 2 * torch.randn(30, made.context).double()
    _, found = made(z, context)
    exact = torch.stack(
        [
            torch.linalg.slogdet(jacobian(lambda a, c=c: made(a, c)[0], point)).logabsdet
            for point, c in zip(z, context, strict=True)
        ]
    )
    assert torch.allclose(found, exact, atol=1e-9)
    assert found.std() > 0.1  # it is no constant


def test_planar_steps_keep_their_orientation_for_any_context() -> None:
    torch.manual_seed(0)
    made = Planar(3).double()
    z, context = 5 * torch.randn(50_000, 3).double(), 10 * torch.randn(50_000, 7).double()
    log_det = made(z, context)[1]
    assert torch.isfinite(log_det).all()  # 1 + h' w u > 0: never a fold


def test_a_planar_step_without_a_direction_is_harmless() -> None:
    made, z = Planar(3), torch.randn(5, 3)
    moved, log_det = made(z, torch.zeros(5, 7, requires_grad=True))
    assert torch.equal(moved, z)
    assert torch.equal(log_det, torch.zeros(5))


def test_inverse_autoregressive_step_is_inverted() -> None:
    made = step(InverseAutoregressive)
    z, context = torch.randn(6, 4).double(), torch.randn(6, 4).double()
    assert torch.allclose(made.inverse(made(z, context)[0], context), z, atol=1e-9)


def test_inverse_autoregressive_step_is_triangular() -> None:
    made, context = step(InverseAutoregressive), torch.randn(4).double()
    matrix = jacobian(lambda z: made(z, context)[0], torch.randn(4).double())
    assert (matrix.triu(1) == 0).all()
    assert (matrix.tril(-1).abs().sum() > 0).all()


def test_inverse_autoregressive_step_starts_near_the_identity() -> None:
    made, z = InverseAutoregressive(4), torch.randn(5, 4)
    moved, log_det = made(z, torch.randn(5, 4))
    gate = 1 / (1 + math.exp(-2))
    assert torch.allclose(moved, gate * z)
    assert torch.allclose(log_det, torch.tensor(4 * math.log(gate)))


@torch.no_grad()
def test_a_bent_density_integrates_to_one() -> None:
    made, context = step(InverseAutoregressive, 2), torch.tensor([0.7, -0.4]).double()
    axis = torch.linspace(-12, 12, 601).double()
    points = torch.cartesian_prod(axis, axis)
    source = made.inverse(points, context)
    log_q = -0.5 * source.square().sum(-1) - math.log(2 * math.pi) - made(source, context)[1]
    assert abs(log_q.exp().sum() * (axis[1] - axis[0]) ** 2 - 1) < 1e-3


@pytest.mark.parametrize("kind", [Planar, InverseAutoregressive])
def test_points_do_not_see_each_other_and_leading_dimensions_are_free(kind: type) -> None:
    made = step(kind)
    z, context = torch.randn(7, 3, 4).double(), torch.randn(3, made.context).double()
    moved, log_det = made(z, context)
    alone, log_det_alone = made(z[5, 1], context[1])
    assert torch.allclose(moved[5, 1], alone)
    assert torch.allclose(log_det[5, 1], log_det_alone)
