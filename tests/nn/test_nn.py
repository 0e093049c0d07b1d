"""Shared layers and helpers."""

import math

import pytest
import torch

from genlib.nn import mlp, one_thread, standard_normal, truncated_normal, uniform


def test_mlp_is_linear_after_the_last_hidden_layer() -> None:
    net = mlp([3, 5, 4, 2])
    kinds = [type(layer).__name__ for layer in net]
    assert kinds == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert net(torch.zeros(7, 3)).shape == (7, 2)
    with pytest.raises(ValueError, match="at least two positive sizes"):
        mlp([3])
    with pytest.raises(ValueError, match="activation='rellu'; did you mean 'relu'"):
        mlp([3, 2], "rellu")


@pytest.mark.parametrize("draw", [standard_normal, uniform])
def test_a_generator_decides_the_draw(draw: object) -> None:
    like = torch.zeros(1, dtype=torch.float64)
    draws = [draw(3, 2, like=like, generator=torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torch.equal(*draws)
    assert draws[0].dtype == torch.float64
    assert draws[0].shape == (3, 2)


def test_one_thread_computes_and_the_others_come_back() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
        with pytest.raises(RuntimeError), one_thread():
            torch.zeros(2) @ torch.zeros(3)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("threshold", [0.3, 1.0, 2.5])
def test_a_truncated_normal_has_its_bounds_and_moments(threshold: float) -> None:
    draw = torch.Generator().manual_seed(0)
    z = truncated_normal(
        400, 500, threshold=threshold, like=torch.empty(0).double(), generator=draw
    )
    assert z.abs().max() <= threshold
    assert z.abs().max() > 0.99 * threshold
    density = math.exp(-(threshold**2) / 2) / math.sqrt(2 * math.pi)
    variance = 1 - 2 * threshold * density / math.erf(threshold / math.sqrt(2))
    assert abs(z.mean()) < 5 * math.sqrt(variance / z.numel())
    assert z.var().item() == pytest.approx(variance, rel=0.02)


def test_a_truncated_normal_is_the_normal_where_that_is_small() -> None:
    draw, like = torch.Generator().manual_seed(1), torch.empty(0)
    z = truncated_normal(200_000, threshold=1.5, like=like, generator=draw).sort().values
    rejected = standard_normal(400_000, like=like, generator=draw)
    rejected = rejected[rejected.abs() <= 1.5].sort().values
    at = torch.tensor([-1.2, -0.5, 0.0, 0.3, 1.0])
    shares = [torch.searchsorted(one, at) / len(one) for one in (z, rejected)]
    torch.testing.assert_close(shares[0], shares[1], rtol=0, atol=0.006)  # four standard errors


def test_a_wide_truncation_stays_finite() -> None:
    z = truncated_normal(100_000, threshold=9.0, like=torch.empty(0))
    assert torch.isfinite(z).all()
    assert z.std().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("threshold", [0.0, -1.0, float("inf"), float("nan")])
def test_an_impossible_threshold_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=f"threshold={threshold}, wanted a positive"):
        truncated_normal(2, threshold=threshold, like=torch.empty(0))
