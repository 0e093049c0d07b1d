"""The VAE: its bound, its loss, its samples, what it refuses."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

import genlib
from genlib.data import all_binary_images, toys
from genlib.latent import VAE

SHAPE = (1, 2, 2)


def small(**options: object) -> VAE:
    """Return a small VAE of 2 x 2 images."""
    torch.manual_seed(0)
    return VAE(**({"latent": 2, "hidden": (6,), "event_shape": SHAPE} | options))


def images(n: int = 5) -> torch.Tensor:
    """Return binary images (n, 1, 2, 2)."""
    return torch.randint(0, 2, (n, *SHAPE), generator=torch.Generator().manual_seed(0)).float()


def linear(scale: float = 0.5) -> tuple[VAE, MultivariateNormal]:
    """Return a VAE with a linear decoder, and the exact distribution of its x."""
    model = small(hidden=(), likelihood="gaussian", event_shape=(3,)).double()
    model.likelihood.log_scale.data.fill_(math.log(scale))
    weight, bias = model.decoder[0].weight.detach(), model.decoder[0].bias.detach()
    covariance = weight @ weight.T + scale**2 * torch.eye(3).double()
    return model, MultivariateNormal(bias, covariance)


def set_encoder_to_posterior(model: VAE, scale: float = 0.5) -> None:
    """Give a linear VAE the means of its exact posterior and the best independent variances."""
    weight, bias = model.decoder[0].weight.detach(), model.decoder[0].bias.detach()
    precision = torch.eye(2).double() + weight.T @ weight / scale**2
    gain = torch.linalg.solve(precision, weight.T) / scale**2
    with torch.no_grad():
        model.encoder[0].weight[:2], model.encoder[0].bias[:2] = gain, -gain @ bias
        model.encoder[0].weight[2:], model.encoder[0].bias[2:] = 0, -precision.diagonal().log()


@torch.no_grad()
def test_elbo_stays_below_the_exact_likelihood_by_the_divergence() -> None:
    model, exact = linear()
    set_encoder_to_posterior(model)
    weight = model.decoder[0].weight
    precision = torch.eye(2).double() + weight.T @ weight / 0.25
    # KL(q || posterior) for equal means and q's variances 1 / precision_jj
    gap = 0.5 * (precision.diagonal().log().sum() - torch.logdet(precision))
    x = exact.sample((7,))
    elbo = torch.stack([model.elbo(x, samples=100) for _ in range(100)])
    error = elbo.std(0) / 10
    assert gap > 1e-3
    assert ((elbo.mean(0) + gap - exact.log_prob(x)).abs() < 5 * error).all()


@torch.no_grad()
def test_importance_bound_reaches_the_exact_likelihood() -> None:
    model, exact = linear()
    set_encoder_to_posterior(model)
    x = exact.sample((7,))
    assert (model.log_prob(x, samples=20_000) - exact.log_prob(x)).abs().max() < 0.05


@torch.no_grad()
def test_probabilities_of_all_tiny_images_sum_to_one() -> None:
    model = small(latent=1).double()
    every = all_binary_images(2).double().flatten(1)
    z = torch.linspace(-9, 9, 4001).double()[:, None]
    given = model.likelihood.log_prob(every.view(16, *SHAPE), model.decode(z)[:, None])
    joint = given + Normal(0.0, 1.0).log_prob(z)
    log_p = torch.trapezoid(joint.exp(), z[:, 0], dim=0).log()
    assert abs(log_p.exp().sum() - 1) < 1e-9
    found = model.log_prob(every.view(16, *SHAPE), samples=20_000)
    assert (found - log_p).abs().max() < 0.05
    assert (model.elbo(every.view(16, *SHAPE), samples=500) < log_p + 0.1).all()


def test_loss_is_the_negative_elbo_and_has_its_gradient() -> None:
    model, x = small(), images()
    torch.manual_seed(1)
    loss, terms = model.loss(x)
    torch.manual_seed(1)
    definition = -model.elbo(x).mean()
    assert torch.isclose(loss, definition)
    assert torch.isclose(loss, terms["rate"] - terms["reconstruction"])
    expected = torch.autograd.grad(definition, list(model.parameters()))
    found = torch.autograd.grad(loss, list(model.parameters()))
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found, expected, strict=True))


def test_beta_weighs_the_rate_and_warms_up() -> None:
    model, x = small(beta=4.0, warmup=0.5), images()
    for step, beta in [(0, 0.08), (24, 2.0), (49, 4.0), (99, 4.0)]:
        model.on_step(step, 100)
        loss, terms = model.loss(x)
        assert torch.isclose(loss, beta * terms["rate"] - terms["reconstruction"])


def test_labels_of_a_batch_are_left_alone() -> None:
    model, x = small(), images()
    torch.manual_seed(1)
    alone, _ = model.loss(x)
    torch.manual_seed(1)
    paired, _ = model.loss((x, torch.zeros(5)))
    assert alone == paired


@torch.no_grad()
def test_no_image_sees_another_of_its_batch() -> None:
    model, x = small(), images()
    other = x.clone()
    other[1:] = 1 - other[1:]
    assert torch.allclose(model.encode(x)[0][0], model.encode(other)[0][0])


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_samples_have_the_shape_and_follow_their_generator(likelihood: str) -> None:
    model = small(likelihood=likelihood)
    draws = [model.sample(3, generator=torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert draws[0].shape == (3, *SHAPE)
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_binary_samples_are_zeros_and_ones_with_the_mean_of_the_decoder() -> None:
    model = small()
    draws = model.sample(20_000, generator=torch.Generator().manual_seed(0))
    means = model.mean(model.sample_code(20_000, generator=torch.Generator().manual_seed(1)))
    assert set(draws.unique().tolist()) == {0.0, 1.0}
    assert (draws.mean(0) - means.mean(0)).abs().max() < 0.02


def test_reconstruction_is_the_mean_at_the_mean_code() -> None:
    model, x = small(), images()
    expected = torch.sigmoid(model.decode(model.encode(x)[0]))[:, 0]
    assert torch.equal(model.reconstruct(x), expected)


def test_a_short_training_raises_the_bound_of_held_out_images() -> None:
    points = toys.world().sample(2000, torch.Generator().manual_seed(0))
    model = VAE(latent=1, hidden=(16,), likelihood="gaussian", event_shape=(2,), lr=1e-2)
    with torch.no_grad():
        before = model.elbo(points[:500]).mean()
    genlib.fit(model, points[500:], steps=200, batch_size=100, device="cpu", progress=False)
    with torch.no_grad():
        assert model.elbo(points[:500]).mean() > before + 1


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (torch.zeros(5, 1, 2, 3), "shape"),
        (torch.zeros(0, *SHAPE), "shape"),
        (torch.zeros(5, *SHAPE, dtype=torch.uint8), "uint8"),
        (torch.full((5, *SHAPE), 0.5), "zeros and ones"),
        (torch.full((5, *SHAPE), -1.0), "ranges"),
        (torch.full((5, *SHAPE), math.nan), "ranges"),
        (torch.zeros(5, *SHAPE).double(), r"float32 as its parameters are; this is torch.float64"),
        (
            torch.zeros(5, *SHAPE, device="meta"),
            "on cpu, where its parameters are; this is on meta",
        ),
        ([0.0], "list"),
    ],
)
def test_what_is_no_batch_of_binary_images_is_refused(x: object, words: str) -> None:
    model = small()
    for door in (model.encode, model.elbo, model.log_prob, model.reconstruct):
        with pytest.raises(ValueError, match=words):
            door(x)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_refused_where_pixels_are_real(bad: float) -> None:
    with pytest.raises(ValueError, match=r"infinite|nan"):
        small(likelihood="gaussian").elbo(torch.full((2, *SHAPE), bad))


@pytest.mark.parametrize("options", [{"beta": -1.0}, {"warmup": -0.1}, {"warmup": 1.5}])
def test_weights_of_the_rate_that_make_no_sense_are_refused(options: dict) -> None:
    with pytest.raises(ValueError, match="wanted beta >= 0"):
        small(**options)


def test_real_values_are_welcome_where_pixels_are_real() -> None:
    assert small(likelihood="gaussian").elbo(10 * torch.randn(3, *SHAPE)).shape == (3,)


@pytest.mark.parametrize("count", [0, -1])
def test_counts_below_one_are_refused(count: int) -> None:
    model, x = small(), images()
    for call in (
        lambda: model.elbo(x, samples=count),
        lambda: model.log_prob(x, samples=count),
        lambda: model.sample(count),
    ):
        with pytest.raises(ValueError, match="at least 1"):
            call()


def test_unknown_likelihoods_and_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="bernoulli, gaussian, categorical, logistic-mixture"):
        small(likelihood="poisson")
    with pytest.raises(ValueError, match="did you mean 'bernoulli'"):
        small(likelihood="bernouli")
    with pytest.raises(ValueError, match="positive"):
        small(latent=0)
    with pytest.raises(ValueError, match="positive"):
        small(hidden=(0,))
