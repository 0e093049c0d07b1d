"""Samplers and solvers with denoisers and velocities that are known exactly."""

import itertools
import math

import pytest
import torch
from torch.distributions import MultivariateNormal

from genlib.data import toys
from genlib.diffusion import (
    CosineSchedule,
    IdealDenoiser,
    LinearSchedule,
    NoiseSchedule,
    StraightSchedule,
    ancestral,
    convert,
    ddim,
    euler,
    heun,
    length_over_chord,
    posterior,
    rk4,
    solve,
)
from genlib.diffusion.odes import EVALUATIONS

SCHEDULES = {"linear": LinearSchedule(), "cosine": CosineSchedule(), "straight": StraightSchedule()}
every = pytest.mark.parametrize("name", SCHEDULES)
SPREAD = torch.tensor([0.5, 2.0]).double()
MEAN = torch.tensor([1.0, -0.5]).double()


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def grid(steps: int, start: float = 1.0, end: float = 0.0) -> torch.Tensor:
    return torch.linspace(start, end, steps + 1).double()


def gaussian(schedule: NoiseSchedule):
    """Return the ideal denoiser of N(MEAN, diag(SPREAD^2))."""

    def denoise(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        at = schedule.at(t, x)
        gain = at.alpha * SPREAD**2 / (at.alpha**2 * SPREAD**2 + at.sigma**2)
        return MEAN + gain * (x - at.alpha * MEAN)

    return denoise


def velocity_of(denoise, schedule: NoiseSchedule):
    def velocity(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return convert(denoise(x, t), x, "x0", "velocity", schedule.at(t, x))

    return velocity


# The ideal denoiser


@every
def test_the_ideal_score_is_autograd_s_of_the_exact_mixture(name: str) -> None:
    schedule, data = SCHEDULES[name], numbers(7, 2)
    ideal = IdealDenoiser(data, schedule)
    x = (1.5 * numbers(6, 2, seed=1)).requires_grad_()
    t = torch.tensor([0.03, 0.1, 0.3, 0.5, 0.8, 0.97]).double()
    alpha, sigma = schedule.alpha(t), schedule.sigma(t)
    log_p = []
    for b in range(6):
        parts = MultivariateNormal(alpha[b] * data, sigma[b] ** 2 * torch.eye(2).double())
        log_p.append(parts.log_prob(x[b]).logsumexp(0) - math.log(7))
    log_p = torch.stack(log_p)
    (score,) = torch.autograd.grad(log_p.sum(), x)
    assert torch.allclose(ideal.log_prob(x, t), log_p)
    assert torch.allclose(ideal.score(x, t), score, atol=1e-8)


def test_the_ideal_denoiser_is_bayes_rule_by_hand() -> None:
    """Two points, -1 and 1, at equal noise: a hyperbolic tangent."""
    data = torch.tensor([[-1.0], [1.0]]).double()
    schedule = StraightSchedule()
    x, t = numbers(50, 1), torch.full((50,), 0.4).double()
    expected = torch.tanh(0.6 * x / 0.16)
    assert torch.allclose(IdealDenoiser(data, schedule)(x, t), expected)


@every
def test_the_ideal_denoiser_of_pure_noise_is_the_mean_and_of_little_noise_the_datum(
    name: str,
) -> None:
    data = numbers(9, 3, 2)
    ideal = IdealDenoiser(data, SCHEDULES[name])
    ones, few = torch.ones(9).double(), torch.full((9,), 1e-3).double()
    near = SCHEDULES[name].noised(data, numbers(9, 3, 2, seed=1), few)
    assert torch.allclose(ideal(near, few), data, atol=1e-6)
    far = ideal(numbers(9, 3, 2, seed=1), ones)
    assert far.shape == data.shape
    assert torch.allclose(far, data.mean(0).expand_as(far), atol=0.12)  # alpha stops at 0.01
    if name == "straight":
        assert torch.allclose(far, data.mean(0).expand_as(far), atol=1e-12)


def test_no_denoiser_has_a_smaller_error() -> None:
    data, schedule = numbers(5, 2), CosineSchedule()
    ideal = IdealDenoiser(data, schedule)
    pick = torch.randint(5, (20_000,), generator=torch.Generator().manual_seed(0))
    t = torch.full((20_000,), 0.4).double()
    x = schedule.noised(data[pick], numbers(20_000, 2, seed=1), t)
    best = ideal(x, t)
    error = (best - data[pick]).square().sum(1)
    for other in (best + 0.1, 0.9 * best, data[((x[:, None] - data) ** 2).sum(2).argmin(1)]):
        assert ((other - data[pick]).square().sum(1) - error).mean() > 0.005


@pytest.mark.parametrize("sampler", [ancestral, ddim])
def test_the_ideal_denoiser_generates_its_data_again(sampler) -> None:
    data, schedule = numbers(6, 2), CosineSchedule()
    torch.manual_seed(0)
    x = sampler(IdealDenoiser(data, schedule), numbers(300, 2, seed=1), grid(60), schedule)
    distance, nearest = torch.cdist(x, data).min(1)
    assert distance.max() < 1e-3
    assert nearest.unique().numel() == 6


# Samplers


@every
def test_ddim_with_all_its_noise_is_an_ancestral_step(name: str) -> None:
    schedule = SCHEDULES[name]
    denoise, x, times = gaussian(schedule), numbers(9, 2), grid(8)
    one, other = (torch.Generator().manual_seed(3) for _ in range(2))
    expected = ancestral(denoise, x, times, schedule, generator=one)
    found = ddim(denoise, x, times, schedule, eta=1.0, generator=other)
    assert torch.allclose(found, expected, atol=1e-9)
    less = ddim(denoise, x, times, schedule, eta=0.9, generator=torch.Generator().manual_seed(3))
    assert not torch.allclose(less, expected, atol=1e-3)


@every
def test_ddim_without_noise_keeps_data_and_noise_in_their_shares(name: str) -> None:
    schedule, x = SCHEDULES[name], numbers(9, 2)
    t, s = torch.full((9,), 0.7).double(), torch.full((9,), 0.4).double()
    x0 = gaussian(schedule)(x, t)
    noise = (x - schedule.at(t, x).alpha * x0) / schedule.at(t, x).sigma
    times = torch.tensor([0.7, 0.4]).double()
    assert torch.allclose(
        ddim(gaussian(schedule), x, times, schedule), schedule.noised(x0, noise, s)
    )


def test_ddim_on_straight_paths_is_euler() -> None:
    schedule, x = StraightSchedule(), numbers(9, 2)
    denoise = gaussian(schedule)
    found = ddim(denoise, x, grid(7), schedule)
    assert torch.allclose(found, euler(velocity_of(denoise, schedule), x, grid(7)))


@every
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_a_gaussian_is_sampled_with_its_mean_and_spread(name: str, eta: float) -> None:
    schedule = SCHEDULES[name]
    generator = torch.Generator().manual_seed(0)
    x = numbers(4_000, 2, seed=1)
    x = ddim(gaussian(schedule), x, grid(80), schedule, eta=eta, generator=generator)
    assert torch.allclose(x.mean(0), MEAN, atol=0.1)
    assert torch.allclose(x.std(0), SPREAD, rtol=0.08)


def test_an_ancestral_step_has_the_posterior_s_moments() -> None:
    schedule, n = CosineSchedule(), 50_000
    x = torch.tensor([0.3, -0.2]).double().expand(n, 2)
    times = torch.tensor([0.6, 0.5]).double()
    t, s = times.expand(n, 2).unbind(1)
    mean, variance = posterior(x, gaussian(schedule)(x, t), t, s, schedule)
    generator = torch.Generator().manual_seed(0)
    found = ancestral(gaussian(schedule), x, times, schedule, generator=generator)
    assert torch.allclose(found.mean(0), mean[0], atol=0.01)
    assert torch.allclose(found.var(0), variance[0].expand(2), rtol=0.03)


def test_upper_steps_have_the_noise_of_the_step_forward_but_the_last() -> None:
    schedule, n = CosineSchedule(), 50_000
    x = torch.tensor([0.3, -0.2]).double().expand(n, 2)
    times = torch.tensor([0.6, 0.5]).double()
    keep = schedule.alpha(times[0]) / schedule.alpha(times[1])
    added = schedule.sigma(times[0]) ** 2 - keep**2 * schedule.sigma(times[1]) ** 2
    options = {"variance": "upper", "generator": torch.Generator().manual_seed(0)}
    found = ancestral(gaussian(schedule), x, times, schedule, **options)
    assert torch.allclose(found.var(0), added.expand(2), rtol=0.03)
    to_data = torch.tensor([0.6, 0.0]).double()
    last = ancestral(gaussian(schedule), x, to_data, schedule, **options)
    assert torch.allclose(last, gaussian(schedule)(x, torch.full((n,), 0.6).double()))


# Solvers


@pytest.mark.parametrize(("solver", "order"), [(euler, 1), (heun, 2), (rk4, 4)])
def test_half_the_step_divides_the_error_by_two_to_the_order(solver, order: int) -> None:
    def velocity(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return x.cos() * (1 + t[:, None])  # from 0, x(t) has sin x = tanh(t + t^2 / 2)

    x = torch.zeros(3, 1).double()
    exact = math.asin(math.tanh(1.5))
    errors = [abs(solver(velocity, x, grid(k, 0, 1))[0, 0].item() - exact) for k in (20, 40)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("method", EVALUATIONS)
def test_solvers_call_the_velocity_as_often_as_they_say_and_go_both_ways(method: str) -> None:
    calls = []

    def velocity(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        calls.append(t.shape)
        return x.sin() + t[:, None]

    x = numbers(4, 2)
    there = solve(velocity, x, grid(50), method)
    assert len(calls) == 50 * EVALUATIONS[method]
    assert set(calls) == {(4,)}
    tolerance = {"euler": 0.1, "heun": 1e-3, "rk4": 1e-7}[method]
    assert torch.allclose(solve(velocity, there, grid(50, 0, 1), method), x, atol=tolerance)


def test_the_perfect_field_s_first_euler_step_lands_on_the_mean() -> None:
    data, schedule = numbers(11, 2), StraightSchedule()
    velocity = velocity_of(IdealDenoiser(data, schedule), schedule)
    x = euler(velocity, numbers(30, 2, seed=1), grid(1))
    assert torch.allclose(x, data.mean(0).expand(30, 2), atol=1e-9)


def test_the_perfect_field_carries_noise_to_a_gaussian_exactly() -> None:
    """Each coordinate is stretched: x_0 = mean + spread x_1 along the exact field."""
    schedule, x = StraightSchedule(), numbers(40, 2)
    found = rk4(velocity_of(gaussian(schedule), schedule), x, grid(60, 1.0, 1e-6))
    assert torch.allclose(found, MEAN + SPREAD * x, atol=1e-4)


def test_a_mixture_s_field_makes_its_samples() -> None:
    world, schedule = toys.world(), StraightSchedule()
    eye = torch.eye(2).double()

    def velocity(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        a, s = 1 - t[0], t[0]
        noisy = type(world)(world.weights, a * world.means, a**2 * world.covariances + s**2 * eye)
        return convert(noisy.score(x), x, "score", "velocity", schedule.at(t, x))

    x = heun(velocity, numbers(2_000, 2), grid(40, 1 - 1e-6, 1e-3))
    shares = world.log_joint(x).argmax(1).bincount(minlength=3) / 2_000
    assert torch.allclose(shares, torch.tensor([0.5, 0.3, 0.2]), atol=0.04)
    assert torch.allclose(torch.cov(x.T), world.covariance, atol=0.15)


def test_length_over_chord_is_one_on_lines_and_known_on_a_half_circle() -> None:
    x = numbers(5, 2)
    straight = length_over_chord(lambda x, t: torch.ones_like(x) * (1 + t[:, None]), x, grid(9))
    assert torch.allclose(straight, torch.ones(5).double())

    def turning(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return math.pi * torch.stack([-x[:, 1], x[:, 0]], 1)

    assert torch.allclose(
        length_over_chord(turning, x, grid(400)), torch.full((5,), math.pi / 2).double(), atol=1e-3
    )


# What is refused


def test_times_that_are_no_grid_are_refused() -> None:
    x, schedule = numbers(2, 2), CosineSchedule()
    denoise = gaussian(schedule)
    bad = {"two or more times": [0.5], r"range over \[0, 1.5\]": [1.5, 0.0],
           "always rise or always fall": [1.0, 0.2, 0.4]}  # fmt: skip
    for (message, times), run in itertools.product(bad.items(), (ancestral, ddim)):
        with pytest.raises(ValueError, match=message):
            run(denoise, x, torch.tensor(times).double(), schedule)
        with pytest.raises(ValueError, match=message):
            euler(denoise, x, torch.tensor(times).double())
    with pytest.raises(ValueError, match="wanted times that fall"):
        ddim(denoise, x, grid(5, 0, 1), schedule)
    with pytest.raises(ValueError, match=r"eta=1.5, wanted a number in \[0, 1\]"):
        ddim(denoise, x, grid(5), schedule, eta=1.5)
    with pytest.raises(ValueError, match="variance='uper'; did you mean 'upper'"):
        ancestral(denoise, x, grid(5), schedule, variance="uper")
    with pytest.raises(ValueError, match="did you mean 'euler'"):
        solve(denoise, x, grid(5), "eular")


def test_data_that_are_none_are_refused() -> None:
    for bad in (torch.zeros(3, 2).long(), torch.zeros(0, 2), torch.full((2, 2), torch.inf), None):
        with pytest.raises(ValueError, match="finite floats"):
            IdealDenoiser(bad)
