"""The bound on the Jensen-Shannon divergence against integrals."""

import math

import pytest
import torch
from torch.distributions import Normal

from genlib.metrics import Bound, classifier_bound

N = 40_000


def draws(mean: float, scale: float, seed: int, n: int = N) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return mean + scale * torch.randn(n, 1, generator=generator, dtype=torch.float64)


def exact(p: Normal, q: Normal) -> float:
    x = torch.linspace(-30, 30, 60_001, dtype=torch.float64)
    log_p, log_q = p.log_prob(x), q.log_prob(x)
    log_m = torch.logaddexp(log_p, log_q) - math.log(2)
    rates = log_p.exp() * (log_p - log_m) + log_q.exp() * (log_q - log_m)
    return torch.trapezoid(rates, x).item() / 2


@pytest.mark.parametrize("mean", [0.5, 1.5, 4.0])
def test_the_best_judge_reaches_the_divergence_and_no_other_passes_it(mean: float) -> None:
    p, q = Normal(0.0, 1.0), Normal(mean, 2.0)
    real, fake = draws(0, 1, 0), draws(mean, 2, 1)
    best = classifier_bound(lambda x: p.log_prob(x) - q.log_prob(x), real, fake)
    assert abs(best.nats - exact(p, q)) < 4 * best.error
    assert 1e-4 < best.error < 0.005
    for judge in (
        lambda x: 0 * x,
        lambda x: 0.5 * (p.log_prob(x) - q.log_prob(x)),
        lambda x: 3 * (p.log_prob(x) - q.log_prob(x)),
        lambda x: p.log_prob(x) - q.log_prob(x) + 0.5,
        lambda x: mean / 2 - x,
    ):
        bound = classifier_bound(judge, real, fake)
        assert bound.nats < exact(p, q) + 4 * bound.error


def test_a_judge_that_swaps_the_sides_is_punished() -> None:
    p, q = Normal(0.0, 1.0), Normal(2.0, 1.0)
    swapped = classifier_bound(
        lambda x: q.log_prob(x) - p.log_prob(x), draws(0, 1, 0), draws(2, 1, 1)
    )
    assert swapped.nats < -0.5


def test_equal_distributions_give_zero_and_a_cocksure_judge_less() -> None:
    real, fake = draws(0, 1, 0), draws(0, 1, 1)
    assert classifier_bound(lambda x: 0 * x, real, fake) == Bound(0.0, 0.0)
    assert classifier_bound(lambda x: x, real, fake).nats < 0


def test_each_set_counts_for_half() -> None:
    p, q = Normal(0.0, 1.0), Normal(2.0, 1.0)
    few = classifier_bound(
        lambda x: p.log_prob(x) - q.log_prob(x), draws(0, 1, 0), draws(2, 1, 1, 2000)
    )
    assert abs(few.nats - exact(p, q)) < 4 * few.error


def test_the_standard_error_is_that_of_many_repetitions() -> None:
    def bound(seed: int) -> Bound:
        return classifier_bound(
            lambda x: 1 - x, draws(0, 1, seed, 50), draws(2, 1, 1000 + seed, 200)
        )

    bounds = [bound(seed) for seed in range(400)]
    scatter = torch.tensor([one.nats for one in bounds]).std().item()
    assert sum(one.error for one in bounds) / 400 == pytest.approx(scatter, rel=0.12)


def test_no_more_than_log_two_and_no_overflow() -> None:
    apart = classifier_bound(lambda x: 1e4 * x, torch.ones(5, 1), -torch.ones(5, 1))
    assert apart.nats == pytest.approx(math.log(2))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_logits_of_any_precision_outside_of_autograd(dtype: torch.dtype) -> None:
    graphs = []

    def judge(x: torch.Tensor) -> torch.Tensor:
        graphs.append(torch.is_grad_enabled())
        return x

    real, fake = draws(1, 1, 0, 5000).to(dtype), draws(-1, 1, 1, 5000).to(dtype)
    found = classifier_bound(judge, real, fake)
    assert found == classifier_bound(judge, real.double(), fake.double())
    assert not any(graphs)


@pytest.mark.parametrize(
    ("judge", "n", "message"),
    [
        (
            lambda x: x.new_zeros(3, 2),
            3,
            r"returned \(3, 2\) for 3 real examples, wanted one logit",
        ),
        (lambda x: x * math.nan, 3, "logits of real examples are not all finite"),
        (lambda x: x, 1, "1 real examples, wanted at least 2"),
        (lambda x: x, 0, "0 real examples, wanted at least 2"),
    ],
)
def test_what_is_no_judgement_is_refused(judge: object, n: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        classifier_bound(judge, torch.zeros(n, 1), torch.zeros(3, 1))
