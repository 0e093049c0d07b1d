"""The autoencoders: what each loss is, where it is smallest, and what they refuse."""

import math
from itertools import pairwise

import pytest
import torch
from scipy.linalg import subspace_angles
from torch.distributions import Bernoulli, Normal, kl_divergence

import genlib
from genlib.autoencoders import (
    Autoencoder,
    DenoisingAutoencoder,
    LinearAutoencoder,
    SparseAutoencoder,
    StochasticAutoencoder,
    bernoulli_divergence,
)
from genlib.training.schedules import cosine

EVERY = [
    Autoencoder,
    DenoisingAutoencoder,
    LinearAutoencoder,
    SparseAutoencoder,
    StochasticAutoencoder,
]
SPECTRUM = torch.tensor([4.0, 2.0, 1.0, 0.5, 0.25]).double()


def cloud(n: int = 400) -> tuple[torch.Tensor, torch.Tensor]:
    """Return events (n, 5) with exactly the spectrum above about a mean, and the directions."""
    random = {"generator": torch.Generator().manual_seed(0), "dtype": torch.float64}
    directions = torch.linalg.qr(torch.randn(5, 5, **random)).Q
    white = torch.randn(n, 5, **random)
    white = torch.linalg.qr(white - white.mean(0)).Q * n**0.5
    return white * SPECTRUM.sqrt() @ directions.T + torch.arange(5.0), directions


def linear(latent: int = 2) -> LinearAutoencoder:
    torch.manual_seed(0)
    return LinearAutoencoder(latent, event_shape=(5,)).double()


def test_alternating_least_squares_finds_the_principal_components() -> None:
    x, directions = cloud()
    model = linear()
    history = model.als(x, steps=60)
    assert subspace_angles(model.basis(), directions[:, :2]).max() < 1e-12
    assert math.isclose(history["loss"][-1], SPECTRUM[2:].sum(), rel_tol=1e-12)
    assert math.isclose(model.loss(x).item(), SPECTRUM[2:].sum(), rel_tol=1e-12)
    kept = directions[:, :2] @ directions[:, :2].T
    assert torch.allclose(model.reconstruct(x), x.mean(0) + (x - x.mean(0)) @ kept, atol=1e-10)


def test_each_sweep_shrinks_the_angle_by_the_ratio_of_the_eigenvalues() -> None:
    x, directions = cloud()
    tangents = []
    for steps in (20, 21):
        model = linear()
        model.als(x, steps=steps)
        tangents.append(math.tan(subspace_angles(model.basis(), directions[:, :2]).max()))
    assert math.isclose(tangents[1] / tangents[0], 0.5, rel_tol=1e-3)  # 1.0 over 2.0


def test_the_loss_never_rises_during_alternating_least_squares() -> None:
    losses = linear().als(cloud()[0], steps=20)["loss"]
    assert all(after <= before + 1e-12 for before, after in pairwise(losses))


def test_gradients_find_the_principal_components_too() -> None:
    x, directions = cloud()
    model = LinearAutoencoder(2, event_shape=(5,), lr=0.05, schedule=cosine)
    genlib.fit(
        model, (x - x.mean(0)).float(), steps=1000, batch_size=400, device="cpu", progress=False
    )
    assert subspace_angles(model.basis().double(), directions[:, :2]).max() < 0.01


def test_the_loss_is_the_squared_error_summed_over_the_event() -> None:
    torch.manual_seed(0)
    model, x = Autoencoder(2, (4,), event_shape=(1, 2, 3)), torch.rand(7, 1, 2, 3)
    by_hand = sum((a - b).square().sum().item() for a, b in zip(x, model.rebuild(x), strict=True))
    assert math.isclose(model.loss(x).item(), by_hand / 7, rel_tol=1e-5)
    assert math.isclose(model.error(x).mean().item(), by_hand / 7, rel_tol=1e-5)
    assert math.isclose(model.loss((x, torch.zeros(7))).item(), by_hand / 7, rel_tol=1e-5)


def test_an_empty_decoder_is_linear_in_the_code() -> None:
    torch.manual_seed(0)
    model, z = Autoencoder(2, (4,), (), event_shape=(3,)), torch.randn(5, 2)
    assert torch.allclose(
        model.decode(2 * z) - model.decode(z), model.decode(z) - model.decode(0 * z), atol=1e-6
    )


@pytest.mark.parametrize("activity", [0.01, 0.05, 0.5, 0.99])
def test_the_divergence_of_coins_is_that_of_torch(activity: float) -> None:
    expected = kl_divergence(Bernoulli(0.05), Bernoulli(activity))
    found = bernoulli_divergence(0.05, torch.tensor([activity]))
    assert torch.isclose(found, expected, atol=1e-6)


def test_the_divergence_of_dead_units_is_finite_and_rises() -> None:
    near, at, over = bernoulli_divergence(0.05, torch.tensor([1e-4, 0.0, 1.0]))
    assert near < at < over < math.inf


def test_sparse_loss_charges_for_the_activity_of_the_batch() -> None:
    torch.manual_seed(0)
    model, x = SparseAutoencoder(6, rho=0.1, weight=3.0, event_shape=(4,)), torch.rand(9, 4)
    z = model.encode(x)
    assert z.min() > 0
    assert z.max() < 1
    coins = kl_divergence(Bernoulli(torch.tensor(0.1)), Bernoulli(z.mean(0))).sum()
    loss, terms = model.loss(x)
    assert torch.isclose(terms["penalty"], coins, rtol=1e-5)
    assert torch.isclose(loss, model.error(x).mean() + 3 * coins, rtol=1e-5)


def test_a_sparse_autoencoder_becomes_sparse() -> None:
    x = torch.rand(512, 4, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    model = SparseAutoencoder(16, rho=0.05, weight=1.0, event_shape=(4,), lr=0.02)
    genlib.fit(model, x, steps=300, batch_size=128, device="cpu", progress=False)
    assert (model.encode(x).mean(0) - 0.05).abs().max() < 0.03


def test_the_denoiser_of_a_gaussian_is_the_wiener_filter_and_its_score_is_exact() -> None:
    generator = torch.Generator().manual_seed(0)
    x = 2 * torch.randn(20_000, 1, generator=generator)
    torch.manual_seed(0)
    model = DenoisingAutoencoder(
        1,
        noise=1.0,
        code="identity",
        event_shape=(1,),
        lr=0.05,
        schedule=cosine,
    )
    genlib.fit(model, x, steps=500, batch_size=2000, device="cpu", progress=False)
    at = torch.linspace(-3, 3, 7)[:, None]
    assert torch.allclose(model.reconstruct(at), 0.8 * at, atol=0.06)  # 4 / (4 + 1)
    assert torch.allclose(model.score(at), -at / 5, atol=0.06)  # of N(0, 4 + 1), not of N(0, 4)


def test_corruptions_do_what_they_say() -> None:
    torch.manual_seed(0)
    x = torch.full((20_000, 3), 2.0)
    added = DenoisingAutoencoder(2, noise=0.7, event_shape=(3,)).corrupt(x) - x
    assert abs(added.mean()) < 0.01
    assert abs(added.std() - 0.7) < 0.01
    model = DenoisingAutoencoder(2, noise=0.3, corruption="masking", event_shape=(3,))
    masked = model.corrupt(x)
    assert set(masked.unique().tolist()) == {0.0, 2.0}
    assert abs((masked == 0).float().mean() - 0.3) < 0.01
    with pytest.raises(ValueError, match="score"):
        model.score(x)


def test_the_stochastic_loss_is_a_log_density_at_a_random_code() -> None:
    torch.manual_seed(0)
    model, x = StochasticAutoencoder(2, scale=0.4, hidden=(4,), event_shape=(3,)), torch.rand(5, 3)
    torch.manual_seed(1)
    found = model.log_likelihood(x)
    torch.manual_seed(1)
    mean, log_variance = model.encode(x)
    z = Normal(mean, (0.5 * log_variance).exp()).rsample()
    expected = Normal(model.decode(z), 0.4).log_prob(x).sum(1)
    assert torch.allclose(found, expected, atol=1e-5)
    torch.manual_seed(1)
    assert torch.isclose(model.loss(x)[0], -expected.mean())


@pytest.mark.parametrize("kind", EVERY)
def test_each_builds_for_digits_and_gives_a_gradient_to_every_parameter(kind: type) -> None:
    torch.manual_seed(0)
    model, x = kind(), torch.rand(4, 1, 28, 28)
    loss = model.loss(x)
    (loss if isinstance(loss, torch.Tensor) else loss[0]).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert model.reconstruct(x).shape == x.shape


@pytest.mark.parametrize("kind", EVERY)
def test_none_can_be_sampled_and_all_refuse_other_events(kind: type) -> None:
    model = kind(latent=2, event_shape=(3,))
    with pytest.raises(NotImplementedError, match="distribution of codes"):
        model.sample(2, label=None)
    model.check((torch.rand(2, 3), torch.zeros(2)))  # labels are left alone
    for x in (torch.rand(2, 4), torch.zeros(2, 3, dtype=torch.uint8), torch.full((2, 3), math.nan)):
        with pytest.raises(ValueError, match="autoencoder"):
            model.encode(x)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Autoencoder(code="tanh"),
        lambda: Autoencoder(latent=0),
        lambda: SparseAutoencoder(rho=1.0),
        lambda: SparseAutoencoder(weight=-1.0),
        lambda: DenoisingAutoencoder(noise=0.0),
        lambda: DenoisingAutoencoder(noise=1.0, corruption="masking"),
        lambda: DenoisingAutoencoder(corruption="blur"),
        lambda: StochasticAutoencoder(scale=0.0),
    ],
)
def test_impossible_arguments_are_refused(build: object) -> None:
    with pytest.raises(ValueError, match=r"wanted|code="):
        build()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_rounding_never_makes_a_squared_error_negative(scale: float) -> None:
    torch.manual_seed(0)
    x = scale * torch.randn(200, 2) @ torch.randn(2, 10)  # in float32, and nothing is left over
    losses = LinearAutoencoder(2, (10,)).als(x, steps=20)["loss"]
    total = x.var(0, correction=0).sum().item()
    assert min(losses) >= 0
    assert losses[-1] < 1e-5 * total
