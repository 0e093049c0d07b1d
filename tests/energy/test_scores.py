"""Scores: the three losses and what they differ by, Langevin dynamics, the network of scores."""

import math

import pytest
import torch
from torch import Tensor, nn

from genlib import fit
from genlib.data import Mixture, toys
from genlib.energy import (
    DenoisingScore,
    annealed_langevin,
    denoising_score_matching,
    explicit_score_matching,
    langevin,
    score_matching,
)

POINTS = torch.tensor([[-1.0, 0.5], [0.7, 1.1], [0.2, -1.3]]).double()


def noised(points: Tensor, sigma: float) -> Mixture:
    """Return the density of the points with noise, in closed form."""
    k, d = points.shape
    covariances = sigma**2 * torch.eye(d).double().expand(k, d, d)
    return Mixture(torch.ones(k).double(), points, covariances)


def wrong(x: Tensor) -> Tensor:
    """Return a field that is the score of nothing that is known here, and no gradient."""
    a, b = x[:, :1], x[:, 1:]
    return torch.cat([torch.sin(2 * b) - a, -0.3 * b * a.cos()], 1)


def nodes(n: int = 300) -> Tensor:
    """Return n x n places, equally likely, that stand for draws from N(0, I) in the plane."""
    quantiles = torch.distributions.Normal(0.0, 1.0).icdf((torch.arange(n).double() + 0.5) / n)
    return torch.cartesian_prod(quantiles, quantiles)


# The losses


def test_score_matching_is_the_explicit_loss_less_a_constant() -> None:
    p = toys.mixture_1d(weights=(0.3, 0.7), means=(-1.0, 1.5), scales=(0.6, 0.9))
    x = torch.linspace(-9, 9, 4001).double()[:, None]
    p_x = (p.log_prob(x).exp() * (x[1] - x[0])).flatten()
    constant = 0.5 * p_x @ p.score(x).square().flatten()

    truth = p.score(x)
    for score in (lambda x: torch.sin(2 * x) - x, lambda x: 0.4 - 0.2 * x**3):
        places = range(0, len(x), 8)  # the mean over draws is a sum over a grid
        weight = 8 * p_x[::8]
        explicit = weight @ torch.stack(
            [explicit_score_matching(score, x[i : i + 1], truth[i : i + 1]) for i in places]
        )
        implicit = weight @ torch.stack([score_matching(score, x[i : i + 1]) for i in places])
        assert abs(implicit + constant - explicit) < 1e-6 * max(1, explicit)


def test_score_matching_in_the_plane_has_the_trace_of_the_jacobian() -> None:
    x = POINTS.clone()
    jacobians = [torch.autograd.functional.jacobian(lambda y: wrong(y[None])[0], row) for row in x]
    expected = torch.stack([0.5 * wrong(x[i : i + 1]).square().sum() + j.trace()
                            for i, j in enumerate(jacobians)]).mean()  # fmt: skip
    torch.testing.assert_close(score_matching(wrong, x), expected)


def test_score_matching_can_be_trained() -> None:
    torch.manual_seed(0)
    slope = nn.Linear(2, 2, bias=True).double()
    x = torch.randn(5000, 2).double() * torch.tensor([0.5, 2.0]) + 1
    optimizer = torch.optim.LBFGS(slope.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = score_matching(slope, x)
        loss.backward()
        return loss

    optimizer.step(closure)
    precision = torch.linalg.inv(torch.cov(x.T, correction=0))  # a Gaussian's best linear score
    torch.testing.assert_close(slope.weight, -precision, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(slope.bias, precision @ x.mean(0), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("sigma", [0.5, 1.2])
def test_denoising_score_matching_is_the_explicit_loss_plus_a_constant(sigma: float) -> None:
    noise, p = nodes(), noised(POINTS, sigma)
    x, noise = POINTS.repeat_interleave(len(noise), 0), noise.repeat(3, 1)
    noisy = x + sigma * noise
    truth = p.score(noisy)
    gaps = [
        denoising_score_matching(score, x, noise, sigma)
        - explicit_score_matching(score, noisy, truth)
        for score in (wrong, torch.neg, p.score)
    ]
    constant = noise.square().sum(1).mean() / (2 * sigma**2) - 0.5 * truth.square().sum(1).mean()
    for gap in gaps:
        assert abs(gap - constant) < 5e-3
    assert constant > 0.05


def test_the_best_score_of_points_is_the_closed_form() -> None:
    sigma, noise = 0.8, torch.randn(4000, 2, generator=torch.Generator().manual_seed(0)).double()
    x, p = POINTS.repeat(4000, 1), noised(POINTS, sigma)
    noise = noise.repeat_interleave(3, 0)
    best = denoising_score_matching(p.score, x, noise, sigma)
    others = [noised(POINTS, 0.9).score]
    for share in (-0.05, 0.05):
        others.append(lambda y, c=share: (1 + c) * p.score(y))
        others.append(lambda y, c=share: p.score(y) + c * wrong(y))
    for other in others:
        assert denoising_score_matching(other, x, noise, sigma) > best


def test_arguments_that_make_no_loss_are_refused() -> None:
    x = torch.zeros(3, 2)
    with pytest.raises(ValueError, match=r"truth has shape \(3,\), wanted \(3, 2\)"):
        explicit_score_matching(wrong, x, torch.zeros(3))
    with pytest.raises(ValueError, match=r"noise has shape \(2,\), wanted \(3, 2\)"):
        denoising_score_matching(wrong, x, torch.zeros(2), 1.0)
    with pytest.raises(ValueError, match=r"sigma=0\.0, wanted a positive"):
        denoising_score_matching(wrong, x, x, 0.0)


# Langevin dynamics


def test_the_stationary_variance_is_that_of_the_discretised_chain() -> None:
    variance, step = 2.0, 0.8
    x = langevin(lambda y: -y / variance, torch.zeros(40_000, 1), step, 60,
                 torch.Generator().manual_seed(0))  # fmt: skip
    exact = variance / (1 - step / (4 * variance))  # of x <- (1 - step / 2v) x + sqrt(step) noise
    error = exact * math.sqrt(2 / 40_000)
    assert abs(x.var() - exact) < 5 * error
    assert abs(exact - variance) > 10 * error  # the step's own error is seen
    assert abs(x.mean()) < 5 * math.sqrt(exact / 40_000)


def test_levels_have_steps_of_their_own_size() -> None:
    seen = []

    def score(x: Tensor, sigma: float) -> Tensor:
        seen.append(sigma)
        return torch.zeros_like(x)

    x = annealed_langevin(score, torch.zeros(20_000, 1), [4.0, 2.0], 0.5, 3,
                          torch.Generator().manual_seed(0))  # fmt: skip
    assert seen == [4.0] * 3 + [2.0] * 3
    exact = 3 * 0.5 * 4 + 3 * 0.5
    assert abs(x.var() - exact) < 5 * exact * math.sqrt(2 / 20_000)


def test_chains_that_make_no_sense_are_refused() -> None:
    x = torch.zeros(2, 1)
    with pytest.raises(ValueError, match="step=-1, wanted a positive"):
        langevin(torch.neg, x, -1, 3)
    with pytest.raises(ValueError, match="steps=-1, wanted a whole number"):
        langevin(torch.neg, x, 0.1, -1)
    for sigmas in ([], [1.0, 2.0], [1.0, 1.0]):
        with pytest.raises(ValueError, match="wanted one or more levels that fall"):
            annealed_langevin(lambda y, s: -y, x, sigmas, 0.1, 1)
    with pytest.raises(ValueError, match=r"sigma=0\.0"):
        DenoisingScore(sigmas=(1.0, 0.0))
    with pytest.raises(ValueError, match="step=-1, wanted a positive"):
        DenoisingScore(step=-1)
    with pytest.raises(ValueError, match="steps=0, wanted a whole number"):
        DenoisingScore(steps=0)


# The network of scores


def test_the_loss_is_the_weighted_loss_of_its_levels() -> None:
    torch.manual_seed(0)
    model, x = DenoisingScore((2,), (1.5, 0.4), (8,)).double(), torch.randn(60_000, 2).double()
    noise = torch.randn_like(x)
    expected = [
        sigma**2 * denoising_score_matching(lambda y, s=sigma: model.score(y, s), x, noise, sigma)
        for sigma in model.levels
    ]
    assert abs(model.loss(x) - sum(expected) / 2) < 0.03
    assert abs(expected[0] - expected[1]) > 0.05  # the levels differ


def test_the_score_and_the_denoiser_are_tweedie_s() -> None:
    torch.manual_seed(0)
    model, x = DenoisingScore((2,), (1.5, 0.4), (8,)), torch.randn(5, 2)
    torch.testing.assert_close(model.denoise(x, 0.4), x + 0.16 * model.score(x, 0.4))
    level = torch.full((5, 1), 0.4)
    torch.testing.assert_close(model.score(x, 0.4), model.scaled_score(x, level) / 0.4)


def test_a_network_learns_the_scores_of_points_and_samples_them() -> None:
    torch.manual_seed(0)
    model = DenoisingScore((2,), (2.0, 1.0, 0.5, 0.25), (48, 48), lr=4e-3, schedule="cosine")
    x = POINTS.float().repeat(100, 1)
    fit(model, x, steps=800, batch_size=256, progress=False, device="cpu")
    for sigma in (1.0, 0.5):
        p = noised(POINTS, sigma)
        x = p.sample(2000, torch.Generator().manual_seed(0))
        off = (model.score(x, sigma) - p.score(x)).square().sum()
        assert off < 0.12 * p.score(x).square().sum()
    drawn = model.sample(1500, generator=torch.Generator().manual_seed(1))
    nearest = torch.cdist(drawn, POINTS.float()).min(1)
    shares = torch.bincount(nearest.indices, minlength=3) / 1500
    assert (shares - 1 / 3).abs().max() < 0.12
    assert nearest.values.square().mean() < 0.3  # at the best scores about 2 x 0.25**2


def test_samples_follow_their_generator() -> None:
    model = DenoisingScore((2,), (1.0, 0.5), (4,), steps=2)
    first, again, other = (
        model.sample(3, generator=torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == (3, 2)
    with pytest.raises(ValueError, match="unconditional"):
        model.sample(3, label=0)
    with pytest.raises(ValueError, match="wants floats of shape"):
        model.check(torch.zeros(3, 4))


def test_it_builds_with_no_arguments() -> None:
    x = (torch.rand(2, 1, 28, 28) < 0.2).float()
    model = DenoisingScore(steps=1)
    model.check(x)
    model.loss(x).backward()
    assert model.sample(2).shape == x.shape


def test_steps_are_shares_of_the_squared_levels() -> None:
    flat = nn.Linear(3, 2)
    nn.init.zeros_(flat.weight)
    nn.init.zeros_(flat.bias)  # no score at all: variances add up
    model = DenoisingScore((2,), (0.8, 0.4), network=flat, step=0.3, steps=5)
    exact = 0.8**2 + 5 * 0.3 * (0.8**2 + 0.4**2)
    drawn = model.sample(20_000, generator=torch.Generator().manual_seed(0))
    assert abs(drawn.var() - exact) < 5 * exact * math.sqrt(1 / 20_000)
