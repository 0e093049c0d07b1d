"""Estimators of gradients: unbiased by a chi-squared test, biased where they ought to be."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Categorical, Chi2, Gumbel, Independent, Normal

from genlib.estimators import (
    gumbel,
    gumbel_max,
    gumbel_softmax,
    leave_one_out,
    path_derivative,
    score_function,
    straight_through,
)

N = 40_000
MEAN = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)


def p_value(draws: Tensor, exact: Tensor) -> float:
    """Return how likely a mean so far from ``exact`` is, if the draws (n, d) are unbiased."""
    off = draws.mean(0) - exact
    statistic = len(draws) * off @ torch.linalg.solve(torch.atleast_2d(draws.T.cov()), off)
    return 1 - Chi2(float(len(off))).cdf(statistic).item()


def gradients(estimator: object, draws: int = 4, **options: object) -> Tensor:
    """Return N independent estimates, (N, 3), of the gradient of E|x|^2 in the mean."""
    mean = MEAN.repeat(N, 1).requires_grad_()
    q = Independent(Normal(mean, 0.7), 1)
    values = estimator(lambda x: x.square().sum(-1), q, draws, **options)
    return torch.autograd.grad(values.mean(0).sum(), mean)[0]


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        (score_function, {}),
        (score_function, {"baseline": False}),
        (path_derivative, {}),
    ],
)
def test_estimators_are_unbiased(estimator, options):
    torch.manual_seed(0)
    draws = gradients(estimator, **options)
    assert p_value(draws, 2 * MEAN) > 1e-3
    assert p_value(draws, 2 * MEAN * 0.95) < 1e-6  # the test would see five per cent


def test_a_mean_that_holds_the_draw_itself_would_be_seen():
    torch.manual_seed(0)
    draws = gradients(score_function) * 3 / 4  # what f - mean(f) gives with four draws
    assert p_value(draws, 2 * MEAN) < 1e-6


def test_score_function_of_a_jump_and_path_without_one():
    torch.manual_seed(0)
    mean = torch.zeros(N, dtype=torch.float64).requires_grad_()
    step = lambda x: (x > 0.3).double() + 0 * x  # noqa: E731
    score = torch.autograd.grad(score_function(step, Normal(mean, 1.0), 4).mean(0).sum(), mean)[0]
    path = torch.autograd.grad(path_derivative(step, Normal(mean, 1.0), 4).mean(0).sum(), mean)[0]
    exact = Normal(0.0, 1.0).log_prob(torch.tensor(0.3)).exp().double()
    assert p_value(score[:, None], exact[None]) > 1e-3
    assert (path == 0).all()


def test_score_function_adds_the_gradient_of_f_itself():
    # d/dt E_{N(t,1)} (t x)^2 = d/dt (t^4 + t^2) = 4 t^3 + 2 t
    torch.manual_seed(0)
    t = torch.full((N,), 0.8, dtype=torch.float64).requires_grad_()
    values = score_function(lambda x: (t * x).square(), Normal(t, 1.0), 3)
    (draws,) = torch.autograd.grad(values.mean(0).sum(), t)
    exact = torch.tensor([4 * 0.8**3 + 2 * 0.8], dtype=torch.float64)
    assert p_value(draws[:, None], exact) > 1e-3


def test_values_are_those_of_f():
    q = Normal(torch.zeros(2), 1.0)
    torch.manual_seed(0)
    values = score_function(torch.sin, q, 5)
    torch.manual_seed(0)
    assert torch.equal(values, torch.sin(q.sample((5,))))
    torch.manual_seed(0)
    assert torch.equal(values, path_derivative(torch.sin, q, 5))


def test_leave_one_out_by_hand():
    values = torch.tensor([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]])
    wanted = torch.tensor([[1 - 4.0, 0], [2 - 3.5, 0], [6 - 1.5, 0]])
    torch.testing.assert_close(leave_one_out(values), wanted)
    with pytest.raises(ValueError, match="two draws"):
        leave_one_out(torch.ones(1, 3))
    with pytest.raises(ValueError, match="two draws"):
        leave_one_out(torch.tensor(1.0))


def test_the_baseline_lowers_the_variance_as_its_formula_says():
    # sample covariance of f and score: see the chapter; m = s = 1, d coordinates, K draws
    torch.manual_seed(0)
    d, k = 20, 5
    mean = torch.ones(N, d, dtype=torch.float64).requires_grad_()
    q = Independent(Normal(mean, 1.0), 1)
    values = score_function(lambda x: x.square().sum(-1), q, k)
    (draws,) = torch.autograd.grad(values.mean(0).sum(), mean)
    wanted = (6 * d + 16 - 4 * (k - 2) / (k - 1) + 6 * d / (k - 1)) / k
    assert draws.var(0).mean().item() == pytest.approx(wanted, rel=0.03)


def test_gumbel_noise():
    torch.manual_seed(0)
    draws = gumbel(torch.empty(N, dtype=torch.float64)).sort().values
    places = (torch.arange(N) + 0.5) / N
    away = (Gumbel(0.0, 1.0).cdf(draws.float()) - places).abs().max()
    assert away < 1.95 / N**0.5  # Kolmogorov-Smirnov at 0.1 %


def test_gumbel_max_has_the_categorical_frequencies():
    torch.manual_seed(0)
    logits = torch.tensor([2.0, 0.5, 1.0, 0.1]).log() + 3
    counts = gumbel_max(logits.expand(N, 4)).bincount(minlength=4)
    expected = logits.softmax(0) * N
    statistic = ((counts - expected).square() / expected).sum()
    assert 1 - Chi2(3.0).cdf(statistic) > 1e-3
    wrong = logits.sub(3).exp().softmax(0) * N  # weights taken for logits
    assert ((counts - wrong).square() / wrong).sum() > 100


def test_gumbel_softmax_is_soft_around_the_same_choice():
    logits = torch.randn(500, 4, dtype=torch.float64)
    draws = {t: gumbel_softmax(logits, t, generator=seeded()) for t in (0.1, 1.0, 10.0)}
    choice = gumbel_max(logits, seeded())
    for y in draws.values():
        torch.testing.assert_close(y.sum(-1), torch.ones(500, dtype=torch.float64))
        assert torch.equal(y.argmax(-1), choice)
    sizes = [y.max(-1).values.mean() for y in draws.values()]
    assert sizes[0] > sizes[1] > sizes[2]


def test_gumbel_softmax_agrees_with_torch():
    logits = torch.randn(7, 4, requires_grad=True)
    torch.manual_seed(3)
    theirs = F.gumbel_softmax(logits, 0.7)
    torch.manual_seed(3)
    torch.testing.assert_close(gumbel_softmax(logits, 0.7), theirs)


def test_hard_draws_are_corners_with_the_soft_gradient():
    logits = torch.randn(9, 4, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(9, 4, dtype=torch.float64)
    hard = gumbel_softmax(logits, 0.5, hard=True, generator=seeded())
    assert ((hard == 0) | (hard == 1)).all()  # exactly
    assert (hard.sum(-1) == 1).all()
    soft = gumbel_softmax(logits, 0.5, generator=seeded())
    grads = [torch.autograd.grad((weights * y).sum(), logits)[0] for y in (hard, soft)]
    torch.testing.assert_close(*grads)
    assert grads[0].abs().max() > 0


def test_refusals():
    with pytest.raises(ValueError, match="has no path"):
        path_derivative(lambda x: x, Categorical(logits=torch.zeros(3)), 2)
    with pytest.raises(ValueError, match="wanted \\(4, 2\\)"):
        score_function(lambda x: x.sum(), Normal(torch.zeros(2), 1.0), 4)
    for temperature in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="positive"):
            gumbel_softmax(torch.zeros(3), temperature)
    with pytest.raises(ValueError, match="hard is"):
        straight_through(torch.zeros(2), torch.zeros(3))


def seeded() -> torch.Generator:
    """Return a generator at its beginning."""
    return torch.Generator().manual_seed(7)
