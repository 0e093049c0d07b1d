"""Divergences: numbers by hand, invariants, closed form against sampling, refusals."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from genlib.divergences import (
    jensen_shannon,
    jensen_shannon_samples,
    kl,
    kl_gaussian,
    kl_gaussian_full,
    mmd,
    optimal_discriminator,
    total_variation,
    value_at_optimum,
)


def table(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def random_tables(n: int, points: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.softmax(3 * torch.randn(2, n, points, dtype=torch.float64), -1).unbind()


# Gaussians


def test_kl_gaussian_by_hand():
    # N(1, 1) to N(0, 1): 1/2; N(0, e) to N(0, 1): (e - 1 - 1)/2
    assert kl_gaussian(table(1.0), table(0.0)).item() == pytest.approx(0.5)
    assert kl_gaussian(table(0.0), table(1.0)).item() == pytest.approx((math.e - 2) / 2)


def test_kl_gaussian_against_torch_distributions():
    torch.manual_seed(0)
    m, s, n, v = torch.randn(4, 5, 3, dtype=torch.float64).unbind()
    wanted = torch.distributions.kl_divergence(Normal(m, (s / 2).exp()), Normal(n, (v / 2).exp()))
    torch.testing.assert_close(kl_gaussian(m, s, n, v), wanted.sum(-1))


def test_kl_gaussian_full_against_torch_distributions_and_the_diagonal_form():
    torch.manual_seed(0)
    m, n = torch.randn(2, 4, 3, dtype=torch.float64).unbind()
    a, b = torch.randn(2, 4, 3, 3, dtype=torch.float64).unbind()
    s, v = (x @ x.mT + 0.5 * torch.eye(3, dtype=torch.float64) for x in (a, b))
    wanted = torch.distributions.kl_divergence(MultivariateNormal(m, s), MultivariateNormal(n, v))
    torch.testing.assert_close(kl_gaussian_full(m, s, n, v), wanted)
    log_variance = torch.randn(4, 3, dtype=torch.float64)
    full = kl_gaussian_full(m, torch.diag_embed(log_variance.exp()), n, v * 0 + torch.eye(3))
    torch.testing.assert_close(full, kl_gaussian(m, log_variance, n))


def test_kl_gaussian_against_monte_carlo():
    torch.manual_seed(0)
    m, s, n, v = table(0.3, -1.0), table(0.5, -0.4), table(0.0, -0.5), table(0.1, 0.2)
    p, q = Normal(m, (s / 2).exp()), Normal(n, (v / 2).exp())
    x = p.sample((200_000,))
    ratios = (p.log_prob(x) - q.log_prob(x)).sum(-1)
    error = ratios.std() / len(ratios) ** 0.5
    assert abs(kl_gaussian(m, s, n, v) - ratios.mean()) < 4 * error


def test_kl_gaussian_refuses():
    with pytest.raises(ValueError, match=r"mean is \(2,\).*log_variance \(3,\)"):
        kl_gaussian(torch.zeros(2), torch.zeros(3))
    with pytest.raises(ValueError, match="int64"):
        kl_gaussian(torch.zeros(2, dtype=torch.int64), torch.zeros(2))
    eye = torch.eye(2)
    with pytest.raises(ValueError, match="positive definite"):
        kl_gaussian_full(torch.zeros(2), eye, torch.zeros(2), -eye)
    with pytest.raises(ValueError, match=r"covariance is \(3, 3\)"):
        kl_gaussian_full(torch.zeros(2), torch.eye(3), torch.zeros(2), eye)


# Tables


def test_kl_by_hand():
    p, q = table(0.5, 0.5), table(0.25, 0.75)
    assert kl(p, q).item() == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3))
    assert kl(table(1.0, 0.0), p).item() == pytest.approx(math.log(2))
    assert kl(p, table(1.0, 0.0)).item() == math.inf


def test_jensen_shannon_and_total_variation_by_hand():
    p, q = table(0.5, 0.5, 0.0), table(0.0, 0.5, 0.5)
    assert jensen_shannon(p, q).item() == pytest.approx(math.log(2) / 2)
    assert total_variation(p, q).item() == pytest.approx(0.5)


def test_invariants_of_tables():
    p, q = random_tables(100)
    js = jensen_shannon(p, q)
    assert (kl(p, q) >= 0).all()
    assert ((js >= 0) & (js <= math.log(2))).all()
    torch.testing.assert_close(js, jensen_shannon(q, p))
    torch.testing.assert_close(total_variation(p, q), total_variation(q, p))
    assert (total_variation(p, q) ** 2 <= kl(p, q) / 2).all()  # Pinsker
    assert jensen_shannon(p, p).abs().max() < 1e-12
    shuffled = torch.randperm(7)
    torch.testing.assert_close(js, jensen_shannon(p[:, shuffled], q[:, shuffled]))


def test_disjoint_tables_are_as_far_apart_as_can_be():
    p, q = table(0.3, 0.7, 0.0, 0.0), table(0.0, 0.0, 0.1, 0.9)
    assert jensen_shannon(p, q).item() == pytest.approx(math.log(2))
    assert total_variation(p, q).item() == 1
    assert value_at_optimum(p, q).item() == 0


def test_densities_on_a_grid():
    x = torch.linspace(-12, 12, 4801, dtype=torch.float64)
    cell = (x[1] - x[0]).item()
    p, q = Normal(0.5, 1.0).log_prob(x).exp(), Normal(-0.5, 2.0).log_prob(x).exp()
    wanted = torch.distributions.kl_divergence(Normal(0.5, 1.0), Normal(-0.5, 2.0)).item()
    assert kl(p, q, cell).item() == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("divergence", [kl, jensen_shannon, total_variation, value_at_optimum])
@pytest.mark.parametrize(
    ("p", "q", "complaint"),
    [
        (table(0.5, 0.4), table(0.5, 0.5), "sums to 0.9, wanted 1"),
        (table(0.5, 0.5), table(1.2, -0.2), "negative entries, the smallest -0.2"),
        (torch.tensor([1, 0]), table(0.5, 0.5), "int64"),
    ],
)
def test_what_is_no_distribution_is_refused(divergence, p, q, complaint):
    with pytest.raises(ValueError, match=complaint):
        divergence(p, q)


def test_tables_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"p is \(2,\) and q \(3,\)"):
        kl(table(0.5, 0.5), table(0.5, 0.25, 0.25))


# The best discriminator


def test_optimal_discriminator():
    p, q = random_tables(5)
    torch.testing.assert_close(optimal_discriminator(p.log(), q.log()), p / (p + q))
    far = optimal_discriminator(torch.tensor([0.0, -1e4]), torch.tensor([-1e4, 0.0]))
    assert far.tolist() == [1.0, 0.0]


def test_no_discriminator_has_a_greater_value_than_the_optimal_one():
    p, q = random_tables(20)
    best = value_at_optimum(p, q)

    def value(d):
        return (p * d.log() + q * (1 - d).log()).sum(-1)

    optimal = optimal_discriminator(p.log(), q.log())
    torch.testing.assert_close(value(optimal), best)
    for _ in range(50):
        other = torch.sigmoid(torch.logit(optimal) + torch.randn_like(optimal))
        assert (value(other) <= best).all()


def test_value_at_optimum_in_terms_of_the_divergence():
    p, q = random_tables(20)
    torch.testing.assert_close(value_at_optimum(p, q), 2 * jensen_shannon(p, q) - math.log(4))


# Samples


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


def test_mmd_refuses():
    with pytest.raises(ValueError, match=r"x is \(3, 2\) and y \(3, 4\)"):
        mmd(torch.zeros(3, 2), torch.zeros(3, 4))
    with pytest.raises(ValueError, match="two or more"):
        mmd(torch.zeros(1, 2), torch.zeros(3, 2))
    with pytest.raises(ValueError, match="bandwidths"):
        mmd(torch.zeros(3, 2), torch.zeros(3, 2), [1.0, 0.0])
    with pytest.raises(ValueError, match=r"x is torch.uint8"):
        mmd(torch.zeros(3, 2).byte(), torch.zeros(3, 2))


@pytest.mark.parametrize("distance", [kl, jensen_shannon, total_variation, value_at_optimum])
def test_tables_of_unequal_length_or_with_nan_are_refused(distance):
    with pytest.raises(ValueError, match=r"p is \(3,\) and q \(4,\)"):
        distance(torch.ones(3) / 3, torch.ones(4) / 4)
    with pytest.raises(ValueError, match="p sums to nan"):
        distance(torch.tensor([0.5, math.nan]), torch.ones(2) / 2)
