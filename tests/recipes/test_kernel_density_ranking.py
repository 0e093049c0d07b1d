"""The table of two decoders: every scale from one run, and windows that are importance weights."""

from dataclasses import astuple
from types import SimpleNamespace

import torch
from torch.distributions import MultivariateNormal

from genlib.metrics import importance
from genlib.recipes import kernel_density_ranking as recipe


def linear() -> tuple[SimpleNamespace, torch.Tensor]:
    """Return a decoder of four pixels that stands in for a model, and its weights."""
    weight = torch.tensor([[0.3, 0.1, -0.2, 0.0], [0.0, 0.2, 0.1, 0.3]])

    def decode(z: torch.Tensor) -> torch.Tensor:
        return (z @ weight).view(-1, 1, 1, 4)

    return SimpleNamespace(
        decode=decode,
        mean=decode,
        sample_code=lambda n: torch.randn(n, 2),
        event_shape=(1, 1, 4),
        latent=2,
    ), weight


def test_one_run_has_the_likelihood_at_every_scale() -> None:
    torch.manual_seed(0)
    model, weight = linear()
    x = torch.randn(10, 2) @ weight + 0.1 * torch.randn(10, 4)
    found = recipe.annealed(model, x.view(10, 1, 1, 4), steps=150)
    assert found.shape == (len(recipe.SCALES), 10)
    for scale, line in zip(recipe.SCALES, found, strict=True):
        covariance = weight.T @ weight + scale**2 * torch.eye(4)
        exact = MultivariateNormal(torch.zeros(4), covariance).log_prob(x)
        assert abs((line - exact).mean()) < 0.15


def test_the_windows_are_importance_weights_from_the_prior() -> None:
    model, weight = linear()
    x = torch.randn(3, 2) @ weight
    for place, scale in enumerate(recipe.SCALES):
        torch.manual_seed(1)
        windows = recipe.kernels(model, x.view(3, 1, 1, 4), samples=1000)[place]
        torch.manual_seed(1)
        codes = torch.randn(1000, 2)
        decoder = recipe.at_scale(model, scale)
        prior = decoder.prior(3)
        prior.sample = lambda _shape, codes=codes: codes[:, None].expand(-1, 3, -1)
        own = importance(decoder.log_joint(x.view(3, 1, 1, 4)), prior, 1000).estimate
        torch.testing.assert_close(windows, own, rtol=0, atol=1e-3)


def test_the_schedule_stops_at_every_scale() -> None:
    betas = recipe.temperatures(50)
    assert (betas.diff() > 0).all()
    assert (betas[0], betas[-1]) == (0, 1)
    for scale in recipe.SCALES:
        assert (recipe.SCALES[0] / betas[1:].sqrt() - scale).abs().min() < 1e-12


def test_a_seed_has_its_own_digits_and_few_steps_make_rows() -> None:
    assert not torch.equal(recipe.some("test", 1), recipe.some("test", 2))
    assert len(recipe.some("validation", 0)) == recipe.IMAGES
    vae = recipe.trained(recipe.Case(10, 1), 2)
    assert vae.latent == 10
    assert vae.decoder[0].in_features == 10
    assert [layer.out_features for layer in vae.decoder if hasattr(layer, "weight")] == [
        128,
        256,
        784,
    ]


def test_the_stored_table_has_every_case() -> None:
    stored = [astuple(row)[:3] for row in recipe.read()]
    assert stored == [(*astuple(case), s) for case in recipe.cases() for s in recipe.SCALES]
