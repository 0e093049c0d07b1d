"""DDPM, flow matching and consistency models: losses, bounds, likelihoods, samples, guidance."""

import copy
import itertools
import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal, Normal

from genlib import fit
from genlib.diffusion import (
    DDPM,
    Consistency,
    DiffusionModel,
    FlowMatching,
    IdealDenoiser,
    Perceptron,
    StraightSchedule,
    UNet,
    convert,
    euler,
    exact_divergence,
    length_over_chord,
    posterior,
    probed_divergence,
)
from genlib.diffusion.conversions import TARGETS
from genlib.diffusion.schedules import SCHEDULES, schedule_named

POINTS = {"event_shape": (2,), "bounds": None}
BLIND = [("straight", "epsilon"), ("straight", "score")]  # no data are left at time 1
PAIRS = [pair for pair in itertools.product(SCHEDULES, TARGETS) if pair not in BLIND]
KINDS: dict[str, Callable[..., DiffusionModel]] = {
    "DDPM": DDPM,
    "FlowMatching": FlowMatching,
    "Consistency": Consistency,
    "reflow": lambda **o: FlowMatching(coupled=True, **o),
}
every = pytest.mark.parametrize("name", KINDS)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


class Exact(nn.Module):
    """The ideal prediction of any target for data from N(mean, diag(spread^2))."""

    def __init__(self, mean: Tensor, spread: Tensor, target: str, noise: str) -> None:
        super().__init__()
        self.mean, self.spread, self.target = mean, spread, target
        self.noise = schedule_named(noise)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        at = self.noise.at(t, x)
        gain = at.alpha * self.spread**2 / (at.alpha**2 * self.spread**2 + at.sigma**2)
        x0 = self.mean + gain * (x - at.alpha * self.mean)
        return convert(x0, x, "x0", self.target, at)


class Velocity(nn.Module):
    """The velocity field of straight paths to N(mean, diag(spread^2)), finite at both ends."""

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.mean, self.spread = mean, spread

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        t = t[:, None]
        variance = (1 - t) ** 2 * self.spread**2 + t**2
        slope = (t - (1 - t) * self.spread**2) / variance
        return -self.mean + slope * (x - (1 - t) * self.mean)


class Told(nn.Module):
    """Predicts its label plus a tenth of what it sees: 9 for one that is not known."""

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        return label.to(x.dtype).view(-1, *[1] * (x.dim() - 1)) + 0.1 * x + t.view(-1, 1)


def exact_ddpm(target: str = "epsilon", noise: str = "cosine", length: int = 1000, **o) -> DDPM:
    network = Exact(MEAN, SPREAD, target, noise)
    options = POINTS | {"noise": noise, "target": target, "length": length} | o
    return DDPM(network, **options).double()


MEAN, SPREAD = torch.tensor([0.7, -0.2]).double(), torch.tensor([0.4, 1.3]).double()
GAUSSIAN = MultivariateNormal(MEAN, torch.diag(SPREAD**2))


# What all of them share


@every
@pytest.mark.parametrize("shape", [(1, 8, 8), (2,), (20,), (4, 7, 7), (3, 4, 4)])
def test_models_build_for_images_points_and_codes(name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    small = UNet(event_shape=shape, patch=1, widths=(4,), blocks=1) if len(shape) == 3 else None
    model = KINDS[name](network=small, event_shape=shape, bounds=None)
    x = torch.randn(6, *shape)
    batch = (x, torch.randn_like(x)) if name == "reflow" else x
    model.check(batch)
    loss = model.loss(batch)
    assert loss.shape == ()
    loss.backward()
    assert model.sample(3, steps=2).shape == (3, *shape)


def test_every_model_builds_for_digits_with_no_arguments() -> None:
    for build in (DDPM, FlowMatching, Consistency):
        model = build()
        size = sum(p.numel() for p in model.parameters())
        assert 270_000 < size < 300_000
        x = model.sample(2, steps=1)
        assert x.shape == (2, 1, 28, 28)
        assert 0 <= x.min() <= x.max() <= 1


@every
def test_training_lowers_the_loss_and_reaches_every_parameter(name: str) -> None:
    torch.manual_seed(0)
    fixed = {"coarse": 4, "fine": 4} if name == "Consistency" else {}
    model = KINDS[name](network=Perceptron(hidden=(16,)), **fixed, **POINTS)
    x = torch.randn(64, 2) * torch.tensor([0.2, 1.0]) + 3
    data = (x, torch.randn(64, 2)) if name == "reflow" else x
    history = fit(model, data, steps=60, batch_size=32, device="cpu", progress=False)
    assert sum(history["loss"][-10:]) < 0.7 * sum(history["loss"][:10])
    model.loss(data).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@every
def test_samples_come_from_their_generator_and_stay_in_bounds(name: str) -> None:
    torch.manual_seed(0)
    model = KINDS[name](network=Perceptron(hidden=(8,)), event_shape=(2,), bounds=(-3.0, 5.0))
    with torch.no_grad():
        model.network.layers[-1].weight.normal_(std=20)
    draw = [model.sample(40, steps=3, generator=torch.Generator().manual_seed(1)) for _ in "ab"]
    assert torch.equal(*draw)
    assert -3 <= draw[0].min() < draw[0].max() <= 5
    assert ((draw[0] == -3) | (draw[0] == 5)).any()


def test_bounds_are_a_map_to_minus_one_and_one() -> None:
    model = DDPM(**(POINTS | {"bounds": (-3.0, 5.0)}))
    ends = torch.tensor([[-3.0, 5.0], [1.0, 3.0]])
    assert model.inward(ends).tolist() == [[-1, 1], [0, 0.5]]
    assert torch.equal(model.outward(model.inward(ends)), ends)
    assert model.log_scale == pytest.approx(2 * math.log(1 / 4))


@pytest.mark.parametrize(("noise", "target"), PAIRS)
def test_one_network_serves_all_targets(noise: str, target: str) -> None:
    model = exact_ddpm(target, noise)
    x, t = numbers(9, 2), torch.linspace(0.1, 0.9, 9).double()
    data = Exact(MEAN, SPREAD, "x0", noise)(x, t)
    assert torch.allclose(model.denoise(x, t), data, atol=1e-9)
    flow = Exact(MEAN, SPREAD, "velocity", noise)(x, t)
    assert torch.allclose(model.velocity(x, t), flow, atol=1e-8)


@pytest.mark.parametrize("method", DDPM.methods)
@pytest.mark.parametrize("noise", SCHEDULES)
def test_every_way_of_sampling_gives_the_gaussian(noise: str, method: str) -> None:
    model = exact_ddpm("x0", noise)
    x = model.sample(2_000, steps=60, method=method, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(x.mean(0), MEAN, atol=0.12)
    # the posterior's variance is too small for few steps
    assert torch.allclose(x.std(0), SPREAD, rtol=0.15 if method == "ancestral" else 0.08)


def test_training_times_are_spread_over_their_range() -> None:
    model = DDPM(earliest=0.2, **POINTS)
    t = model.times(torch.zeros(1000, 2))
    places = (t - 0.2) / 0.8 * 1000
    assert torch.equal(places.floor(), torch.arange(1000.0))
    assert DDPM(earliest=1.0, **POINTS).times(torch.zeros(3, 2)).tolist() == [1, 1, 1]


# DDPM


@pytest.mark.parametrize("target", TARGETS)
def test_the_loss_is_the_squared_error_of_the_target(target: str) -> None:
    model = DDPM(nn.Identity(), target=target, **POINTS).double()
    model.network.forward = lambda x, t: 0.3 * x
    x, noise, t = numbers(5, 2), numbers(5, 2, seed=1), torch.linspace(0.1, 0.9, 5).double()
    alpha, sigma = model.noise.alpha(t)[:, None], model.noise.sigma(t)[:, None]
    known = {"x0": x, "epsilon": noise, "v": alpha * noise - sigma * x, "score": -noise / sigma,
             "velocity": math.acos(0.01) * (alpha * noise - sigma * x)}  # fmt: skip
    expected = (0.3 * (alpha * x + sigma * noise) - known[target]).square().sum(1)
    assert torch.allclose(model.errors(x, noise, t, None), expected)
    torch.manual_seed(4)
    found = model.loss(x)
    torch.manual_seed(4)
    noise = torch.randn_like(x)
    assert torch.allclose(found, model.errors(x, noise, model.times(x), None).mean())


@pytest.mark.parametrize(("target", "other"), list(itertools.product(TARGETS, TARGETS)))
def test_weighting_makes_one_target_s_loss_another_s(target: str, other: str) -> None:
    torch.manual_seed(0)
    network = Perceptron(hidden=(8,))
    network.layers[-1].weight.data.normal_()
    model = DDPM(network, target=target, weighting=other, **POINTS).double()
    x, noise, t = numbers(5, 2), numbers(5, 2, seed=1), torch.linspace(0.1, 0.9, 5).double()
    at = model.noise.at(t, x)
    noisy = at.alpha * x + at.sigma * noise
    found = convert(network(noisy, t), noisy, target, other, at)
    wanted = convert(x, noisy, "x0", other, at)
    expected = (found - wanted).square().sum(1)
    assert torch.allclose(model.errors(x, noise, t, None), expected, rtol=1e-8)


@pytest.mark.parametrize("target", ["epsilon", "x0", "v"])
def test_the_bound_s_weight_is_the_loss_of_signal_to_noise(target: str) -> None:
    model = exact_ddpm(target, weighting="bound")
    x, noise = numbers(9, 2), numbers(9, 2, seed=1)
    t = torch.linspace(0.1, 0.9, 9).double().requires_grad_()
    (slope,) = torch.autograd.grad(model.noise.log_snr(t).exp().sum(), t)
    t = t.detach()
    error = (x - model.denoise(model.noise.noised(x, noise, t), t)).square().sum(1)
    assert torch.allclose(model.errors(x, noise, t, None), -0.5 * slope * error)


@pytest.mark.parametrize("variance", ["lower", "upper"])
def test_a_step_s_rate_is_the_divergence_of_two_gaussians(variance: str) -> None:
    model, n, i = exact_ddpm(length=20, variance=variance), 4_000, 7
    x = numbers(1, 2).expand(n, 2)
    t, s = (torch.full((n,), k / 20).double() for k in (i, i - 1))
    torch.manual_seed(3)
    torch.rand(n, dtype=torch.float64)  # which step
    noisy = model.noise.noised(x, torch.randn_like(x), t)
    q, v = posterior(noisy, x, t, s, model.noise)
    p, _ = posterior(noisy, model.denoise(noisy, t), t, s, model.noise)
    forward = model.noise.sigma(t) ** 2
    forward -= (model.noise.alpha(t) / model.noise.alpha(s) * model.noise.sigma(s)) ** 2
    w = v if variance == "lower" else forward[:, None]
    kl = torch.distributions.kl_divergence(Normal(q, v.sqrt()), Normal(p, w.sqrt())).sum(1)
    torch.manual_seed(3)
    found = model.rate(x, i - 2, 19, None)  # draw 5 of 19 always falls on this step
    assert torch.allclose(found, kl)
    if variance == "lower":
        lost = model.noise.log_snr(s).exp() - model.noise.log_snr(t).exp()
        error = (x - model.denoise(noisy, t)).square().sum(1)
        assert torch.allclose(found, 0.5 * lost * error)


def test_draws_fall_on_every_step_once() -> None:
    seen = []
    model = exact_ddpm(length=9)
    ask = model.network.forward
    model.network.forward = lambda x, t: seen.append(t[0].item()) or ask(x, t)
    for draw in range(8):
        model.rate(numbers(3, 2), draw, 8, None)
    assert [round(9 * t) for t in seen] == list(range(2, 10))


def gaps(lengths: tuple[int, ...], **options: object) -> list[float]:
    """Return by how much the bound of a Gaussian is too low, for each T, in nats."""
    torch.manual_seed(0)
    x = torch.stack([MEAN, MEAN + SPREAD, MEAN - torch.tensor([0.5, 2.0])])
    log_p, found = GAUSSIAN.log_prob(x), []
    for length in lengths:
        model = exact_ddpm(length=length, **options)
        draws = model.elbo(x.repeat_interleave(300, 0), samples=length - 1).view(3, 300)
        assert (draws.mean(1) < log_p + 4 * draws.std(1) / 300**0.5).all()
        found.append((log_p - draws.mean(1)).mean().item())
    return found


@pytest.mark.parametrize(("noise", "target"), [("cosine", "epsilon"), ("linear", "x0")])
def test_the_bound_stays_below_the_likelihood_and_reaches_it(noise: str, target: str) -> None:
    few, more, most = gaps((5, 40, 800), noise=noise, target=target, variance="upper")
    assert few > 2 * more > 0.1
    assert abs(most) < 0.08


def expected_bound(model: DDPM, x: Tensor) -> Tensor:
    """Return the mean of the bound for a Gaussian's ideal denoiser, step by step, by hand."""
    i = torch.arange(model.length + 1).double() / model.length
    a, s = (f(i)[:, None, None] for f in (model.noise.alpha, model.noise.sigma))
    gain = a * SPREAD**2 / (a**2 * SPREAD**2 + s**2)
    square = ((1 - gain * a) * (x - MEAN)) ** 2 + (gain * s) ** 2  # E of x_0's squared error
    variance = (s[1] / a[1]) ** 2
    first = -0.5 * (square[1] / variance + (2 * math.pi * variance).log())
    added = s[2:] ** 2 - (a[2:] / a[1:-1]) ** 2 * s[1:-1] ** 2
    kept = added * s[1:-1] ** 2 / s[2:] ** 2
    given = kept if model.variance == "lower" else added
    move = (a[1:-1] * added / s[2:] ** 2) ** 2 * square[2:]
    rates = 0.5 * (move / given + kept / given - 1 - (kept / given).log())
    last = torch.distributions.kl_divergence(Normal(a[-1] * x, s[-1]), Normal(0.0, 1.0))
    return (first - rates.sum(0) - last).sum(1)


@pytest.mark.parametrize("variance", ["lower", "upper"])
@pytest.mark.parametrize("noise", ["cosine", "linear", "straight"])
def test_the_bound_is_its_mean_by_hand(noise: str, variance: str) -> None:
    torch.manual_seed(0)
    model, x = exact_ddpm("x0", noise, 12, variance=variance), numbers(3, 2)
    draws = model.elbo(x.repeat_interleave(4_000, 0), samples=11).view(3, 4_000)
    error = draws.std(1) / 4_000**0.5
    assert ((draws.mean(1) - expected_bound(model, x)).abs() < 4.5 * error).all()


def test_the_posterior_s_variance_costs_what_the_first_steps_are_too_narrow_by() -> None:
    """Half the sum of r - 1 - ln r a number, with r = (i / (i - 1))^2 where sigma is small."""
    x = MEAN + SPREAD * numbers(200, 2)
    ratio = (torch.arange(2, 5001) / torch.arange(1, 5000)).double() ** 2
    known = 0.5 * (ratio - 1 - ratio.log()).sum().item()
    for variance, gap in {"lower": 2 * known, "upper": 0.0}.items():
        model = exact_ddpm(length=5000, variance=variance)
        lost = (GAUSSIAN.log_prob(x) - expected_bound(model, x)).mean()
        assert lost.item() == pytest.approx(gap, abs=0.02)


def test_the_terms_of_the_bound_are_their_closed_forms() -> None:
    model, x = exact_ddpm(length=30, noise="linear"), numbers(4, 2)
    alpha, sigma = (f(torch.ones(()).double()) for f in (model.noise.alpha, model.noise.sigma))
    last = torch.distributions.kl_divergence(Normal(alpha * x, sigma), Normal(0.0, 1.0)).sum(1)
    t = torch.tensor(1 / 30).double()
    a, s = model.noise.alpha(t), model.noise.sigma(t)
    gain = a * SPREAD**2 / (a**2 * SPREAD**2 + s**2)
    # E of the square: what the denoiser misses on average, and by chance
    square = ((1 - gain * a) * (x - MEAN)) ** 2 + (gain * s) ** 2
    variance = (s / a) ** 2
    first = (-0.5 * square / variance - 0.5 * (2 * math.pi * variance).log()).sum(1)
    torch.manual_seed(0)
    found, _, rate = model.terms(x.repeat_interleave(2_000, 0))
    found = found.view(4, 2_000)
    assert torch.allclose(rate[::2_000], last)
    assert ((found.mean(1) - first).abs() < 4.5 * found.std(1) / 2_000**0.5).all()


def test_the_bound_of_bounded_events_is_a_density_of_these() -> None:
    low, high = -2.0, 4.0
    torch.manual_seed(0)
    model = exact_ddpm(length=200, bounds=(low, high), variance="upper")
    x = model.outward(torch.tensor([[0.6, 0.1]]).double()).expand(1_000, 2)
    inner = GAUSSIAN.log_prob(model.inward(x[0]))
    found = model.elbo(x, samples=199).mean()
    assert found.item() == pytest.approx(inner.item() + 2 * math.log(2 / 6), abs=0.1)


def test_the_weighted_loss_is_the_bound_s_rates_once_steps_are_short() -> None:
    torch.manual_seed(0)
    model = exact_ddpm(length=2000, weighting="bound", earliest=0.2)
    x = numbers(1, 2).expand(20_000, 2)
    late = [model.rate(x, draw, 10, None).mean() for draw in range(2, 10)]  # a tenth of time each
    rates = 1999 / 10 * sum(late)
    assert 0.8 * model.loss(x).item() == pytest.approx(rates.item(), rel=0.03)


def test_an_ideal_denoiser_is_a_model_that_repeats_its_data() -> None:
    data = torch.rand(5, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    model = DDPM(IdealDenoiser(2 * data - 1), target="x0", event_shape=(1, 4, 4))
    x = model.sample(20, steps=40)
    assert torch.cdist(x.flatten(1), data.flatten(1)).amin(1).max() < 1e-2


# Guidance


def conditional(**options: object) -> DDPM:
    return DDPM(Told(), classes=9, target="x0", **(POINTS | options))


def test_guidance_is_a_line_through_both_predictions() -> None:
    model, x, t = conditional(), torch.randn(4, 2), torch.full((4,), 0.5)
    label = torch.tensor([0, 2, 5, 8])
    unknown, known = model.predict(x, t), model.predict(x, t, label)
    assert torch.allclose(unknown, 9 + 0.1 * x + 0.5)
    assert torch.allclose(known, label[:, None] + 0.1 * x + 0.5)
    assert torch.equal(model.predict(x, t, label, guidance=1), known)
    assert torch.equal(model.predict(x, t, label, guidance=0), unknown)
    assert torch.allclose(model.predict(x, t, label, 3.0), unknown + 3 * (known - unknown))


def test_guidance_of_one_target_is_guidance_of_all() -> None:
    torch.manual_seed(0)
    network = Perceptron(classes=3, hidden=(8,))
    network.layers[-1].weight.data.normal_()
    model = DDPM(network, classes=3, target="v", **POINTS).double()
    x, t, label = numbers(4, 2), torch.full((4,), 0.5).double(), torch.tensor([0, 1, 2, 0])
    for convert_to in (model.denoise, model.velocity):
        without, given = convert_to(x, t), convert_to(x, t, label)
        assert torch.allclose(convert_to(x, t, label, 4.0), without + 4 * (given - without))


def test_samples_have_the_label_that_is_asked_for() -> None:
    model = conditional(bounds=(-100.0, 100.0))
    model.network.forward = lambda x, t, label: (label / 10).to(x)[:, None].expand_as(x)
    found = model.inward(model.sample(3, label=[1, 4, 7], steps=5, method="ddim"))
    assert torch.allclose(found, torch.tensor([[0.1], [0.4], [0.7]]).expand(3, 2), atol=1e-5)
    found = model.inward(model.sample(2, label=4, guidance=0, steps=5))
    assert torch.allclose(found, torch.full((2, 2), 0.9), atol=1e-5)
    labels = model.inward(model.sample(2_000, steps=1))[:, 0].mul(10).round()
    assert labels.unique().tolist() == list(range(9))


def test_a_share_of_the_labels_is_hidden() -> None:
    model, label = conditional(dropout=0.25), torch.arange(9).repeat(2_000)
    hidden = model.hidden(label)
    assert (hidden == 9).float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert torch.equal(hidden[hidden != 9], label[hidden != 9])
    assert torch.equal(conditional(dropout=0.0).hidden(label), label)
    assert (conditional(dropout=1.0).hidden(label) == 9).all()


def test_a_network_learns_from_labels_and_an_unconditional_one_passes_them_by() -> None:
    torch.manual_seed(0)
    x, label = torch.randn(6, 2), torch.arange(6) % 3
    model = FlowMatching(classes=3, **POINTS)
    model.network.layers[-1].weight.data.normal_()
    model.loss((x, label)).backward()
    assert model.network.condition.label.weight.grad[:3].abs().sum(1).min() > 0
    FlowMatching(**POINTS).loss((x, label))


def test_the_bound_given_a_label_is_that_label_s() -> None:
    model = conditional(length=50)
    seen = []
    model.network.forward = lambda x, t, label: seen.append(label.tolist()) or 0 * x
    x = torch.zeros(2, 2)
    model.elbo(x)
    model.elbo(x, label=[3, 4])
    assert seen == [[9, 9], [9, 9], [3, 4], [3, 4]]


# Flow matching


def exact_flow(**options: object) -> FlowMatching:
    return FlowMatching(Velocity(MEAN, SPREAD), **(POINTS | options)).double()


def test_the_loss_of_flow_matching_is_written_out() -> None:
    model = exact_flow()
    x, noise, t = numbers(5, 2), numbers(5, 2, seed=1), torch.linspace(0.1, 0.9, 5).double()
    noisy = (1 - t)[:, None] * x + t[:, None] * noise
    expected = (model.network(noisy, t) - (noise - x)).square().sum(1)
    assert torch.allclose(model.errors(x, noise, t, None), expected)


def test_no_velocity_has_a_smaller_loss_than_the_exact_one() -> None:
    model, n = exact_flow(), 40_000
    x, noise = MEAN + SPREAD * numbers(n, 2), numbers(n, 2, seed=1)
    t = torch.rand(n, generator=torch.Generator().manual_seed(2)).double()
    best = model.errors(x, noise, t, None)
    ask = model.network.forward
    for change in (lambda u: u + 0.1, lambda u: 0.95 * u, lambda u: 1.05 * u):
        model.network.forward = lambda x, t, c=change: c(ask(x, t))
        assert (model.errors(x, noise, t, None) - best).mean() > 0.003


@pytest.mark.parametrize("method", ["heun", "rk4"])
def test_the_likelihood_of_a_gaussian_is_exact(method: str) -> None:
    x = MEAN + 1.5 * numbers(20, 2)
    found = exact_flow().log_prob(x, steps=60, method=method)
    tolerance = {"heun": 1e-2, "rk4": 1e-5}[method]
    assert torch.allclose(found, GAUSSIAN.log_prob(x), atol=tolerance)
    bounded = exact_flow(bounds=(-9.0, 9.0))
    inner = GAUSSIAN.log_prob(bounded.inward(x)) + 2 * math.log(2 / 18)
    assert torch.allclose(bounded.log_prob(x, steps=60, method=method), inner, atol=tolerance)


def test_a_likelihood_integrates_to_one_and_is_that_of_the_samples() -> None:
    torch.manual_seed(0)
    model = FlowMatching(Perceptron(hidden=(8,)), **POINTS).double()
    with torch.no_grad():
        model.network.layers[-1].weight.normal_(std=0.5)
    axis = torch.linspace(-6, 6, 61).double()
    log_p = model.log_prob(torch.cartesian_prod(axis, axis), steps=10, method="rk4")
    mass = log_p.exp() * (axis[1] - axis[0]) ** 2
    assert mass.sum().item() == pytest.approx(1, abs=2e-3)
    x = model.sample(4_000, steps=10, method="rk4")
    cost = -model.log_prob(x, steps=10, method="rk4")
    assert abs(cost.mean() + (mass * log_p).sum()) < 4.5 * cost.std() / 4_000**0.5 + 2e-3


def test_the_divergence_is_the_jacobian_s_trace_and_probes_estimate_it() -> None:
    matrix, x = numbers(6, 6), numbers(3, 6, seed=1).requires_grad_()
    field = (x @ matrix.T).sin() * x.flip(1)
    jacobian = torch.autograd.functional.jacobian(
        lambda y: ((y @ matrix.T).sin() * y.flip(1)).sum(0), x
    )  # fmt: skip
    trace = torch.einsum("ibi->b", jacobian)
    assert torch.allclose(exact_divergence(field, x), trace)
    signs = torch.randint(2, (40_000, 1, 6), generator=torch.Generator().manual_seed(0)) * 2.0 - 1
    every_sign = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=6))).double()
    exact = probed_divergence(every_sign[:, None].expand(64, 3, 6))(field, x)
    assert torch.allclose(exact, trace)  # the mean over all signs is the trace itself
    few = torch.stack([probed_divergence(s[None].expand(1, 3, 6).double())(field, x)
                       for s in signs[:50]])  # fmt: skip
    assert few.std(0).min() > 0.1


def test_a_probed_likelihood_is_right_on_average() -> None:
    torch.manual_seed(0)
    model = FlowMatching(Perceptron(hidden=(8,)), **POINTS).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.6)
    x = numbers(1, 2)
    exact = model.log_prob(x, steps=10)
    drawn = model.log_prob(x.expand(3_000, 2), steps=10, probes=1)
    assert drawn.std() > 0.02
    assert abs(drawn.mean() - exact) < 4.5 * drawn.std() / 3_000**0.5
    assert model.log_prob(x.expand(3_000, 2), steps=10, probes=8).std() < 0.5 * drawn.std()


def test_many_coordinates_are_probed_unless_told_otherwise() -> None:
    model = FlowMatching(Perceptron(event_shape=(30,), hidden=(4,)), event_shape=(30,), bounds=None)
    model.network.layers[-1].weight.data.normal_()
    x = torch.randn(2, 30)
    seeded = [
        model.log_prob(x, steps=2, generator=torch.Generator().manual_seed(s)) for s in (0, 1)
    ]
    assert not torch.allclose(*seeded)
    again = model.log_prob(x, steps=2, probes=1, generator=torch.Generator().manual_seed(0))
    assert torch.equal(again, seeded[0])


def test_couples_are_noise_and_what_it_becomes() -> None:
    model = exact_flow()
    x, noise = model.couples(50, steps=40, method="rk4")
    assert torch.allclose(x, MEAN + SPREAD * noise, atol=1e-4)
    labelled = FlowMatching(Perceptron(classes=3, hidden=(4,)), classes=3, **POINTS)
    x, noise, label = labelled.couples(5, label=2)
    assert label.tolist() == [2] * 5
    FlowMatching(classes=3, coupled=True, **POINTS).check((x, noise, label))


def test_couples_are_not_cut_off_at_the_bounds() -> None:
    model = exact_flow(bounds=(0.0, 1.0))
    x, noise = model.couples(200)
    assert x.max() > 1
    FlowMatching(coupled=True, **POINTS).double().check((x, noise))


def test_reflow_learns_the_pairs_it_is_given() -> None:
    """On pairs of a straight flow, the exact velocity has no error at all; on others it has."""
    x, noise = exact_flow().couples(300, steps=40, method="rk4")
    again = exact_flow(coupled=True)
    t = torch.rand(300).double()
    # at each x_t there is one pair: its velocity is noise - x
    only = again.errors(x, noise, t, None)
    exact = ((1 - t)[:, None] * SPREAD + t[:, None]).reciprocal()
    at = (1 - t)[:, None] * x + t[:, None] * noise
    recovered = (at - (1 - t)[:, None] * MEAN) * exact
    assert torch.allclose(recovered, noise, atol=1e-4)
    velocity = recovered - (MEAN + SPREAD * recovered)
    again.network.forward = lambda x, t: velocity
    assert again.errors(x, noise, t, None).max() < 1e-6 < only.mean()


def test_reflow_straightens_paths_and_distillation_learns_one_step() -> None:
    torch.manual_seed(0)
    x = torch.cat([torch.randn(400, 2) * 0.2 + 1.5, torch.randn(400, 2) * 0.2 - 1.5])
    run = {"batch_size": 128, "device": "cpu", "progress": False}
    first = FlowMatching(Perceptron(hidden=(48, 48)), **POINTS)
    fit(first, x, steps=300, **run)
    couples = first.couples(1_500, steps=20, method="heun")
    second = FlowMatching(copy.deepcopy(first.network), coupled=True, **POINTS)
    fit(second, couples, steps=300, **run)
    times, noise = torch.linspace(1, 0, 41), torch.randn(300, 2)
    bend = [length_over_chord(m.velocity, noise, times).mean() for m in (first, second)]
    assert bend[1] - 1 < 0.4 * (bend[0] - 1)
    third = FlowMatching(copy.deepcopy(second.network), coupled=True, earliest=1.0, **POINTS)
    fit(third, couples, steps=150, **run)
    goal, start = couples
    far = [(m.generate(start, steps=1) - goal).norm(dim=1).mean() for m in (first, second, third)]
    assert far[2] < far[1] < 0.5 * far[0]


# Consistency


def test_a_consistency_model_leaves_data_alone() -> None:
    torch.manual_seed(0)
    model = Consistency(Perceptron(hidden=(8,)), **POINTS)
    model.network.layers[-1].weight.data.normal_()
    x = torch.randn(5, 2)
    assert torch.equal(model.denoise(x, torch.zeros(5)), x)
    t = torch.full((5,), 0.3)
    assert torch.allclose(model.denoise(x, t), x - 0.3 * model.network(x, t), atol=1e-6)


def test_the_exact_consistency_function_has_no_loss_with_the_exact_teacher() -> None:
    """f carries a point of the Gaussian's flow to its datum: mean + spread times its noise."""
    teacher = exact_flow()

    class Solved(nn.Module):
        def forward(self, x: Tensor, t: Tensor) -> Tensor:
            t = t[:, None]
            away = ((1 - t) ** 2 * SPREAD**2 + t**2).sqrt()
            x0 = MEAN + SPREAD * (x - (1 - t) * MEAN) / away
            return (x - x0) / t.clamp(min=1e-9)

    model = Consistency(Solved(), teacher=teacher, coarse=50, fine=50, **POINTS).double()
    torch.manual_seed(0)
    x = MEAN + SPREAD * numbers(2_000, 2)
    assert model.loss(x) < 1e-4
    model.teacher = None  # on single lines the neighbours are not one path's
    assert model.loss(x) > 1e-3
    draw = model.sample(8_000, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(draw.std(0), SPREAD, rtol=0.05)
    again = model.sample(8_000, steps=4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(again.std(0), SPREAD, rtol=0.05)


def test_neighbours_lie_on_one_path() -> None:
    model, teacher = Consistency(**POINTS).double(), exact_flow()
    x, noise = numbers(6, 2), numbers(6, 2, seed=1)
    t, width = torch.linspace(0.3, 0.9, 6).double(), torch.tensor(0.05).double()
    late, early = model.neighbours(x, noise, t, width, None)
    line = StraightSchedule()
    assert torch.allclose(late, line.noised(x, noise, t))
    assert torch.allclose(early, line.noised(x, noise, t - width))
    model.teacher = teacher
    late, early = model.neighbours(x, noise, t, width, None)
    # along the Gaussian's flow the standardised place stays

    def place(y: Tensor, s: Tensor) -> Tensor:
        s = s[:, None]
        return (y - (1 - s) * MEAN) / ((1 - s) ** 2 * SPREAD**2 + s**2).sqrt()

    assert torch.allclose(place(late, t), place(early, t - width), atol=1e-3)


def test_only_the_later_point_is_trained_and_the_teacher_is_not() -> None:
    torch.manual_seed(0)
    teacher = FlowMatching(Perceptron(hidden=(4,)), **POINTS)
    model = Consistency(Perceptron(hidden=(4,)), teacher=teacher, **POINTS)
    assert len(model.players()[0].parameters()) == len(list(model.network.parameters()))
    times = []
    model.denoise = lambda x, t, label=None: (
        times.append((t, torch.is_grad_enabled())) or (x - model.network(x, t))
    )
    model.loss(torch.randn(8, 2)).backward()
    (early, without), (late, with_graph) = times
    assert (without, with_graph) == (False, True)
    assert torch.allclose(late - early, torch.full((8,), 1 / 80))
    assert early.min() >= 0
    assert late.max() <= 1


def test_time_is_cut_ever_finer() -> None:
    model = Consistency(coarse=10, fine=80, **POINTS)
    assert model.parts_of_time == 80
    for step, expected in ((0, 10), (100, 20), (200, 40), (300, 80)):
        model.on_step(step, 300)
        assert model.parts_of_time.item() == pytest.approx(expected)


def test_several_steps_of_consistency_renew_the_noise() -> None:
    model = Consistency(**POINTS).double()
    seen = []
    model.network.forward = lambda x, t: seen.append(t[0].item()) or 0 * x
    model.sample(3, steps=4)
    assert seen == [1, 0.75, 0.5, 0.25]
    assert torch.equal(
        euler(model.velocity, numbers(3, 2), torch.tensor([1.0, 0.0]).double()), numbers(3, 2)
    )


# What is refused


@every
def test_events_and_labels_that_are_none_are_refused(name: str) -> None:
    if name == "reflow":
        return
    model = KINDS[name](event_shape=(2,), classes=3)
    x, label = torch.rand(4, 2), torch.arange(4) % 3
    model.check((x, label))
    bad = {
        r"shape \(B, 2\).*this has shape \(4, 3\)": (torch.rand(4, 3), label),
        r"in \[0.0, 1.0\]; this ranges": (x - 1, label),
        "this is torch.float64": (x.double(), label),
        "wants labels from 0 to 2": (x, label + 1),
        r"these have shape \(3,\)": (x, label[:3]),
        r"with classes=3 wants \(x, label\)": x,
    }
    for message, batch in bad.items():
        with pytest.raises(ValueError, match=message):
            model.check(batch)
    with pytest.raises(ValueError, match="wants labels from 0 to 2"):
        model.sample(2, label=3)
    with pytest.raises(ValueError, match="guidance='much', wanted a finite number"):
        model.sample(2, guidance="much")
    with pytest.raises(ValueError, match="steps=0, wanted a positive whole number"):
        model.sample(2, steps=0)
    with pytest.raises(ValueError, match="0 samples asked for"):
        model.sample(0)
    with pytest.raises(ValueError, match=r"method='ancestor'.*Known"):
        model.sample(2, method="ancestor")
    plain = KINDS[name](event_shape=(2,))
    with pytest.raises(ValueError, match="means nothing to a model without labels"):
        plain.sample(2, guidance=2.0)
    with pytest.raises(ValueError, match="unconditional: label=1 means nothing"):
        plain.sample(2, label=1)


@every
def test_sizes_that_make_no_model_are_refused(name: str) -> None:
    bad = {
        r"event_shape=\(0,\)": {"event_shape": (0,)},
        r"bounds=\(1, 0\), wanted \(low, high\)": {"bounds": (1, 0)},
        "classes=0, wanted a positive": {"classes": 0},
        r"dropout=1.5, wanted a number in \[0, 1\]": {"dropout": 1.5},
        "sides that 4 divides": {"event_shape": (1, 6, 6)},
    }
    for message, options in bad.items():
        with pytest.raises(ValueError, match=message):
            KINDS[name](**options)


def test_what_a_ddpm_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="target='nois'"):
        DDPM(target="nois", **POINTS)
    for noise, target in BLIND:
        with pytest.raises(ValueError, match=f"target='{target}': where StraightSchedule ends"):
            DDPM(noise=noise, target=target, **POINTS)
    with pytest.raises(ValueError, match=r"weighting='bond'.*did you mean 'bound'"):
        DDPM(weighting="bond", **POINTS)
    with pytest.raises(ValueError, match=r"noise='cosin'.*did you mean 'cosine'"):
        DDPM(noise="cosin", **POINTS)
    with pytest.raises(ValueError, match="variance='uper'; did you mean 'upper'"):
        DDPM(variance="uper", **POINTS)
    with pytest.raises(ValueError, match="length=1, wanted at least 2"):
        DDPM(length=1, **POINTS)
    with pytest.raises(ValueError, match="earliest=-1"):
        DDPM(earliest=-1, **POINTS)
    model = DDPM(**POINTS)
    with pytest.raises(ValueError, match="0 samples asked for"):
        model.elbo(torch.zeros(2, 2), samples=0)
    with pytest.raises(ValueError, match="unconditional: label=1"):
        model.elbo(torch.zeros(2, 2), label=1)
    with pytest.raises(ValueError, match="this has shape"):
        model.elbo(torch.zeros(2, 3))


def test_what_a_flow_cannot_be_asked_is_refused() -> None:
    model, x = FlowMatching(**POINTS), torch.randn(4, 2)
    with pytest.raises(ValueError, match="probes=0, wanted a positive whole number"):
        model.log_prob(x, probes=0)
    with pytest.raises(ValueError, match="steps=0"):
        model.log_prob(x, steps=0)
    with pytest.raises(ValueError, match=r"method='rk5'.*did you mean 'rk4'"):
        model.log_prob(x, method="rk5")
    with pytest.raises(ValueError, match="this has shape"):
        model.log_prob(torch.randn(4, 3))
    paired = FlowMatching(coupled=True, classes=3, **POINTS)
    label = torch.arange(4) % 3
    bad = {
        r"coupled=True wants \(x, noise\)": x,
        "as many of one as of the other": (x, x[:3], label),
        r"this has shape \(4, 3\)": (x, torch.randn(4, 3), label),
        r"with classes=3 wants \(x, label\)": (x, x),
        "wants labels from 0 to 2": (x, x, label + 1),
        "finite": (x, torch.full_like(x, torch.nan), label),
    }
    for message, batch in bad.items():
        with pytest.raises(ValueError, match=message):
            paired.check(batch)


def test_what_consistency_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="coarse=5, fine=4: wanted fine at least coarse"):
        Consistency(coarse=5, fine=4, **POINTS)
    with pytest.raises(ValueError, match=r"the teacher has event_shape.*wanted \(\(3,\)"):
        Consistency(teacher=FlowMatching(**POINTS), event_shape=(3,), bounds=None)
