"""Transforms with a context: inverse, log-determinants by autograd, no leaks; their own traits."""

import math

import pytest
import torch
from torch.autograd.functional import jacobian

from genlib.transforms import InverseAutoregressive, Planar, Transform
from genlib.transforms.planar import bent_score

KINDS = [Planar, InverseAutoregressive]
every_kind = pytest.mark.parametrize("kind", KINDS)


def step(kind: type[Transform], size: int = 4) -> Transform:
    """Return a transform that is far from the identity."""
    torch.manual_seed(0)
    made = kind(size).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(std=0.5)
    return made


def given(made: Transform, *leading: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return points in four dimensions and contexts."""
    return (
        2 * torch.randn(*leading, 4).double(),
        2 * torch.randn(*leading, made.context).double(),
    )


def slogdet(function, points: torch.Tensor, contexts: torch.Tensor) -> torch.Tensor:
    """Return log |det| of the Jacobian of ``function(point, context)`` at each point."""
    matrices = [
        jacobian(lambda z, c=c: function(z, c)[0], point)
        for point, c in zip(points, contexts, strict=True)
    ]
    return torch.linalg.slogdet(torch.stack(matrices)).logabsdet


@every_kind
def test_log_determinants_are_autograd_s_in_both_directions(kind: type[Transform]) -> None:
    made = step(kind)
    z, context = given(made, 12)
    y, found = made(z, context)
    assert torch.allclose(found, slogdet(made, z, context), atol=1e-9)
    assert found.std() > 0.1  # it is no constant
    back = made.inverse(y, context)[1]
    assert torch.allclose(back, slogdet(made.inverse, y, context), atol=1e-7)


@every_kind
def test_the_inverse_undoes_the_forward_map(kind: type[Transform]) -> None:
    made = step(kind)
    z, context = given(made, 6, 5)
    y, log_det = made(z, context)
    again, back = made.inverse(y, context)
    assert (y - z).abs().max() > 0.5
    assert torch.allclose(again, z, atol=1e-9)
    assert torch.allclose(back, -log_det, atol=1e-9)
    assert torch.allclose(made(made.inverse(z, context)[0], context)[0], z, atol=1e-9)


@every_kind
def test_the_inverse_has_the_derivatives_of_the_inverse_function(kind: type[Transform]) -> None:
    made = step(kind)
    z, context = (part[0] for part in given(made, 1))
    y = made(z, context)[0]
    by_z, by_context = jacobian(lambda *at: made(*at)[0], (z, context))
    back_by_y, back_by_context = jacobian(lambda *at: made.inverse(*at)[0], (y, context))
    assert torch.allclose(back_by_y @ by_z, torch.eye(4).double(), atol=1e-8)
    assert torch.allclose(back_by_context, -back_by_y @ by_context, atol=1e-7)


@every_kind
def test_points_do_not_see_each_other_and_leading_dimensions_are_free(
    kind: type[Transform],
) -> None:
    made = step(kind)
    z, context = torch.randn(7, 3, 4).double(), torch.randn(3, made.context).double()
    for direction in (made, made.inverse):
        moved, log_det = direction(z, context)
        assert log_det.shape == (7, 3)
        alone, log_det_alone = direction(z[5, 1], context[1])
        assert torch.allclose(moved[5, 1], alone)
        assert torch.allclose(log_det[5, 1], log_det_alone)


@every_kind
@torch.no_grad()
def test_a_bent_density_integrates_to_one(kind: type[Transform]) -> None:
    made = step(kind, 2)
    context = torch.tensor([0.7, -0.4, 0.6, 1.1, 0.3]).double()[: made.context]
    axis = torch.linspace(-12, 12, 601).double()
    source, log_det = made.inverse(torch.cartesian_prod(axis, axis), context)
    log_q = -0.5 * source.square().sum(-1) - math.log(2 * math.pi) + log_det
    assert abs(log_q.exp().sum() * (axis[1] - axis[0]) ** 2 - 1) < 1e-3


# Planar


def test_planar_steps_keep_their_orientation_for_any_context() -> None:
    torch.manual_seed(0)
    made = Planar(3).double()
    z, context = 5 * torch.randn(50_000, 3).double(), 10 * torch.randn(50_000, 7).double()
    log_det = made(z, context)[1]
    assert torch.isfinite(log_det).all()  # 1 + h' w u > 0: never a fold


@pytest.mark.parametrize("score", [-18.0, -25.0, -60.0, -300.0])
@torch.no_grad()
def test_planar_determinants_are_exact_where_a_step_nearly_folds(score: float) -> None:
    torch.manual_seed(0)
    made, z = Planar(20), torch.randn(2000, 20)
    u, w, b = torch.randn(2000, 41).split([20, 20, 1], 1)
    u += (score - (u * w).sum(1, keepdim=True)) * w / w.square().sum(1, keepdim=True)
    context = torch.cat([u, w, b], 1)
    for direction in (made, made.inverse):
        found = direction(z, context)[1]
        exact = direction(z.double(), context.double())[1].float()
        assert torch.isfinite(found).all()
        torch.testing.assert_close(found, exact, atol=1e-2, rtol=1e-3)
    a = (w * z).sum(1, keepdim=True).double() + b
    slope = torch.tanh(a).square() + (1 - torch.tanh(a).square()) * math.exp(score)
    torch.testing.assert_close(made(z, context)[1], slope.log()[:, 0].float(), atol=1e-2, rtol=1e-3)


@torch.no_grad()
def test_a_planar_step_at_its_fold_is_finite() -> None:
    made, z = Planar(2), torch.zeros(1, 2)
    for score in (-18.0, -60.0, -300.0):
        context = torch.tensor([[score, 1.0, 1.0, 0.0, 0.0]])  # a = 0, where it is flattest
        log_det = made(z, context)[1]
        assert log_det.item() == pytest.approx(max(score, -87.34), abs=0.01)  # float32 ends there
        again, back = made.inverse(z, context)
        assert torch.allclose(again, z, atol=1e-2)  # nearly flat: many points go where z goes
        assert torch.isfinite(back).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_score_before_the_bend_is_found_for_any_slope(dtype: torch.dtype) -> None:
    slope = torch.tensor([-0.999, -0.5, 0.0, 3.0, 1e4], dtype=dtype)
    total = torch.linspace(-30, 30, 61, dtype=dtype)[:, None]
    a = bent_score(total, 1 + slope)
    error = (a + slope * torch.tanh(a) - total).abs()
    assert (error <= 8 * torch.finfo(dtype).eps * (total.abs() + slope.abs() + 1)).all()


def test_a_planar_step_without_a_direction_is_harmless() -> None:
    made, z = Planar(3), torch.randn(5, 3)
    for direction in (made, made.inverse):
        moved, log_det = direction(z, torch.zeros(5, 7, requires_grad=True))
        assert torch.equal(moved, z)
        assert torch.equal(log_det, torch.zeros(5))


# Inverse autoregressive


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
