"""Estimates from samples: closed forms, unbiasedness, refusals."""

import math

import pytest
import torch
from torch.distributions import Normal

from genlib.divergences import jensen_shannon, jensen_shannon_samples, mmd
from tests.divergences.tables import table


def test_jensen_shannon_from_samples_agrees_with_the_grid():
    torch.manual_seed(0)
    p, q = Normal(0.0, 1.0), Normal(1.0, 0.5)
    x = torch.linspace(-10, 10, 4001, dtype=torch.float64)
    wanted = jensen_shannon(p.log_prob(x).exp(), q.log_prob(x).exp(), (x[1] - x[0]).item())
    estimate = jensen_shannon_samples(
        p.log_prob, q.log_prob, p.sample((200_000,)), q.sample((200_000,))
    )
    assert estimate.item() == pytest.approx(wanted.item(), abs=2e-3)


def test_mmd_by_hand():
    x, y = table(0.0, 1.0)[:, None], table(0.0, 2.0)[:, None]
    k = {d: math.exp(-(d**2) / 2) for d in (0, 1, 2)}
    cross = (k[0] + k[2] + k[1] + k[1]) / 4
    assert mmd(x, y).item() == pytest.approx(k[1] + k[2] - 2 * cross)
    biased = (2 * k[0] + 2 * k[1]) / 4 + (2 * k[0] + 2 * k[2]) / 4 - 2 * cross
    assert mmd(x, y, unbiased=False).item() == pytest.approx(biased)


def test_mmd_is_the_mean_over_bandwidths():
    torch.manual_seed(0)
    x, y = torch.randn(2, 30, 3, dtype=torch.float64).unbind()
    both = (mmd(x, y, [0.5]) + mmd(x, y, [2.0])) / 2
    torch.testing.assert_close(mmd(x, y, [0.5, 2.0]), both)


def test_unbiased_mmd_is_zero_on_average_for_equal_distributions():
    torch.manual_seed(0)
    draws = torch.stack([mmd(*torch.randn(2, 20, 2).unbind()) for _ in range(2000)])
    assert abs(draws.mean()) < 4 * draws.std() / len(draws) ** 0.5
    assert (draws < 0).any()
    biased = torch.stack([mmd(*torch.randn(2, 20, 2), unbiased=False) for _ in range(50)])
    assert (biased > 0).all()


def test_mmd_of_two_gaussians_in_closed_form():
    # x - y is N(m, s^2), and E exp(-d^2 / 2h^2) = h / sqrt(h^2 + s^2) exp(-m^2 / 2(h^2 + s^2))
    torch.manual_seed(0)

    def kernel(m, variance, h=1.0):
        return h / math.sqrt(h * h + variance) * math.exp(-m * m / 2 / (h * h + variance))

    wanted = kernel(0, 2.0) + kernel(0, 0.5) - 2 * kernel(1.5, 1.25)
    draws = [mmd(torch.randn(500), 1.5 + 0.5 * torch.randn(500)) for _ in range(100)]
    draws = torch.stack(draws)
    assert abs(draws.mean() - wanted) < 4 * draws.std() / 10


def test_mmd_has_a_gradient_where_samples_coincide():
    x = torch.zeros(4, 2, requires_grad=True)
    mmd(x, torch.ones(4, 2)).backward()
    assert (x.grad < 0).all()  # towards y means larger x, so the discrepancy falls along +x


@pytest.mark.parametrize("offset", [0.0, 1e4, -1e4])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("unbiased", [True, False])
def test_mmd_in_float32_agrees_with_float64_far_from_zero(offset, scale, unbiased):
    torch.manual_seed(0)
    x, y = (scale * torch.randn(2, 200, 3) + offset).unbind()  # as float32 holds them
    wanted = mmd(x.double(), y.double(), [scale], unbiased).item()
    assert mmd(x, y, [scale], unbiased).item() == pytest.approx(wanted, abs=1e-5)


def test_mmd_of_clouds_that_stand_far_apart_is_that_within_each():
    torch.manual_seed(0)
    x, y = torch.randn(100, 2), torch.randn(100, 2) + 1e4
    wanted = mmd(x.double(), y.double()).item()
    assert mmd(x, y).item() == pytest.approx(wanted, abs=1e-5)


def test_no_rounding_makes_a_kernel_larger_than_one():
    torch.manual_seed(0)
    clusters = torch.tensor([0.0, 1e4]).repeat(50)[:, None] + torch.randn(100, 3)
    assert 0 <= mmd(clusters, clusters + 1, [1e-2], unbiased=False) <= 2


def test_mmd_in_half_precision_does_not_overflow():
    torch.manual_seed(0)
    x, y = torch.randn(2, 40, 784).unbind()
    for dtype in (torch.float16, torch.bfloat16):
        # of one type and of two
        for other in (y.to(dtype), y):
            wanted = mmd(x.to(dtype).double(), other.double(), [30.0]).item()
            assert mmd(x.to(dtype), other, [30.0]).item() == pytest.approx(wanted, abs=1e-5)


def test_mmd_is_the_same_under_autocast():
    torch.manual_seed(0)
    x, y = torch.randn(2, 40, 3).unbind()
    with torch.autocast("cpu", torch.bfloat16):
        found = mmd(x, y)
    assert found.item() == pytest.approx(mmd(x, y).item(), abs=1e-6)


@pytest.mark.parametrize("bandwidths", [(), (-1.0,), (math.nan,), (math.inf,), 1.0, "1", None])
def test_mmd_refuses_bandwidths(bandwidths):
    with pytest.raises(ValueError, match=r"bandwidths=.*wanted a sequence of positive numbers"):
        mmd(torch.zeros(3, 2), torch.zeros(3, 2), bandwidths)


def test_mmd_refuses_what_is_no_set_of_events():
    for x in ([[0.0], [1.0]], torch.tensor(0.0), None):
        with pytest.raises(ValueError, match="x is "):
            mmd(x, torch.zeros(3, 1))


def test_jensen_shannon_from_samples_refuses():
    p, q = Normal(0.0, 1.0).log_prob, Normal(1.0, 1.0).log_prob
    x = torch.zeros(4)
    with pytest.raises(ValueError, match=r"y is \(0,\)"):
        jensen_shannon_samples(p, q, x, torch.zeros(0))
    with pytest.raises(ValueError, match="x is list"):
        jensen_shannon_samples(p, q, [0.0], x)
    with pytest.raises(ValueError, match=r"log_q gives \(4, 1\) at x, wanted \(4,\)"):
        jensen_shannon_samples(p, lambda at: q(at)[:, None], x, x)
    with pytest.raises(ValueError, match="log_p gives float at x"):
        jensen_shannon_samples(lambda at: 0.0, q, x, x)


def test_mmd_refuses():
    with pytest.raises(ValueError, match=r"x is \(3, 2\) and y \(3, 4\)"):
        mmd(torch.zeros(3, 2), torch.zeros(3, 4))
    with pytest.raises(ValueError, match="two or more"):
        mmd(torch.zeros(1, 2), torch.zeros(3, 2))
    with pytest.raises(ValueError, match="bandwidths"):
        mmd(torch.zeros(3, 2), torch.zeros(3, 2), [1.0, 0.0])
    with pytest.raises(ValueError, match=r"x is torch.uint8"):
        mmd(torch.zeros(3, 2).byte(), torch.zeros(3, 2))
