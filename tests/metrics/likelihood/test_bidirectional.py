"""Bounds from both sides: exact where they can be, in order, and closing."""

import math

import pytest
import torch
from torch.distributions import Independent, Normal

from genlib.metrics import bidirectional


def test_from_the_posterior_both_bounds_are_the_likelihood(linear: type) -> None:
    world = linear(size=1)
    x, z = world.decoder.simulate(6)
    near = world.posterior(x)
    start = Independent(Normal(near.mean, near.stddev), 1)
    found = bidirectional(world.decoder.log_joint(x), start, z, steps=5)
    exact = world.marginal().log_prob(x)
    torch.testing.assert_close(found.lower, exact, rtol=0, atol=1e-8)
    torch.testing.assert_close(found.upper, exact, rtol=0, atol=1e-8)
    torch.testing.assert_close(found.gap, torch.zeros(6).double(), rtol=0, atol=1e-8)


def test_the_likelihood_lies_between_and_more_steps_close_the_gap(linear: type) -> None:
    torch.manual_seed(0)
    world = linear()
    x, z = world.decoder.simulate(60)
    exact = world.marginal().log_prob(x)
    gaps = []
    for steps in (20, 80, 300):
        found = bidirectional(
            world.decoder.log_joint(x), world.decoder.prior(60), z, chains=8, steps=steps
        )
        assert found.lower.mean() < exact.mean() + 0.02
        assert found.upper.mean() > exact.mean() - 0.02
        gaps.append(found.gap.mean().item())
    assert gaps[0] > gaps[1] > gaps[2] > -0.02
    assert gaps[0] > 0.5
    assert gaps[2] < 0.15


def test_reversed_weights_have_the_mean_of_one_over_the_likelihood(linear: type) -> None:
    torch.manual_seed(0)
    world = linear(size=1, pixels=1, scale=1.5)
    rows = 30_000
    x, z = world.decoder.simulate(rows)
    found = bidirectional(
        world.decoder.log_joint(x), world.decoder.prior(rows), z, chains=1, scouts=1, steps=5
    )
    values = torch.exp(found.backward.log_weights[0] + world.marginal().log_prob(x))
    assert abs(values.mean() - 1) < 4 * values.std() / math.sqrt(rows)
    assert values.std() / math.sqrt(rows) < 0.02


def test_the_reversal_goes_the_same_way_back(linear: type) -> None:
    world = linear()
    x, z = world.decoder.simulate(3)
    found = bidirectional(
        world.decoder.log_joint(x), world.decoder.prior(3), z, chains=2, leaps=3, steps=7
    )
    torch.testing.assert_close(found.backward.betas, found.forward.betas.flip(0))
    torch.testing.assert_close(found.backward.step_sizes, found.forward.step_sizes.flip(0))
    assert found.backward.log_weights.shape == found.forward.log_weights.shape == (2, 3)


def test_codes_of_another_shape_are_refused(linear: type) -> None:
    world = linear()
    x, z = world.decoder.simulate(3)
    with pytest.raises(ValueError, match=r"codes \(2, 3\), wanted one for each image, \(3, 3\)"):
        bidirectional(world.decoder.log_joint(x), world.decoder.prior(3), z[:2])
