"""Every flow: likelihoods against autograd's Jacobian, inverses, no leaks, samples, precision."""

import functools
import math
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.autograd.functional import jacobian
from torch.distributions import MultivariateNormal, Normal

from genlib import fit
from genlib.data import toys
from genlib.flows import NICE, Flow, Glow, RealNVP
from genlib.metrics import bits_per_dim
from genlib.transforms import ActNorm, AffineCoupling, Chain, Conv1x1

IMAGE = (1, 4, 4)
BUILD: dict[str, Callable[..., Flow]] = {
    "NICE": lambda **o: NICE(event_shape=IMAGE, hidden=(6,), **o),
    "NICE, colours": lambda **o: NICE(event_shape=(3, 2, 3), hidden=(6,), prior="gaussian", **o),
    "RealNVP": lambda **o: RealNVP(event_shape=IMAGE, couplings=1, width=4, **o),
    "RealNVP, 3 levels": lambda **o: RealNVP(
        event_shape=(1, 4, 8), couplings=1, width=4, levels=3, **o
    ),
    "Glow": lambda **o: Glow(event_shape=IMAGE, depth=1, width=4, **o),
    "Glow, colours": lambda **o: Glow(event_shape=(3, 4, 2), levels=1, depth=2, width=4, **o),
    "NICE, points": lambda **o: NICE(event_shape=(3,), hidden=(6,), **({"alpha": None} | o)),
    "RealNVP, points": lambda **o: RealNVP(event_shape=(3,), width=6, **({"alpha": None} | o)),
    "RealNVP, unit cube": lambda **o: RealNVP(event_shape=(3,), width=6, **o),
}
POINTS = {"event_shape": (2,), "alpha": None, "lr": 1e-2, "schedule": "cosine"}
every = pytest.mark.parametrize("name", BUILD)


def made(name: str, dtype: torch.dtype = torch.float64, **options: object) -> Flow:
    """Return a flow that is far from where it starts, its ActNorms measured, in evaluation."""
    torch.manual_seed(0)
    model = BUILD[name](**options).to(dtype)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape))
        model.loss(events(model, 50))
    return model.eval()


def events(model: Flow, n: int) -> torch.Tensor:
    """Return events that a model takes."""
    x = torch.rand(n, *model.event_shape).to(next(model.parameters()).dtype)
    return x if model.bounds == (0, 1) else 4 * x - 1


def log_prior(name: str, z: torch.Tensor) -> torch.Tensor:
    """Return the log-density of codes by other formulas than the library's."""
    if name in ("NICE", "NICE, points"):
        return (0.25 / torch.cosh(z / 2) ** 2).log().sum(-1)  # logistic
    return Normal(0.0, 1.0).log_prob(z).sum(-1)


def without_logit(flow: Callable[..., Flow], **options: object) -> Flow:
    return flow(event_shape=(2,), alpha=None, **options).double()


# Likelihood


@every
def test_the_likelihood_is_the_prior_s_times_autograd_s_determinant(name: str) -> None:
    model = made(name)
    x = events(model, 4)
    log_dets = []
    for one in x.unbind():
        matrix = jacobian(lambda flat, e=one: model.transform(flat.view_as(e)[None])[0][0],
                          one.flatten())  # fmt: skip
        log_dets.append(torch.linalg.slogdet(matrix).logabsdet)
    expected = log_prior(name, model.encode(x)) + torch.stack(log_dets)
    found = model.log_prob(x)
    assert found.shape == (4,)
    assert torch.allclose(found, expected, rtol=0, atol=1e-9)
    assert found.std() > 0.1


@pytest.mark.parametrize("kind", [NICE, RealNVP])
@torch.no_grad()
def test_a_density_of_points_integrates_to_one_and_is_that_of_the_samples(kind: type) -> None:
    torch.manual_seed(0)
    sizes = {NICE: {"hidden": (6,)}, RealNVP: {"width": 6, "couplings": 1}}
    model = without_logit(kind, **sizes[kind]).eval()
    for parameter in model.parameters():
        parameter.add_(0.3 * torch.randn(parameter.shape))
    axis = torch.linspace(-40, 40, 401).double()
    log_p = model.log_prob(torch.cartesian_prod(axis, axis))
    mass = log_p.exp() * (axis[1] - axis[0]) ** 2
    assert abs(mass.sum() - 1) < 1e-3
    entropy = -(mass * log_p).sum()
    cost = -model.log_prob(model.sample(20_000))
    assert abs(cost.mean() - entropy) < 4.5 * cost.std() / 20_000**0.5


@torch.no_grad()
def test_a_density_in_the_unit_square_integrates_to_one() -> None:
    torch.manual_seed(0)
    model = RealNVP(event_shape=(2,), width=6, couplings=1).double().eval()
    for parameter in model.parameters():
        parameter.add_(0.2 * torch.randn(parameter.shape))
    axis = (torch.arange(400).double() + 0.5) / 400
    mass = model.log_prob(torch.cartesian_prod(axis, axis)).exp().mean()
    assert abs(mass - 1) < 1e-3


def test_a_uniform_model_needs_eight_bits() -> None:
    alpha = 1e-6
    model = NICE(alpha=alpha).eval()  # a logistic code of the logit: uniform, before any training
    x = torch.rand(5, 1, 28, 28)
    bits = bits_per_dim(model.log_prob(x), (1, 28, 28), levels=256)
    assert torch.allclose(bits, torch.full((5,), 8 - math.log2(1 - 2 * alpha)), atol=1e-5)


@pytest.mark.parametrize("kind", [RealNVP, Glow])
def test_a_flow_starts_as_a_normal_density_of_the_logits(kind: type) -> None:
    torch.manual_seed(0)
    model, x = kind(event_shape=(1, 8, 8)).double().eval(), torch.rand(3, 1, 8, 8).double()
    p = 1e-6 + (1 - 2e-6) * x
    logit = torch.log(p / (1 - p))
    expected = Normal(0.0, 1.0).log_prob(logit) + math.log(1 - 2e-6) - torch.log(p * (1 - p))
    # Glow also turns the channels, which changes neither volume nor a normal density
    assert torch.allclose(model.log_prob(x), expected.sum((1, 2, 3)), atol=1e-4)


def test_what_leaves_glow_s_first_level_has_a_prior_that_depends_on_what_stays() -> None:
    model = made("Glow", alpha=None)
    first, second = model.transform.steps[0].levels
    squeeze, *step, prior = first.steps
    assert [type(part) for part in step] == [ActNorm, Conv1x1, AffineCoupling]
    x = torch.rand(6, *IMAGE).double()
    h, volume = x, 0
    for part in (squeeze, *step):
        h, log_det = part(h)
        volume = volume + log_det
    a, b = h[:, :2], h[:, 2:]
    shift, raw = prior.network(a).chunk(2, 1)
    scale = torch.exp(-2 * torch.tanh(raw / 2))
    mean = -shift * scale
    assert mean.std(0).min() > 0.01
    assert scale.std(0).min() > 0.001
    rest, log_det = second(a)
    volume = volume + log_det
    densities = Normal(mean, scale).log_prob(b).sum((1, 2, 3)), log_prior("Glow", rest.flatten(1))
    assert torch.allclose(model.log_prob(x), sum(densities) + volume)
    z = model.encode(x)
    assert torch.allclose(z[:, :8], ((b - mean) / scale).flatten(1))  # the finest level first


def partners(model: Flow) -> int:
    """Return how many numbers of the code the loneliest number of an event has a part in."""
    x = events(model, 1)
    matrix = jacobian(lambda flat: model.encode(flat.view_as(x))[0], x.flatten())
    return (matrix != 0).sum(0).min().item()


@every
def test_every_number_of_an_event_has_a_part_in_others(name: str) -> None:
    assert partners(made(name)) > 1


def test_nice_keeps_the_even_entries_first() -> None:
    torch.manual_seed(0)
    model = NICE(event_shape=(5,), couplings=1, hidden=(6,), alpha=None).double().eval()
    nn.init.normal_(model.transform.steps[0].steps[2].network[-1].weight)
    x = torch.randn(5).double()
    matrix = jacobian(lambda point: model.encode(point[None])[0], x)
    assert (matrix != 0).sum(0).tolist() == [3, 1, 3, 1, 3]


@pytest.mark.parametrize("kind", [NICE, RealNVP])
@pytest.mark.parametrize(("size", "couplings"), [(3, 3), (5, 3), (5, 4), (7, 3), (4, 2)])
def test_every_coordinate_of_a_point_is_moved(kind: type, size: int, couplings: int) -> None:
    torch.manual_seed(0)
    model = kind(event_shape=(size,), couplings=couplings, alpha=None).double().eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    x = torch.randn(size).double()
    matrix = jacobian(lambda point: model.encode(point[None])[0], x)
    assert (matrix != 0).sum(1).min() > 1  # a code of one number was never moved by another


def test_a_point_of_an_even_number_is_flipped_between_couplings() -> None:
    x = torch.arange(4.0)[None]
    model = NICE(event_shape=(4,), couplings=1, alpha=None).eval()  # its networks say nought yet
    assert model.encode(x).tolist() == [[3, 1, 2, 0]]
    first = RealNVP(event_shape=(4,), couplings=1, alpha=None).eval().transform.steps[0].steps[:2]
    assert Chain(*first)(x)[0].tolist() == [[3, 2, 1, 0]]


@pytest.mark.parametrize("masked", [True, False])
def test_halves_of_both_kinds_take_turns(masked: bool) -> None:
    torch.manual_seed(0)
    shape = {True: {"levels": 1, "couplings": 1}, False: {"levels": 2, "couplings": 2}}[masked]
    model = RealNVP(event_shape=IMAGE, width=4, **shape).double().eval()
    for module in model.modules():
        if isinstance(module, AffineCoupling) and (module.kept is not None) == masked:
            nn.init.normal_(module.network[-1].weight)
    assert partners(model) > 1


def test_loss_is_the_negative_mean_likelihood_and_reaches_every_parameter() -> None:
    for name in BUILD:
        model = made(name)
        x = events(model, 8)
        loss, terms = model.loss(x)
        assert torch.isclose(loss, -model.log_prob(x).mean())
        assert torch.isclose(loss, -terms["log_prior"] - terms["log_det"])
        loss.backward()
        for parameter_name, parameter in model.named_parameters():
            assert parameter.grad.abs().max() > 0, (name, parameter_name)
        assert torch.equal(model.loss((x, torch.zeros(8)))[0], loss)  # x alone of pairs


# Codes and samples


@every
@pytest.mark.parametrize(("dtype", "error"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
@torch.no_grad()
def test_decoding_undoes_encoding(name: str, dtype: torch.dtype, error: float) -> None:
    model = made(name, dtype)
    x = events(model, 20)
    z = model.encode(x)
    assert z.shape == (20, x[0].numel())
    assert torch.allclose(model.decode(z), x, rtol=0, atol=error)
    open_ended = made(name, dtype, alpha=None)
    codes = torch.randn_like(z)
    assert torch.allclose(open_ended.encode(open_ended.decode(codes)), codes, atol=10 * error)


@every
@torch.no_grad()
def test_events_of_a_batch_do_not_see_each_other(name: str) -> None:
    model = made(name)
    x = events(model, 6)
    alone = torch.cat([model.log_prob(one) for one in x.split(1)])
    assert torch.allclose(model.log_prob(x), alone, rtol=0, atol=1e-9)
    z = model.encode(x)
    assert torch.allclose(model.decode(z[2:3]), x[2:3], atol=1e-9)


@every
def test_samples_are_events_and_as_random_as_their_generator(name: str) -> None:
    model = made(name, torch.float32)
    draws = [model.sample(5, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.allclose(draws[0], draws[2])
    assert draws[0].shape == (5, *model.event_shape)
    model.check(draws[0])
    model.check(model.sample(3))


@every
def test_temperature_scales_codes_and_at_nought_gives_the_prior_s_mode(name: str) -> None:
    model = made(name, alpha=None)
    cold = model.sample(3, temperature=0)
    mode = model.decode(torch.zeros(1, cold[0].numel()).double())
    assert torch.allclose(cold, mode.expand_as(cold), atol=1e-9)
    density = model.prior.log_prob(torch.linspace(-2, 2, 9).double())
    assert density.argmax() == 4
    seeded = [torch.Generator().manual_seed(4) for _ in range(2)]
    warm, cool = (
        model.encode(model.sample(3, temperature=t, generator=g))
        for t, g in zip((1.0, 0.25), seeded, strict=True)
    )
    assert torch.allclose(cool, 0.25 * warm, atol=1e-8)


def test_logistic_codes_have_their_distribution() -> None:
    prior = NICE(event_shape=(2,)).prior
    z = prior.sample(200_000, like=torch.zeros(1), generator=torch.Generator().manual_seed(0))
    for at in (-3.0, 0.0, 1.0):
        share = (z < at).float().mean()
        assert abs(share - 1 / (1 + math.exp(-at))) < 4.5 * 0.5 / 200_000**0.5
    assert torch.isfinite(z).all()


# Precision and training


@every
@torch.no_grad()
def test_in_half_precision_the_likelihood_is_nearly_that_of_float32(name: str) -> None:
    model = made(name, torch.float32)
    x = events(model, 30)
    full = model.log_prob(x)
    with torch.autocast("cpu", torch.bfloat16):
        low = model.log_prob(x)
        again = model.decode(model.encode(x))
    assert low.dtype == torch.float32
    assert (low - full).abs().median() < 0.02 * x[0].numel()
    assert torch.allclose(again, x, atol=1e-4)


def test_nice_learns_a_gaussian_and_real_nvp_a_mixture() -> None:
    torch.manual_seed(0)
    covariance = torch.tensor([[2.0, 1.5], [1.5, 2.0]])
    tilted = MultivariateNormal(torch.tensor([3.0, -1.0]), covariance)
    world, generator = toys.world(), torch.Generator().manual_seed(0)
    assert gap(tilted, tilted.sample, NICE(hidden=(8,), prior="gaussian", **POINTS)) < 0.03
    draw = functools.partial(world.sample, generator=generator)
    assert gap(world, lambda shape: draw(*shape).float(), RealNVP(width=32, **POINTS)) < 0.3


def gap(truth: object, draw: Callable, model: Flow) -> float:
    """Train a flow on draws from a known density; return by how many nats it falls short."""
    fit(model, draw((10_000,)), steps=150, batch_size=200, device="cpu", progress=False)
    x = draw((5_000,))
    with torch.no_grad():
        return (truth.log_prob(x) - model.log_prob(x)).mean().item()


def test_a_resumed_run_is_the_same_run_and_measures_its_first_batch_alone(tmp_path: object) -> None:
    x = torch.rand(40, *IMAGE)
    options = {"batch_size": 8, "device": "cpu", "progress": False}

    def run(steps: int, **more: object) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        model = BUILD["Glow"]()
        fit(model, x, steps=steps, **options, **more)
        return model.state_dict()

    whole = run(6)
    first = run(1)
    run(3, checkpoint=tmp_path)
    resumed = run(6, checkpoint=tmp_path)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    measured = [name for name in whole if name.endswith((".mean", ".log_deviation"))]
    assert len(measured) == 4
    assert all(torch.equal(whole[name], first[name]) for name in measured)


# What is refused


def test_other_events_are_refused() -> None:
    model, x = made("Glow", torch.float32), torch.rand(2, *IMAGE)
    for wrong, complaint in {
        "[0, 1.1]": (x + 0.6, r"in \[0.0, 1.0\]; this ranges over"),
        "sizes": (torch.rand(2, 1, 4, 5), r"shape \(B, 1, 4, 4\).*has shape \(2, 1, 4, 5\)"),
        "channels": (torch.rand(2, 3, 4, 4), r"this has shape \(2, 3, 4, 4\)"),
        "bytes": ((255 * x).byte(), "this is torch.uint8"),
        "nan": (torch.full_like(x, math.nan), "ranges over"),
        "double": (x.double(), "this is torch.float64"),
    }.values():
        for refuse in (model.log_prob, model.encode, model.check):
            with pytest.raises(ValueError, match=complaint):
                refuse(wrong)
    with pytest.raises(ValueError, match="infinite"):
        made("NICE, points", torch.float32).log_prob(torch.tensor([[0.0, math.inf, 0.0]]))
    with pytest.raises(ValueError, match=r"Glow wants codes \(B, 16\); this is \(2, 1, 4, 4\)"):
        model.decode(x)


def test_other_samples_are_refused() -> None:
    model = made("Glow", torch.float32)
    with pytest.raises(ValueError, match="0 samples asked for"):
        model.sample(0)
    with pytest.raises(ValueError, match="Glow is unconditional"):
        model.sample(2, label=3)
    for temperature in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match=r"temperature=.*at least 0"):
            model.sample(2, temperature=temperature)


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (lambda: Glow(event_shape=(1, 28, 30)), "sides that 4 divides, as it halves them 2 times"),
        (lambda: Glow(levels=3), "sides that 8 divides"),
        (lambda: Glow(event_shape=(2,)), r"Glow wants images \(C, H, W\)"),
        (lambda: Glow(depth=0), "depth=0, wanted a positive"),
        (lambda: Glow(bound=-1.0), "bound=-1.0"),
        (lambda: RealNVP(event_shape=(1, 9, 9)), "sides that 2 divides"),
        (lambda: RealNVP(event_shape=(2,), levels=2), "levels=2: points such as"),
        (lambda: RealNVP(event_shape=(3,), couplings=1), "couplings=1: .* 3 .* 2 or more"),
        (lambda: RealNVP(event_shape=(2, 2)), r"RealNVP wants \(C, H, W\), or \(D,\)"),
        (lambda: RealNVP(width=0), "width=0"),
        (lambda: RealNVP(levels=0), "levels=0"),
        (lambda: NICE(event_shape=(1,)), "at least 2 coordinates"),
        (lambda: NICE(couplings=0), "couplings=0"),
        (lambda: NICE(prior="logisitc"), "did you mean 'logistic'"),
        (lambda: NICE(alpha=0.5), "alpha=0.5"),
        (lambda: NICE(hidden=(0,)), "positive sizes"),
    ],
)
def test_other_sizes_are_refused(build: Callable[[], Flow], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build()
