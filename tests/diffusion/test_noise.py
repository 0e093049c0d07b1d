"""Noise schedules against iterated steps and Bayes' rule by hand; conversions both ways."""

import itertools
import math

import pytest
import torch

from genlib.diffusion import (
    CosineSchedule,
    LinearSchedule,
    NoiseSchedule,
    StraightSchedule,
    convert,
    data_and_noise,
    posterior,
)
from genlib.diffusion.conversions import TARGETS
from genlib.diffusion.schedules import schedule_named

SCHEDULES = {"linear": LinearSchedule(), "cosine": CosineSchedule(), "straight": StraightSchedule()}
VARIANCE_PRESERVING = ["linear", "cosine"]
TIMES = torch.linspace(0.02, 0.98, 25).double()
every = pytest.mark.parametrize("name", SCHEDULES)
pairs = pytest.mark.parametrize(("given", "wanted"), list(itertools.product(TARGETS, TARGETS)))


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


# Schedules


@every
def test_a_schedule_goes_from_data_to_noise(name: str) -> None:
    schedule = SCHEDULES[name]
    t = torch.linspace(0, 1, 101).double()
    alpha, sigma = schedule.alpha(t), schedule.sigma(t)
    assert alpha[0] == 1
    assert sigma[0] == 0
    assert abs(alpha[-1]) < 0.0101
    assert abs(sigma[-1] - 1) < 1e-4
    assert (alpha.diff() < 0).all()
    assert (sigma.diff() > 0).all()
    assert (schedule.log_snr(TIMES).diff() < 0).all()


@pytest.mark.parametrize("name", VARIANCE_PRESERVING)
def test_a_variance_is_preserved(name: str) -> None:
    alpha, sigma = SCHEDULES[name].alpha(TIMES), SCHEDULES[name].sigma(TIMES)
    assert torch.allclose(alpha**2 + sigma**2, torch.ones_like(TIMES), atol=1e-12)


def test_schedules_have_their_known_values() -> None:
    half, ends = torch.tensor(0.5).double(), torch.tensor([0.25, 0.5]).double()
    # the integral of 0.1 + 19.9 s from 0 to 1/2 is 2.5375
    assert SCHEDULES["linear"].alpha(half).item() == pytest.approx(math.exp(-2.5375 / 2))
    assert SCHEDULES["straight"].alpha(ends).tolist() == [0.75, 0.5]
    assert SCHEDULES["straight"].log_snr(ends).tolist() == pytest.approx([2 * math.log(3), 0.0])
    assert CosineSchedule(last=1e-9).alpha(half).item() == pytest.approx(math.sqrt(0.5), abs=1e-8)
    assert SCHEDULES["cosine"].alpha(torch.ones(()).double()).item() == pytest.approx(0.01)


def test_a_thousand_linear_steps_are_nearly_those_of_the_paper() -> None:
    beta = torch.linspace(1e-4, 0.02, 1000).double()
    alpha_bar = torch.cumprod(1 - beta, 0)
    found = SCHEDULES["linear"].alpha(torch.arange(1, 1001).double() / 1000) ** 2
    assert (found.log() - alpha_bar.log()).abs().max() < 0.08  # of a log that falls to -10.1
    assert abs(found[500] / alpha_bar[500] - 1) < 0.02


@every
def test_log_snr_is_that_of_alpha_and_sigma(name: str) -> None:
    schedule = SCHEDULES[name]
    expected = (schedule.alpha(TIMES) ** 2 / schedule.sigma(TIMES) ** 2).log()
    assert torch.allclose(schedule.log_snr(TIMES), expected, atol=1e-9)


@every
def test_rates_are_autograd_s(name: str) -> None:
    schedule = SCHEDULES[name]
    t = TIMES.clone().requires_grad_()
    (alpha_rate,) = torch.autograd.grad(schedule.alpha(t).sum(), t)
    (sigma_rate,) = torch.autograd.grad(schedule.sigma(t).sum(), t)
    at = schedule.at(TIMES)
    assert torch.allclose(at.alpha_rate, alpha_rate, atol=1e-10)
    assert torch.allclose(at.sigma_rate, sigma_rate, atol=1e-10)


def test_coefficients_stand_in_front_of_whole_events() -> None:
    x = numbers(3, 2, 4, 5)
    t = torch.tensor([0.1, 0.5, 0.9]).double()
    at = SCHEDULES["cosine"].at(t, x)
    assert {part.shape for part in at} == {(3, 1, 1, 1)}
    assert torch.equal(at.alpha.flatten(), SCHEDULES["cosine"].alpha(t))


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_marginal_is_that_of_iterated_steps(name: str) -> None:
    """Mean and variance of x_T given x_0, carried from step to step, are those in closed form."""
    schedule, grid = SCHEDULES[name], torch.linspace(0, 0.95, 40).double()
    factor, variance = torch.ones(()).double(), torch.zeros(()).double()
    for s, t in itertools.pairwise(grid):
        keep = schedule.alpha(t) / schedule.alpha(s)
        added = schedule.sigma(t) ** 2 - keep**2 * schedule.sigma(s) ** 2
        assert added > 0
        factor, variance = keep * factor, keep**2 * variance + added
    assert factor.item() == pytest.approx(schedule.alpha(grid[-1]).item())
    assert variance.item() == pytest.approx(schedule.sigma(grid[-1]).item() ** 2)
    x, noise = numbers(5, 2), numbers(5, 2, seed=1)
    t = torch.full((5,), 0.95).double()
    assert torch.allclose(schedule.noised(x, noise, t), factor * x + variance.sqrt() * noise)


def test_steps_drawn_one_by_one_have_the_closed_form_s_moments() -> None:
    schedule, n = SCHEDULES["linear"], 40_000
    beta = torch.linspace(1e-4, 0.02, 1000).double()[:300]
    x = torch.full((n,), 1.7).double()
    generator = torch.Generator().manual_seed(0)
    for each in beta:
        noise = torch.randn(n, generator=generator, dtype=torch.float64)
        x = (1 - each).sqrt() * x + each.sqrt() * noise
    t = torch.tensor(0.3).double()
    spread = schedule.sigma(t).item()
    assert x.mean().item() == pytest.approx(1.7 * schedule.alpha(t).item(), abs=0.02)
    assert x.std().item() == pytest.approx(spread, rel=0.02)


# The posterior of an earlier time


@every
def test_the_posterior_is_bayes_rule(name: str) -> None:
    """q(x_s | x_t, x_0) is q(x_t | x_s) q(x_s | x_0), normalised: on a grid, by hand."""
    schedule = SCHEDULES[name]
    s, t = torch.tensor([0.3]).double(), torch.tensor([0.45]).double()
    x0, xt = torch.tensor([[0.8]]).double(), torch.tensor([[-0.4]]).double()
    mean, variance = posterior(xt, x0, t, s, schedule)
    keep = schedule.alpha(t) / schedule.alpha(s)
    added = schedule.sigma(t) ** 2 - keep**2 * schedule.sigma(s) ** 2
    grid = torch.linspace(-6, 6, 20_001).double()
    log_q = -((xt[0] - keep * grid) ** 2) / (2 * added)
    log_q = log_q - (grid - schedule.alpha(s) * x0[0]) ** 2 / (2 * schedule.sigma(s) ** 2)
    q = (log_q - log_q.logsumexp(0)).exp()
    by_hand = (q * grid).sum()
    assert mean.item() == pytest.approx(by_hand.item(), abs=1e-6)
    assert variance.item() == pytest.approx((q * (grid - by_hand) ** 2).sum().item(), rel=1e-5)


def test_the_posterior_is_the_paper_s_formula() -> None:
    """Ho et al., equation 7, with alpha-bar and beta of one step."""
    schedule, steps, i = SCHEDULES["linear"], 50, 20
    bar = schedule.alpha(torch.arange(steps + 1).double() / steps) ** 2
    beta = 1 - bar[i] / bar[i - 1]
    x0, xt = numbers(4, 3), numbers(4, 3, seed=1)
    mean = bar[i - 1].sqrt() * beta / (1 - bar[i]) * x0
    mean = mean + (1 - beta).sqrt() * (1 - bar[i - 1]) / (1 - bar[i]) * xt
    t, s = (torch.full((4,), k / steps).double() for k in (i, i - 1))
    found, variance = posterior(xt, x0, t, s, schedule)
    assert torch.allclose(found, mean)
    assert torch.allclose(variance, (1 - bar[i - 1]) / (1 - bar[i]) * beta)


@every
def test_the_posterior_of_time_0_is_the_data(name: str) -> None:
    x0, xt = numbers(2, 3), numbers(2, 3, seed=1)
    t, s = torch.full((2,), 0.4).double(), torch.zeros(2).double()
    mean, variance = posterior(xt, x0, t, s, SCHEDULES[name])
    assert torch.allclose(mean, x0)
    assert torch.allclose(variance, torch.zeros(()).double(), atol=1e-12)


# Conversions


@every
@pairs
def test_conversions_invert(name: str, given: str, wanted: str) -> None:
    schedule = SCHEDULES[name]
    x0, noise = numbers(25, 3), numbers(25, 3, seed=1)
    at = schedule.at(TIMES, x0)
    x = at.alpha * x0 + at.sigma * noise
    start = numbers(25, 3, seed=2)  # any prediction, right or wrong
    there = convert(start, x, given, wanted, at)
    assert torch.allclose(convert(there, x, wanted, given, at), start, atol=1e-8)
    found_data, found_noise = data_and_noise(there, x, wanted, at)
    assert torch.allclose(at.alpha * found_data + at.sigma * found_noise, x, atol=1e-8)


@every
def test_targets_are_what_they_are_called(name: str) -> None:
    schedule = SCHEDULES[name]
    x0, noise = numbers(25, 3), numbers(25, 3, seed=1)
    at = schedule.at(TIMES, x0)
    x = at.alpha * x0 + at.sigma * noise
    t = TIMES.clone().requires_grad_()
    path = schedule.alpha(t)[:, None] * x0 + schedule.sigma(t)[:, None] * noise
    moved = [torch.autograd.grad(path[:, k].sum(), t, retain_graph=True)[0] for k in range(3)]
    expected = {
        "x0": x0,
        "epsilon": noise,
        "v": at.alpha * noise - at.sigma * x0,
        "velocity": torch.stack(moved, 1),
        "score": (at.alpha * x0 - x) / at.sigma**2,
    }
    assert set(TARGETS) == set(expected)
    for wanted, value in expected.items():
        assert torch.allclose(convert(x0, x, "x0", wanted, at), value, atol=1e-9), wanted
        data, found = data_and_noise(value, x, wanted, at)
        assert torch.allclose(data, x0, atol=1e-9), wanted
        assert torch.allclose(found, noise, atol=1e-9), wanted


def test_the_straight_velocity_is_noise_minus_data() -> None:
    x0, noise = numbers(25, 3), numbers(25, 3, seed=1)
    at = SCHEDULES["straight"].at(TIMES, x0)
    x = at.alpha * x0 + at.sigma * noise
    assert torch.allclose(convert(x0, x, "x0", "velocity", at), noise - x0)


def test_v_turns_data_and_noise_by_an_angle() -> None:
    """Salimans and Ho (2022): x and v are x_0 and epsilon, turned by arctan(sigma / alpha)."""
    x0, noise = numbers(25, 3), numbers(25, 3, seed=1)
    at = SCHEDULES["cosine"].at(TIMES, x0)
    x = at.alpha * x0 + at.sigma * noise
    v = convert(x0, x, "x0", "v", at)
    assert torch.allclose(x**2 + v**2, x0**2 + noise**2)
    assert torch.allclose(at.alpha * x - at.sigma * v, x0)


def test_at_the_ends_what_is_known_stays_finite() -> None:
    x = numbers(2, 3)
    at = SCHEDULES["straight"].at(torch.tensor([0.0, 1.0]).double(), x)
    value = numbers(2, 3, seed=1)
    assert torch.equal(convert(value, x, "x0", "x0", at), value)
    assert torch.equal(convert(value, x, "epsilon", "epsilon", at), value)
    for target in ("v", "velocity"):
        data, noise = data_and_noise(value, x, target, at)
        assert torch.allclose(data[0], x[0])  # no noise at time 0
        assert torch.allclose(noise[1], x[1])  # nothing else at time 1


# What is refused


def test_unknown_names_are_refused() -> None:
    at = SCHEDULES["cosine"].at(TIMES, numbers(25, 1))
    with pytest.raises(ValueError, match="did you mean 'epsilon'"):
        convert(numbers(25, 1), numbers(25, 1), "epsilom", "x0", at)
    with pytest.raises(ValueError, match="did you mean 'cosine'"):
        schedule_named("cosin")
    own = CosineSchedule(last=0.1)
    assert schedule_named(own) is own
    assert isinstance(schedule_named("linear"), NoiseSchedule)


def test_numbers_that_make_no_schedule_are_refused() -> None:
    with pytest.raises(ValueError, match=r"last=0, wanted a number above 0 and below 1"):
        CosineSchedule(last=0)
    with pytest.raises(ValueError, match=r"first=20, last=0.1, wanted 0 < first <= last"):
        LinearSchedule(20, 0.1)


def test_times_out_of_their_range_are_refused() -> None:
    x = numbers(2, 3)
    for bad in ([-0.1, 0.5], [0.5, 1.1], [0.5, float("nan")]):
        with pytest.raises(ValueError, match=r"times from 0 \(data\) to 1 \(noise\)"):
            SCHEDULES["cosine"].noised(x, x, torch.tensor(bad).double())
    with pytest.raises(ValueError, match=r"one for each of 2 events; these have shape \(3,\)"):
        SCHEDULES["cosine"].noised(x, x, torch.zeros(3).double())
    half = torch.full((2,), 0.5).double()
    with pytest.raises(ValueError, match="wanted an earlier time"):
        posterior(x, x, half, half, SCHEDULES["cosine"])
