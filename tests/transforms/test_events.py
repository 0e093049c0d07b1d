"""Transforms of points and images: inverse, log-determinants by autograd, no leaks, precision."""

import math

import pytest
import torch
from torch.autograd.functional import jacobian

from genlib.transforms import (
    AffineCoupling,
    Chain,
    Conv1x1,
    Coupling,
    Flip,
    InverseAutoregressive,
    Planar,
    Transform,
)
from tests.transforms.cases import ALL, FIXED, events, made, perceptron

every = pytest.mark.parametrize("name", ALL)


def slogdet(function, batch: torch.Tensor) -> torch.Tensor:
    """Return log |det| of the Jacobian of a map at each event, flattened."""
    found = []
    for event in batch.unbind():
        matrix = jacobian(lambda flat, e=event: function(flat.view_as(e)[None])[0].flatten(),
                          event.flatten())  # fmt: skip
        found.append(torch.linalg.slogdet(matrix).logabsdet)
    return torch.stack(found)


def subclasses(kind: type) -> set[type]:
    return {kind}.union(*map(subclasses, kind.__subclasses__()))


def test_every_transform_is_tried() -> None:
    tried = {type(build()) for build, _ in ALL.values()} | {Planar, InverseAutoregressive}
    assert tried == subclasses(Transform) - {Transform, Coupling}


@every
def test_log_determinants_are_autograd_s_in_both_directions(name: str) -> None:
    transform, _ = made(name)
    z = events(name, 5)
    y, found = transform(z)
    assert found.shape == (5,)
    assert torch.allclose(found, slogdet(transform, z), atol=1e-9)
    assert torch.allclose(transform.inverse(y)[1], slogdet(transform.inverse, y), atol=1e-9)
    assert name.startswith(FIXED) == (found.abs().max() == 0)


@every
@pytest.mark.parametrize(("dtype", "error"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
@torch.no_grad()
def test_the_inverse_undoes_the_forward_map(name: str, dtype: torch.dtype, error: float) -> None:
    transform, _ = made(name)
    transform, z = transform.to(dtype), events(name, 40).to(dtype)
    y, log_det = transform(z)
    again, back = transform.inverse(y)
    assert again.shape == z.shape
    assert torch.allclose(again, z, rtol=0, atol=error)
    assert torch.allclose(back, -log_det, rtol=0, atol=10 * error)
    there = transform(transform.inverse(y + 0.1)[0])[0]
    assert torch.allclose(there, y + 0.1, rtol=error, atol=10 * error)


@every
@torch.no_grad()
def test_events_do_not_see_each_other(name: str) -> None:
    transform, _ = made(name)
    z = events(name, 7)
    for direction, batch in ((transform, z), (transform.inverse, transform(z)[0])):
        moved, log_det = direction(batch)
        alone, log_det_alone = direction(batch[4:5])
        assert torch.allclose(moved[4:5], alone, rtol=0, atol=1e-12)
        assert torch.allclose(log_det[4:5], log_det_alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in ALL if "points" in name])
@torch.no_grad()
def test_leading_dimensions_of_points_are_free(name: str) -> None:
    transform, _ = made(name)
    z = events(name, 3, 2)
    for direction, points in ((transform, z), (transform.inverse, transform(z)[0])):
        moved, log_det = direction(points)
        assert log_det.shape == (3, 2)
        for place in ((), (2,), (2, 1)):
            there, log_det_there = direction(points[place])
            assert torch.allclose(there, moved[place])
            assert torch.allclose(log_det_there, log_det[place])


@every
@torch.no_grad()
def test_half_precision_inside_leaves_the_map_and_its_volume_in_float32(name: str) -> None:
    transform, _ = made(name)
    transform, z = transform.float(), events(name, 20).float()
    y, log_det = transform(z)
    with torch.autocast("cpu", torch.bfloat16):
        low, found = transform(z)
        again, back = transform.inverse(low)
    assert (low.dtype, found.dtype, again.dtype, back.dtype) == (torch.float32,) * 4
    size = z[0].numel()
    assert (found - log_det).abs().max() < 0.02 * size
    assert (low - y).abs().mean() < 0.05
    # the network says the same on the way back, so the way back is as exact as in float32
    assert torch.allclose(again, z, rtol=0, atol=1e-4)
    assert torch.allclose(back, -found, rtol=0, atol=1e-3)
    if not any(isinstance(module, Coupling) for module in transform.modules()):
        assert torch.equal(low, y)


@pytest.mark.parametrize("name", [name for name in ALL if list(made(name)[0].parameters())])
def test_gradients_reach_every_parameter(name: str) -> None:
    transform, _ = made(name)
    y, log_det = transform(events(name, 4))
    (y.square().sum() + log_det.sum()).backward()
    for parameter_name, parameter in transform.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.abs().max() > 0, parameter_name


@pytest.mark.parametrize("first", ["affine", "linear"])
@torch.no_grad()
def test_a_bent_density_integrates_to_one(first: str) -> None:
    torch.manual_seed(0)
    coupling = AffineCoupling(perceptron(1, 2))
    linear = Conv1x1(2, event_dims=1)
    steps = {"affine": [coupling, Flip(), AffineCoupling(perceptron(1, 2))], "linear": [linear]}
    chain = Chain(*steps[first]).double()
    for parameter in chain.parameters():
        parameter.normal_(std=0.7)
    axis = torch.linspace(-20, 20, 601).double()
    y, log_det = chain(torch.cartesian_prod(axis, axis))
    log_p = -0.5 * y.square().sum(-1) - math.log(2 * math.pi) + log_det
    assert abs(log_p.exp().sum() * (axis[1] - axis[0]) ** 2 - 1) < 1e-3
