"""Annealed importance sampling: exact cases, no bias, and the linear decoder's likelihood."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, Normal

from genlib.metrics import ais, annealing_schedule, scale_curve
from genlib.metrics.likelihood.steps import Steps


def gaussian(*scales: float, rows: int = 1) -> Independent:
    spread = torch.tensor(scales, dtype=torch.float64).expand(rows, -1)
    return Independent(Normal(torch.zeros_like(spread), spread), 1)


def narrow(z: Tensor) -> Tensor:
    """An unnormalised N(1, .2^2) with Z = 3."""
    return Normal(1.0, 0.2).log_prob(z).sum(-1) + math.log(3)


def test_a_start_that_is_the_target_has_equal_weights() -> None:
    start = gaussian(0.5, 2.0, rows=3)
    found = ais(lambda z: start.log_prob(z) - 7, start, chains=4, steps=20)
    torch.testing.assert_close(
        found.log_weights, torch.full((4, 3), -7.0).double(), rtol=0, atol=1e-9
    )
    assert found.effective.tolist() == pytest.approx([4, 4, 4])


def test_one_step_is_importance_sampling() -> None:
    start = gaussian(1.0, rows=2)
    found = ais(narrow, start, chains=5, steps=1)
    wanted = narrow(found.codes) - start.log_prob(found.codes)
    torch.testing.assert_close(found.log_weights, wanted)
    assert found.acceptance.shape == found.step_sizes.shape == (0, 2)


@pytest.mark.parametrize(
    ("steps", "leaps", "schedule"), [(3, 1, "linear"), (8, 2, "power"), (8, 1, "linear")]
)
def test_weights_have_the_right_mean_however_short_the_run(
    steps: int, leaps: int, schedule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each row is a run of its own, of one chain and one scout, with a first step far too long, and
    # sizes that change so much that learning from a chain's own fate would show.
    monkeypatch.setattr("genlib.metrics.likelihood.steps.FACTOR", 3.0)
    torch.manual_seed(0)
    rows = 60_000
    found = ais(
        narrow,
        gaussian(1.0, rows=rows),
        chains=1,
        scouts=1,
        steps=steps,
        leaps=leaps,
        schedule=schedule,
        step=2.0,
    )
    weights = found.log_weights.exp()[0] / 3
    assert weights.std() / math.sqrt(rows) < 0.012
    assert abs(weights.mean() - 1) < 3.5 * weights.std() / math.sqrt(rows)


def test_chains_end_at_the_target() -> None:
    torch.manual_seed(0)
    found = ais(narrow, gaussian(1.0, rows=500), chains=4, steps=100, schedule="linear")
    assert found.codes.mean().item() == pytest.approx(1, abs=0.03)
    assert found.codes.std().item() == pytest.approx(0.2, abs=0.02)
    assert 0.55 < found.acceptance[20:].mean() < 0.75


def test_the_linear_decoder_within_a_tenth_of_a_nat(linear: type) -> None:
    torch.manual_seed(0)
    world = linear()
    x, _z = world.decoder.simulate(50)
    exact = world.marginal().log_prob(x)
    found = ais(world.decoder.log_joint(x), world.decoder.prior(50), steps=400)
    assert abs((found.estimate - exact).mean()) < 0.1
    assert (found.estimate - exact).square().mean().sqrt() < 0.4
    # From the posterior's own variances there is almost nothing to anneal.
    near = world.posterior(x)
    start = Independent(Normal(near.mean, 1.3 * near.stddev), 1)
    short = ais(world.decoder.log_joint(x), start, steps=60, schedule="linear")
    assert abs((short.estimate - exact).mean()) < 0.1


def test_float32_codes_lose_little(linear: type) -> None:
    torch.manual_seed(0)
    world = linear()
    x, _z = world.decoder.simulate(20)
    wide, exact = world.decoder.log_joint(x), world.marginal().log_prob(x)
    start = Independent(Normal(torch.zeros(20, 3), 1.0), 1)
    found = ais(lambda z: wide(z.double()).float(), start, steps=150)
    assert found.codes.dtype == torch.float32
    assert found.log_weights.dtype == torch.float64
    assert abs((found.estimate - exact).mean()) < 0.3


def test_each_image_learns_its_own_step() -> None:
    torch.manual_seed(0)
    spread = torch.tensor([[1.0], [0.02]]).double()
    target = Independent(Normal(torch.zeros(2, 1).double(), spread), 1)
    found = ais(target.log_prob, gaussian(1.0, rows=2), steps=200, scouts=8, schedule="linear")
    assert found.step_sizes.shape == (199, 2)
    assert found.step_sizes[-20:, 0].mean() / found.step_sizes[-20:, 1].mean() > 8


def test_steps_are_in_units_of_the_start() -> None:
    torch.manual_seed(0)
    start = gaussian(1.0, 0.001, rows=50)  # without units no step would suit both
    found = ais(lambda z: start.log_prob(z) + 0.1 * z[..., 0], start, steps=50)
    assert found.step_sizes[-10:].mean() > 0.5
    torch.testing.assert_close(
        found.estimate.mean().item(), 0.005, rtol=0, atol=0.01
    )  # log E exp(z / 10)


def test_step_sizes_of_another_run_are_used_as_they_are() -> None:
    first = ais(narrow, gaussian(1.0, rows=3), chains=2, scouts=5, steps=10)
    seen = set()

    def target(z: Tensor) -> Tensor:
        seen.add(len(z))
        return narrow(z)

    again = ais(target, gaussian(1.0, rows=3), chains=2, steps=10, step_sizes=first.step_sizes)
    assert seen == {2}
    torch.testing.assert_close(again.step_sizes, first.step_sizes)


def test_steps_learn_from_scouts_and_are_stretched_at_random() -> None:
    steps, like = Steps(0.5, 0.2, 2), torch.zeros(3)
    assert steps.at(0, like).tolist() == [0.5, 0.5, 0.5]
    steps.learn(torch.tensor([[1.0, 0.6, 0.0], [0.4, 0.6, 0.0]]))
    assert steps.at(1, like).tolist() == pytest.approx([0.55, 0.5 / 1.1, 0.5 / 1.1])
    torch.manual_seed(0)
    size = steps.stretched(torch.tensor([2.0]), torch.zeros(4000, 1))
    assert size.min() >= 1.6
    assert size.min() < 1.61
    assert size.max() <= 2.4
    assert size.max() > 2.39
    assert size.mean().item() == pytest.approx(2, abs=0.02)


def test_jitter_breaks_resonance() -> None:
    # Two leapfrog steps of sqrt(2) standard deviations come home to -z: no chain gets anywhere.
    torch.manual_seed(0)
    start, step = gaussian(1.0, rows=300), torch.full((199, 300), math.sqrt(2))
    run = {"steps": 200, "leaps": 2, "chains": 1, "step_sizes": step}
    pull = 0.01  # the target is almost the start
    moved = []
    for jitter in (0.0, 0.2):
        torch.manual_seed(1)
        found = ais(lambda z: start.log_prob(z) + pull * z[..., 0], start, jitter=jitter, **run)
        torch.manual_seed(1)
        began = start.sample((1,))
        both = torch.stack([began.abs().flatten(), found.codes.abs().flatten()])
        moved.append(torch.corrcoef(both)[0, 1].item())
    assert moved[0] > 0.95
    assert abs(moved[1]) < 0.25


def test_one_run_has_the_likelihood_at_every_scale(linear: type) -> None:
    torch.manual_seed(0)
    world = linear()
    x, _z = world.decoder.simulate(30)
    found = ais(world.decoder.log_joint(x), world.decoder.prior(30), steps=400)
    assert (found.course[0] == 0).all()
    torch.testing.assert_close(found.course[-1], found.estimate)
    torch.testing.assert_close(found.betas, annealing_schedule(400))
    scales, values = scale_curve(found, world.scale, 8)
    assert scales.shape == (400,)
    assert scales[-1].item() == pytest.approx(world.scale)
    for at in (399, 300, 200, 100):
        exact = world.marginal(scales[at].item()).log_prob(x)
        assert abs((values[at] - exact).mean()) < 0.1, at
    with pytest.raises(ValueError, match="scale=0, dims=8, wanted positive"):
        scale_curve(found, 0, 8)


def test_a_gradient_of_the_decoder_is_neither_needed_nor_left(linear: type) -> None:
    world = linear()
    world.weight.requires_grad_()
    x = torch.zeros(2, 8).double()
    found = ais(world.decoder.log_joint(x), world.decoder.prior(2), steps=3)
    assert world.weight.grad is None
    assert not found.log_weights.requires_grad
    assert not found.codes.requires_grad


def test_a_density_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"log_joint returned \(20, 1, 1\) for codes"):
        ais(lambda z: -z.square(), gaussian(1.0), steps=3)
