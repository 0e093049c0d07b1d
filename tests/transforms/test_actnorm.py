"""ActNorm: its first batch comes out normalised, and no other one changes what was measured."""

import copy
import math

import pytest
import torch

from genlib.transforms import ActNorm

SHAPES = {1: (200, 3), 3: (20, 3, 4, 5)}


def batch(event_dims: int, seed: int = 0) -> torch.Tensor:
    """Return events whose channels have their own means and scales."""
    generator = torch.Generator().manual_seed(seed)
    along = (3, *[1] * (event_dims - 1))
    scale, mean = torch.tensor([0.1, 2.0, 30.0]), torch.tensor([5.0, -1.0, 100.0])
    noise = torch.randn(SHAPES[event_dims], generator=generator)
    return noise * scale.view(along) + mean.view(along)


def moments(y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    others = [dim for dim in range(y.dim()) if dim != 1]
    return y.mean(others), y.var(others, correction=0)


@pytest.mark.parametrize("event_dims", [1, 3])
def test_the_first_batch_has_mean_nought_and_variance_one(event_dims: int) -> None:
    norm, first = ActNorm(3, event_dims), batch(event_dims)
    y, log_det = norm(first)
    mean, variance = moments(y)
    assert torch.allclose(mean, torch.zeros(3), atol=1e-5)
    assert torch.allclose(variance, torch.ones(3), atol=1e-4)
    positions = 1 if event_dims == 1 else 20
    expected = -positions * moments(first)[1].log().sum() / 2
    assert torch.allclose(log_det, expected.expand(len(first)), rtol=1e-5)


def test_later_batches_are_moved_as_the_first_was() -> None:
    norm, first, second = ActNorm(3), batch(3), 5 * batch(3, seed=1)
    y, log_det = norm(first)
    mean, variance = (moment.view(3, 1, 1) for moment in moments(first))
    expected = (second - mean) / variance.sqrt()
    for again in (norm, norm.eval()):
        assert torch.allclose(again(second)[0], expected, rtol=1e-4, atol=1e-4)
        assert torch.equal(again(second)[1], log_det)
        assert torch.equal(again(first)[0], y)


def test_learned_scale_and_shift_come_on_top() -> None:
    norm, first = ActNorm(3), batch(3)
    y, log_det = norm(first)
    with torch.no_grad():
        norm.log_scale.fill_(math.log(2))
        norm.shift.fill_(0.5)
    again, log_det_again = norm(first)
    assert torch.allclose(again, 2 * y + 0.5, atol=1e-5)
    assert torch.allclose(log_det_again, log_det + 20 * 3 * math.log(2))


def test_nothing_is_measured_in_evaluation_or_by_the_inverse() -> None:
    norm, first = ActNorm(3).eval(), batch(3)
    assert torch.equal(norm(first)[0], first)
    norm.train().inverse(first)
    assert not norm.measured
    mean, _ = moments(norm(first)[0])
    assert torch.allclose(mean, torch.zeros(3), atol=1e-5)


def test_what_was_measured_is_stored() -> None:
    norm, first = ActNorm(3), batch(3)
    y, _ = norm(first)
    again = ActNorm(3)
    again.load_state_dict(copy.deepcopy(norm.state_dict()))
    assert torch.equal(again(batch(3, seed=1))[0], norm(batch(3, seed=1))[0])
    assert torch.equal(again(first)[0], y)


def test_a_channel_that_does_not_vary_keeps_its_scale() -> None:
    norm, first = ActNorm(3), batch(3)
    first[:, 1] = 7.0
    y, log_det = norm(first)
    assert torch.equal(y[:, 1], torch.zeros_like(y[:, 1]))
    assert torch.isfinite(log_det).all()
    moved = first.clone()
    moved[:, 1] += 1
    assert torch.allclose(norm(moved)[0][:, 1], torch.ones_like(y[:, 1]))


def test_two_batches_may_pass_before_a_backward() -> None:
    norm, first, second = ActNorm(3), batch(3).requires_grad_(), batch(3, seed=1)
    total = norm(first)[0].square().sum() + norm(second)[0].square().sum()
    total.backward()
    assert torch.isfinite(first.grad).all()
    scale = (-2 * norm.log_deviation).exp()
    assert torch.allclose(first.grad, 2 * (first.detach() - norm.mean) * scale, rtol=1e-4)


def test_wrong_channels_and_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"ActNorm wants \(B, 3, H, W\); this is \(2, 4, 5, 5\)"):
        ActNorm(3)(torch.zeros(2, 4, 5, 5))
    with pytest.raises(ValueError, match=r"ActNorm wants \(..., 3\); this is \(2, 4\)"):
        ActNorm(3, event_dims=1).inverse(torch.zeros(2, 4))
    with pytest.raises(ValueError, match="size=0"):
        ActNorm(0)
