"""Gaussian mixtures: densities elsewhere, EM's promises, scikit-learn's EM, collapse, refusals."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import (
    Categorical,
    Independent,
    MixtureSameFamily,
    MultivariateNormal,
    Normal,
)

from genlib import Model, fit
from genlib.data import toys
from genlib.divergences import kl
from genlib.latent import CollapseError, GaussianMixture

KINDS = ["full", "diagonal"]


def points(n: int = 300, seed: int = 0) -> torch.Tensor:
    return toys.world().sample(n, torch.Generator().manual_seed(seed), dtype=torch.float64)


def plane(covariance: str = "full", **options: object) -> GaussianMixture:
    return GaussianMixture(
        **{"components": 3, "event_shape": (2,)} | options, covariance=covariance
    )


def fitted(covariance: str = "full", steps: int = 10, **options: object) -> GaussianMixture:
    model = plane(covariance, **options)
    model.em(points(), steps=steps, generator=torch.Generator().manual_seed(0))
    return model


# The density


def test_the_density_is_the_world_s():
    world, model = toys.world(), plane()
    model.weights, model.means, model.covariances = world.weights, world.means, world.covariances
    x = points()
    torch.testing.assert_close(model.log_prob(x), world.log_prob(x))
    torch.testing.assert_close(model.log_joint(x), world.log_joint(x))


def test_the_diagonal_density_is_that_of_torch():
    model = fitted("diagonal")
    parts = Independent(Normal(model.means, model.covariances.sqrt()), 1)
    wanted = MixtureSameFamily(Categorical(model.weights), parts).log_prob(points())
    torch.testing.assert_close(model.log_prob(points()), wanted)


def test_the_full_density_is_that_of_torch():
    model = fitted("full")
    parts = MultivariateNormal(model.means, model.covariances)
    torch.testing.assert_close(
        model.log_joint(points()),
        model.weights.log() + parts.log_prob(points()[:, None]),
        rtol=1e-10,
        atol=1e-10,
    )
    penalties = torch.logdet(model.covariances).sum() + 0.3 * sum(
        torch.linalg.inv(one).trace() for one in model.covariances
    )
    model.prior_count, model.prior_variance = 5.0, 0.3
    torch.testing.assert_close(model.log_prior(), -2.5 * penalties)


@pytest.mark.parametrize("covariance", KINDS)
def test_samples_have_the_moments_of_the_fit(covariance):
    model, n = fitted(covariance), 200_000
    x = model.sample(n, generator=torch.Generator().manual_seed(1))
    assert x.shape == (n, 2)
    assert x.dtype == torch.float32
    mean = model.weights @ model.means
    # after an M-step the mixture has the data's mean exactly
    torch.testing.assert_close(mean, points().mean(0))
    assert (x.mean(0) - mean).abs().max() < 4 * 1.7 / math.sqrt(n)
    if covariance == "full":
        assert (x.T.cov() - points().T.cov(correction=0)).abs().max() < 0.03


# E-step, bound, M-step


@pytest.mark.parametrize("covariance", KINDS)
def test_the_gap_of_the_bound_is_a_divergence(covariance):
    model, x = fitted(covariance), points()
    torch.manual_seed(0)
    q = torch.softmax(2 * torch.randn(len(x), 3).double(), 1)
    gap = model.log_prob(x) - model.bound(x, q)
    torch.testing.assert_close(gap, kl(q, model.responsibilities(x)))
    torch.testing.assert_close(model.bound(x, model.responsibilities(x)), model.log_prob(x))


@pytest.mark.parametrize("prior_count", [0.0, 5.0])
@pytest.mark.parametrize("covariance", KINDS)
def test_nothing_near_the_m_step_is_better(covariance, prior_count):
    model, x = fitted(covariance, steps=2, prior_count=prior_count, prior_variance=0.3), points()
    q = model.responsibilities(x)
    model.m_step(x, q)

    def objective() -> float:
        return (model.bound(x, q).sum() + model.log_prior()).item()

    best, (weights, means, covariances) = objective(), list(model.buffers())
    torch.manual_seed(0)
    for _ in range(30):
        model.weights = (weights.log() + 0.05 * torch.randn(3).double()).softmax(0)
        model.means = means + 0.05 * torch.randn(3, 2).double()
        scale = (0.05 * torch.randn(3).double()).exp()
        model.covariances = covariances * scale.view(3, *[1] * (covariances.ndim - 1))
        assert objective() < best


@pytest.mark.parametrize("prior_count", [0.0, 5.0])
@pytest.mark.parametrize("covariance", KINDS)
def test_the_objective_never_falls(covariance, prior_count):
    for seed in range(10):
        model = plane(covariance, components=5, prior_count=prior_count, prior_variance=0.1)
        generator = torch.Generator().manual_seed(seed)
        history = model.em(points(), steps=50, tolerance=-1, generator=generator)
        assert np.diff(history["objective"]).min() > -1e-12
        if prior_count == 0:
            assert history["objective"] == history["log_likelihood"]
        assert history["log_likelihood"][-1] == pytest.approx(model.log_prob(points()).mean())


def test_em_stops_when_it_gains_nothing():
    history = plane().em(points(), steps=1000, generator=torch.Generator().manual_seed(0))
    assert history.steps("objective")[-1] < 300
    assert history["objective"][-1] - history["objective"][-2] < 1e-7


def test_going_on_is_the_uninterrupted_run():
    whole, parts = fitted(steps=10), fitted(steps=4)
    parts.em(points(), steps=6, resume=True)
    for one, other in zip(whole.buffers(), parts.buffers(), strict=True):
        assert torch.equal(one, other)


def test_components_that_begin_equal_stay_equal():
    model = plane()
    model.em(points(), steps=5, resume=True)  # three times the same Gaussian
    assert (model.means - model.means[0]).abs().max() < 1e-12


# Another implementation


@pytest.mark.parametrize("steps", [1, 7, 60])
@pytest.mark.parametrize(("covariance", "theirs"), [("full", "full"), ("diagonal", "diag")])
def test_scikit_learn_reaches_the_same_numbers(covariance, theirs, steps):
    from sklearn.mixture import GaussianMixture as Theirs

    model, x = plane(covariance), points()
    model.start(x, torch.Generator().manual_seed(3))
    precisions = (
        torch.linalg.inv(model.covariances) if covariance == "full" else 1 / model.covariances
    )
    other = Theirs(
        3, covariance_type=theirs, tol=0, reg_covar=0, max_iter=steps,
        weights_init=model.weights.numpy(), means_init=model.means.numpy(),
        precisions_init=precisions.numpy(),
    )  # fmt: skip
    with pytest.warns(UserWarning, match="did not converge"):
        other.fit(x.numpy())
    model.em(x, steps=steps, tolerance=-1, resume=True)
    assert model.log_prob(x).mean().item() == pytest.approx(other.score(x.numpy()), abs=1e-6)
    np.testing.assert_allclose(model.means.numpy(), other.means_, atol=1e-6)
    np.testing.assert_allclose(model.covariances.numpy(), other.covariances_, atol=1e-6)


# Collapse


@pytest.mark.parametrize("covariance", KINDS)
def test_a_component_on_one_point_is_named(covariance):
    x = torch.cat([points(50), torch.full((3, 2), 9.0).double()])
    model = plane(covariance, components=2)
    model.start(x)
    model.means = torch.tensor([[0.0, 0.0], [9.0, 9.0]]).double()
    model.covariances = model.covariances * 0.01
    with pytest.raises(CollapseError, match="component 1 collapsed") as caught:
        model.em(x, resume=True)
    assert caught.value.component == 1
    assert len(caught.value.history["objective"]) >= 1
    assert all(buffer.isfinite().all() for buffer in model.buffers())
    model.prior_count, model.prior_variance = 2.0, 0.1
    assert np.diff(model.em(x, resume=True)["objective"]).min() > -1e-12
    assert model.covariances.min() > -0.1


def test_a_component_without_events_is_named():
    model = plane(components=2)
    model.means = torch.tensor([[0.0, 0.0], [1e6, 1e6]]).double()
    with pytest.raises(CollapseError, match="component 1"):
        model.em(points(), resume=True)


@pytest.mark.parametrize("covariance", KINDS)
def test_a_coordinate_that_never_varies_begins_with_the_width_of_the_prior(covariance):
    x = torch.cat([points(), torch.ones(300, 1).double()], 1)
    model = plane(covariance, components=2, event_shape=(3,), prior_count=2.0)
    model.start(x, torch.Generator().manual_seed(0))
    spread = x.T.cov(correction=0) if covariance == "full" else x.var(0, correction=0)
    unit = torch.eye(3) if covariance == "full" else torch.ones(3)
    torch.testing.assert_close(model.covariances[1], (150 * spread + 2 * unit.double()) / 152)
    history = model.em(x, steps=20, tolerance=-1, generator=torch.Generator().manual_seed(0))
    assert np.diff(history["objective"]).min() > -1e-12
    assert model.log_prob(x).isfinite().all()


@pytest.mark.parametrize("covariance", KINDS)
def test_a_coordinate_that_never_varies_is_a_collapse_without_a_prior(covariance):
    x = torch.cat([points(), torch.ones(300, 1).double()], 1)
    model = plane(covariance, event_shape=(3,))
    before = [buffer.clone() for buffer in model.buffers()]
    with pytest.raises(CollapseError, match="component 0 collapsed"):
        model.em(x)
    assert all(map(torch.equal, model.buffers(), before))


@pytest.mark.parametrize("covariance", KINDS)
def test_where_the_data_have_width_the_start_is_theirs_alone(covariance):
    starts = []
    for prior_count in (0.0, 5.0):
        model = plane(covariance, prior_count=prior_count)
        model.start(points(), torch.Generator().manual_seed(0))
        starts.append(model.covariances)
    assert torch.equal(*starts)


@pytest.mark.parametrize("covariance", KINDS)
def test_one_event_is_a_collapse_unless_there_is_a_prior(covariance):
    model, x = plane(covariance, components=1), points(1)
    with pytest.raises(CollapseError):
        model.em(x)
    with pytest.raises(CollapseError):
        model.em(x, resume=True)
    model.prior_count = 2.0
    model.em(x)
    assert model.log_prob(x).isfinite().all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_start_on_the_device_follows_a_generator_that_is_there():
    model, x = plane().cuda(), points().cuda()
    model.start(x, torch.Generator("cuda").manual_seed(0))
    assert model.means.is_cuda


# Contracts


def test_it_is_a_model_for_digits_that_fit_refuses():
    model = GaussianMixture(prior_count=2)
    assert isinstance(model, Model)
    x = torch.rand(40, 1, 28, 28)
    model.em(x, steps=2)
    assert model.sample(3).shape == (3, 1, 28, 28)
    assert model.log_prob(x).shape == (40,)
    assert model.log_prob(x).dtype == torch.float32
    with pytest.raises(NotImplementedError, match=r"\.em\(x\)"):
        fit(model, x, steps=1)


def test_its_state_is_its_parameters():
    model, other = fitted(), plane()
    other.load_state_dict(model.state_dict())
    torch.testing.assert_close(other.log_prob(points()), model.log_prob(points()))


def test_refusals():
    with pytest.raises(ValueError, match="'round'"):
        GaussianMixture(covariance="round")
    with pytest.raises(ValueError, match="prior_count=-1"):
        GaussianMixture(prior_count=-1)
    with pytest.raises(ValueError, match="2 events for 3 components"):
        plane().em(points(2))
    with pytest.raises(ValueError, match=r"x is \(4, 3\)"):
        plane().log_prob(torch.zeros(4, 3))
    with pytest.raises(ValueError, match=r"x is list, wanted floats of shape \(B, 2\)"):
        plane().em([[0.0, 1.0]])
    with pytest.raises(ValueError, match=r"x is torch.int64, wanted floats"):
        plane().check((torch.zeros(4, 2).long(), torch.zeros(4)))
    with pytest.raises(ValueError, match="unconditional"):
        plane().sample(2, label=0)
    with pytest.raises(ValueError, match="not finite"):
        plane().log_prob(torch.full((4, 2), math.nan))
