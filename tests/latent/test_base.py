"""What every model with latent variables keeps, and that it stands in one place."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn

import genlib
from genlib import latent
from genlib.autoregressive import MADE
from genlib.latent import (
    IWAE,
    VAE,
    VQVAE,
    FlowVAE,
    GaussianLatentModel,
    GumbelVAE,
    HierarchicalVAE,
    LatentModel,
    ResidualVAE,
)
from genlib.likelihoods import Bernoulli, Categorical, Gaussian, LogisticMixture, Symbols

SHAPE = (1, 4, 4)
SMALL = {"event_shape": SHAPE, "hidden": (8,)}
PRIOR = partial(MADE, (20,), event_shape=(3,), likelihood=Symbols(4))
BUILD = {
    VAE: lambda **o: VAE(3, **SMALL | o),
    IWAE: lambda **o: IWAE(4, 3, **SMALL | o),
    FlowVAE: lambda **o: FlowVAE("planar", 2, 3, **SMALL | o),
    HierarchicalVAE: lambda **o: HierarchicalVAE(3, 2, **SMALL | o),
    ResidualVAE: lambda **o: ResidualVAE(3, (4,), 1, event_shape=SHAPE, **o),
    GumbelVAE: lambda **o: GumbelVAE(3, 4, **SMALL | o),
    VQVAE: lambda **o: VQVAE(3, 4, 2, prior=PRIOR(), **SMALL | o),
}
ONCE = ("decode", "mean", "sample", "reconstruct", "elbo", "log_prob", "check")
OF_EACH = ("sample_code", "code", "terms", "log_weights")
every = pytest.mark.parametrize("kind", BUILD, ids=lambda kind: kind.__name__)


def binary(n: int = 6) -> Tensor:
    return (torch.rand(n, *SHAPE, generator=torch.Generator().manual_seed(0)) > 0.5).float()


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def test_every_model_is_tried():
    exported = {getattr(latent, name) for name in latent.__all__}
    models = {one for one in exported if isinstance(one, type) and issubclass(one, LatentModel)}
    assert models - {LatentModel, GaussianLatentModel} == set(BUILD)


@every
def test_what_all_share_is_defined_once(kind):
    for name in ONCE:
        owner = next(one for one in kind.__mro__ if name in vars(one))
        assert owner is LatentModel, f"{name} is {owner.__name__}'s"
    for name in OF_EACH:
        owner = next(one for one in kind.__mro__ if name in vars(one))
        assert owner is not LatentModel, name


@every
def test_no_player_is_rewritten_for_its_step_size(kind):
    model = BUILD[kind](lr=0.3, schedule=lambda step, steps: 0.5)
    (player,) = model.players()
    assert (player.lr, player.schedule(0, 1)) == (0.3, 0.5)
    assert kind is VQVAE or not any("players" in vars(one) for one in kind.__mro__[:-4])


@every
def test_no_model_has_what_means_nothing_for_it(kind):
    model = BUILD[kind]()
    gaussian = issubclass(kind, GaussianLatentModel)
    has = {
        "beta": kind not in (IWAE, VQVAE),  # a price on the rate
        "latent": gaussian,
        "posterior": kind is not VQVAE,  # a distribution of codes given x
        "temperature": kind is GumbelVAE,
        "prior": kind in (HierarchicalVAE, VQVAE),
    }
    assert {name: hasattr(model, name) for name in has} == has
    if not has["beta"]:
        for name in ("beta", "warmup"):
            with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
                BUILD[kind](**{name: 1})


@every
def test_shapes_and_refusals(kind):
    model, x = BUILD[kind](), binary()
    z = model.sample_code(5)
    assert z.dim() == 2
    assert len(z) == 5
    assert model.decode(z).shape == (5, 1, *SHAPE)
    assert model.mean(z).shape == model.sample(5).shape == (5, *SHAPE)
    assert model.mean(z.expand(2, 5, -1)).shape == (2, 5, *SHAPE)
    assert model.mean(z[0]).shape == SHAPE
    assert model.reconstruct(x).shape == x.shape
    torch.testing.assert_close(model.reconstruct(x), model.mean(model.code(x)))
    assert model.elbo(x, 3).shape == model.log_prob(x, 7).shape == (6,)
    assert all(term.shape == (6,) for term in model.terms(x))
    assert model.log_weights(x, 7).shape == (7, 6)
    assert not any(made.requires_grad for made in (z, model.mean(z), model.sample(2)))
    for door in (model.encode, model.elbo, model.log_prob, model.reconstruct, model.check):
        with pytest.raises(ValueError, match="zeros and ones"):
            door(x / 2)
    for call in (model.sample, lambda n: model.elbo(x, n), lambda n: model.log_prob(x, n)):
        with pytest.raises(ValueError, match="at least 1"):
            call(0)
    with pytest.raises(ValueError, match="unconditional"):
        model.sample(2, label=1)


@every
def test_labels_of_a_batch_are_left_alone(kind):
    model, x = BUILD[kind](), binary()
    model.check((x, torch.zeros(6).long()))
    losses = []
    for batch in (x, (x, torch.zeros(6).long())):
        torch.manual_seed(1)
        loss = model.loss(batch)
        losses.append(loss[0] if isinstance(loss, tuple) else loss)
    assert losses[0] == losses[1]


@every
def test_a_sample_is_a_draw_given_a_code_of_the_prior(kind):
    model = BUILD[kind]()
    g, h = (torch.Generator().manual_seed(3) for _ in range(2))
    z = model.sample_code(5, generator=g)
    expected = model.likelihood.sample(model.decode(z), g)
    assert torch.equal(model.sample(5, generator=h), expected)


@every
@torch.no_grad()
def test_more_draws_tighten_the_bound_or_leave_it(kind):
    model, x = BUILD[kind](), binary(40)
    one = torch.stack([model.log_prob(x, 1) for _ in range(200)])
    elbo = torch.stack([model.elbo(x) for _ in range(200)])
    error = (one.var(0) + elbo.var(0)).div(200).sqrt()
    assert ((one - elbo).mean(0).abs() <= 4.5 * error + 1e-5).all()
    gain = model.log_prob(x, 400).mean() - one.mean()
    assert gain > 1e-3 if kind is not VQVAE else abs(gain) < 1e-4


@every
def test_what_changes_in_time_is_a_buffer_that_is_not_stored(kind):
    if kind in (IWAE, VQVAE):
        pytest.skip("nothing changes in time")
    model = BUILD[kind](beta=4.0, warmup=0.5)
    names = {name for name, _ in model.named_buffers()} - set(model.state_dict())
    assert "beta.value" in names
    assert ("temperature" in names) == (kind is GumbelVAE)
    value = model.beta.value
    for step, beta in [(0, 0.08), (24, 2.0), (49, 4.0), (99, 4.0)]:
        model.on_step(step, 100)
        assert model.beta.value is value  # a captured round reads this very memory
        assert value.item() == pytest.approx(beta)
    torch.manual_seed(1)
    loss, terms = model.loss(binary())
    assert torch.isclose(loss, 4.0 * terms["rate"] - terms["reconstruction"])


# Heads and decoders


HEADS = {
    "bernoulli": (Bernoulli(), lambda u: u.round()),
    "gaussian": (Gaussian(), lambda u: u),
    "own scales": (Gaussian(None), lambda u: u),
    "categorical": (Categorical(256), lambda u: (255 * u).round() / 255),
    "mixture": (LogisticMixture(3), lambda u: (255 * u).round() / 255),
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("network", ["mlp", "convolutions", "residual"])
def test_any_decoder_trains_scores_and_samples_with_any_head(network, head):
    likelihood, space = HEADS[head]
    torch.manual_seed(0)
    if network == "residual":
        model = BUILD[ResidualVAE](likelihood=likelihood)
    else:
        convolutions = nn.Sequential(
            nn.Linear(3, 8 * 4), nn.Unflatten(1, (8, 2, 2)), nn.SiLU(),
            nn.ConvTranspose2d(8, likelihood.numbers, 4, stride=2, padding=1),
        )  # fmt: skip
        model = VAE(3, likelihood=likelihood, decoder=convolutions, **SMALL)
        if network == "mlp":
            model = VAE(3, likelihood=likelihood, **SMALL)
    x = space(torch.rand(64, *SHAPE))
    history = genlib.fit(model, x, steps=20, batch_size=32, device="cpu", progress=False)
    assert history["loss"][-1] < history["loss"][0]
    with torch.no_grad():
        assert model.log_prob(x, 50).isfinite().all()
        assert model.decode(model.sample_code(3)).shape == (3, likelihood.numbers, *SHAPE)
    model.check(model.sample(3))


def test_a_decoder_of_your_own_sees_plain_batches():
    seen = []

    class Plain(nn.Linear):
        def forward(self, z: Tensor) -> Tensor:
            seen.append(tuple(z.shape))
            return super().forward(z)

    model = VAE(3, decoder=Plain(3, 16), **SMALL)
    _ = model.log_prob(binary(), 5), model.elbo(binary()), model.sample(4)
    assert seen == [(30, 3), (6, 3), (4, 3)]


def test_a_decoder_of_another_size_is_named():
    model = VAE(3, decoder=nn.Linear(3, 15), **SMALL)
    with pytest.raises(ValueError, match=r"returns \(15,\) for a code; Bernoulli wants \(1, 1, 4"):
        model.sample(2)


def test_a_likelihood_for_other_events_is_refused():
    with pytest.raises(ValueError, match="wanted event_dims=1"):
        VAE(event_shape=(2,), likelihood=Gaussian())


@pytest.mark.parametrize("kind", [VAE, VQVAE])
def test_symbols_are_no_numbers_to_encode(kind):
    with pytest.raises(ValueError, match=f"{kind.__name__} encodes numbers, and symbols are none"):
        kind(event_shape=(6,), likelihood=Symbols(5))
