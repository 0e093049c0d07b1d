"""Likelihoods: what holds for all, torch's distributions, names, refusals."""

import math

import pytest
import torch
from torch import Tensor, distributions

from genlib import likelihoods
from genlib.likelihoods import (
    Bernoulli,
    Categorical,
    ColourLogisticMixture,
    Gaussian,
    Likelihood,
    LogisticMixture,
    Symbols,
    likelihood,
)

SHAPE = (1, 2, 3)
COLOURS = (3, 2, 2)
EVERY = [
    Bernoulli(),
    Gaussian(0.5),
    Gaussian(None),
    Categorical(5),
    LogisticMixture(2, levels=5),
    ColourLogisticMixture(2, levels=5),
]
every = pytest.mark.parametrize("made", EVERY, ids=lambda made: type(made).__name__)


def shape(made: Likelihood) -> tuple[int, ...]:
    return COLOURS if isinstance(made, ColourLogisticMixture) else SHAPE


def drawn(made: Likelihood, *leading: int, spread: float = 1.0) -> Tensor:
    """Return parameters in float64."""
    torch.manual_seed(0)
    return spread * torch.randn(*leading, *made.parameter_shape(shape(made))).double()


def some(made: Likelihood, *leading: int) -> Tensor:
    """Return events in float64."""
    torch.manual_seed(1)
    u = torch.rand(*leading, *shape(made)).double()
    if isinstance(made, Gaussian):
        return u
    levels = getattr(made, "levels", 2)
    return (u * (levels - 1)).round() / (levels - 1)


# What holds for all of them


@every
def test_parameters_broadcast_over_leading_dimensions(made):
    made.double()
    x, parameters = some(made, 4), drawn(made, 3, 4)
    found = made.log_prob(x, parameters)
    assert found.shape == (3, 4)
    assert made.mean(parameters).shape == made.sample(parameters).shape == (3, 4, *shape(made))
    one = made.log_prob(x[2:3], parameters[1, 2:3])
    torch.testing.assert_close(found[1, 2:3], one)
    grid = made.log_prob(x, parameters[:, :1])  # every code against every event
    torch.testing.assert_close(grid[2, 3], made.log_prob(x[3:], parameters[2, :1])[0])


@every
def test_no_pixel_is_counted_twice_and_no_batch_leaks(made):
    made.double()
    x, parameters = some(made, 2), drawn(made, 2).requires_grad_()
    (slope,) = torch.autograd.grad(made.log_prob(x, parameters)[0], parameters)
    assert slope[1].abs().sum() == 0
    assert (slope[0].flatten(1).abs().sum(0) > 0).all()


@every
def test_gradients_are_those_of_finite_differences(made):
    made.double()
    x, parameters = some(made, 2), drawn(made, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda p: made.log_prob(x, p), (parameters,))
    for own in made.parameters():
        assert torch.autograd.gradcheck(lambda _: made.log_prob(x, parameters.detach()), (own,))


@every
def test_parameters_in_bfloat16_give_what_their_values_say(made):
    made.float()
    x, coarse = some(made, 4).float(), drawn(made, 4).to(torch.bfloat16)
    torch.testing.assert_close(made.log_prob(x, coarse), made.log_prob(x, coarse.float()))
    assert made.log_prob(x, coarse).dtype == torch.float32
    assert made.mean(coarse).dtype == torch.float32
    again = [made.sample(p, torch.Generator().manual_seed(0)) for p in (coarse, coarse.float())]
    assert torch.equal(*again)


@every
def test_samples_follow_their_generator_and_are_events(made):
    made.float()
    parameters = drawn(made, 50).float()
    first, again, other = (
        made.sample(parameters, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not first.requires_grad
    made.check(first, shape(made), parameters)


@every
def test_samples_have_the_mean(made):
    made.double()
    parameters = drawn(made)
    draws = made.sample(parameters.expand(40_000, *parameters.shape))
    exact = 1 if isinstance(made, ColourLogisticMixture) else None  # its channels with exact means
    off = (draws.mean(0) - made.mean(parameters)).abs()[:exact]
    assert (off < 4.5 * draws.std(0)[:exact] / 200).all()


@every
def test_parameters_of_another_shape_are_refused(made):
    with pytest.raises(ValueError, match=r"wants parameters of shape \(\.\.\., "):
        made.log_prob(some(made, 2), drawn(made, 2).flatten(1))
    with pytest.raises(ValueError, match="these are of shape"):
        made.mean(torch.zeros(made.numbers + 1, *made.parameter_shape(shape(made))[1:]))


def test_points_have_one_dimension():
    made = likelihood("gaussian", (2,)).double()
    x, means = torch.randn(5, 2).double(), torch.randn(5, 1, 2).double()
    wanted = distributions.Normal(means[:, 0], 0.3).log_prob(x).sum(1)
    torch.testing.assert_close(made.log_prob(x, means), wanted, atol=1e-6, rtol=1e-6)


# Against torch's distributions


def test_bernoulli_is_torch_s_and_does_not_overflow():
    made = Bernoulli()
    x, parameters = some(made, 4), drawn(made, 4)
    theirs = distributions.Independent(distributions.Bernoulli(logits=parameters[:, 0]), 3)
    torch.testing.assert_close(made.log_prob(x, parameters), theirs.log_prob(x))
    torch.testing.assert_close(made.mean(parameters), theirs.mean)
    extreme = torch.tensor([1e4, -1e4]).view(1, 1, 2)
    flat = Bernoulli(event_dims=1)
    assert flat.log_prob(torch.tensor([[1.0, 0.0]]), extreme) == 0
    assert flat.log_prob(torch.tensor([[0.0, 0.0]]), extreme) == -1e4


@pytest.mark.parametrize("scale", [0.4, None])
def test_gaussian_is_torch_s(scale):
    made = Gaussian(scale).double()
    x, parameters = some(made, 4), drawn(made, 4)
    spread = made.log_scale.exp() if scale else parameters[:, 1].exp()
    theirs = distributions.Independent(distributions.Normal(parameters[:, 0], spread), 3)
    torch.testing.assert_close(made.log_prob(x, parameters), theirs.log_prob(x))
    torch.testing.assert_close(made.mean(parameters), theirs.mean)
    draws = made.sample(parameters[0].expand(50_000, *parameters[0].shape))
    wanted = theirs.variance[0]
    assert ((draws.var(0) / wanted - 1).abs() < 5 * (2 / 50_000) ** 0.5).all()


def test_gaussian_is_a_density():
    made, x = Gaussian(0.4, event_dims=1).double(), torch.linspace(-6, 6, 4001).double()[:, None]
    density = made.log_prob(x, torch.zeros(1, 1).double()).exp()
    assert abs(torch.trapezoid(density, x[:, 0]) - 1) < 1e-9


def test_a_pixel_s_own_scale_has_a_floor():
    made = Gaussian(None, event_dims=1)
    narrow = torch.tensor([[[0.0], [-100.0]]])
    assert torch.isclose(
        made.log_prob(torch.zeros(1, 1), narrow),
        distributions.Normal(0.0, math.exp(-7)).log_prob(torch.tensor(0.0)),
    )


def test_categorical_is_torch_s():
    made = Categorical(256)
    x, parameters = some(made, 4), drawn(made, 4, spread=3.0)
    theirs = distributions.Categorical(logits=parameters.movedim(1, -1))
    wanted = theirs.log_prob((x * 255).round()).flatten(1).sum(1)
    torch.testing.assert_close(made.log_prob(x, parameters), wanted)
    mean = (theirs.probs * torch.arange(256) / 255).sum(-1)
    torch.testing.assert_close(made.mean(parameters), mean)


def test_one_logistic_is_the_difference_of_torch_s_distribution_function():
    made = LogisticMixture(1, levels=16, event_dims=1)
    x = torch.linspace(0, 1, 16, dtype=torch.float64)[:, None]
    mean, log_scale = 0.3, -1.2
    uniform = distributions.Uniform(torch.tensor(0.0).double(), torch.tensor(1.0).double())
    moves = [
        distributions.SigmoidTransform().inv,
        distributions.AffineTransform(mean, math.exp(log_scale)),
    ]
    logistic = distributions.TransformedDistribution(uniform, moves)
    edges = (2 * torch.arange(1, 16).double() - 1) / 15 - 1
    below = torch.cat([torch.zeros(1), logistic.cdf(edges), torch.ones(1)]).double()
    parameters = torch.tensor([0.7, mean, log_scale]).double().view(3, 1)
    torch.testing.assert_close(made.log_prob(x, parameters), below.diff().log())


# Names, shapes, refusals


def test_names_give_likelihoods_of_the_event():
    assert likelihood("bernoulli", (1, 28, 28)).parameter_shape((1, 28, 28)) == (1, 1, 28, 28)
    assert likelihood("gaussian", (2,)).parameter_shape((2,)) == (1, 2)
    assert likelihood("categorical", (1, 8, 8)).parameter_shape((1, 8, 8)) == (256, 1, 8, 8)
    assert likelihood("logistic-mixture", (1, 8, 8)).parameter_shape((1, 8, 8)) == (30, 1, 8, 8)
    assert likelihood("logistic-mixture", (3, 8, 8)).parameter_shape((3, 8, 8)) == (100, 8, 8)
    assert Gaussian(None).parameter_shape((1, 8, 8)) == (2, 1, 8, 8)
    mine = Categorical(4)
    assert likelihood(mine, (1, 2, 2)) is mine


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: likelihood("bernouli", (2,)), "did you mean 'bernoulli'"),
        (lambda: likelihood(Categorical(4), (2,)), r"event_shape=\(2,\): wanted event_dims=1"),
        (lambda: likelihood(ColourLogisticMixture(), (1, 2, 2)), "wanted colours"),
        *(
            (lambda scale=scale: Gaussian(scale), "wanted None or a positive number")
            for scale in (0.0, -1.0, math.inf, math.nan)
        ),
        (lambda: Categorical(1), "levels=1, wanted at least 2"),
        (lambda: LogisticMixture(0), "components=0, wanted at least 1"),
        (lambda: ColourLogisticMixture(0), "components=0, wanted at least 1"),
    ],
)
def test_what_makes_no_likelihood_is_refused(build, words):
    with pytest.raises(ValueError, match=words):
        build()


@pytest.mark.parametrize(
    ("made", "x", "words"),
    [
        (Bernoulli(), torch.full((2, *SHAPE), 0.5), "zeros and ones"),
        (Gaussian(), torch.full((2, *SHAPE), math.inf), "infinite"),
        (Categorical(5), torch.full((2, *SHAPE), 0.3), r"wants values k / 4 for whole k"),
        (LogisticMixture(), torch.full((2, *SHAPE), 0.3 / 255), r"values k / 255"),
        (Categorical(), torch.full((2, *SHAPE), 1.5), r"in \[0, 1\]; this ranges"),
        (Categorical(), torch.zeros(2, *SHAPE, dtype=torch.uint8), "uint8"),
    ],
)
def test_what_is_no_such_event_is_refused(made, x, words):
    with pytest.raises(ValueError, match=words):
        made.check(x, SHAPE, torch.zeros(1))


def test_every_likelihood_is_tried():
    elsewhere = {Symbols}  # whole numbers, below
    abstract = {Likelihood, likelihoods.Levels, likelihood}
    named = {getattr(likelihoods, name) for name in likelihoods.__all__} - abstract - elsewhere
    assert {type(made) for made in EVERY} == named


# What only some of them have


@pytest.mark.parametrize("made", [Bernoulli(), Categorical(5), LogisticMixture(2, levels=5)])
def test_probabilities_are_those_of_each_level(made):
    parameters = drawn(made, 3)
    table = made.probabilities(parameters)
    assert table.shape == (3, made.levels, *SHAPE)
    assert torch.allclose(table.sum(1), torch.ones(3, *SHAPE).double())
    pixel = (0, 1, 2)
    for k in range(made.levels):
        x = some(made, 3)
        before = made.log_prob(x, parameters)
        old = made.level(x[(..., *pixel)]).long()
        x[(..., *pixel)] = made.value(torch.tensor(k).double())
        ratio = table[:, k, *pixel] / table[torch.arange(3), old, *pixel]
        assert torch.allclose(made.log_prob(x, parameters) - before, ratio.log())


def test_symbols_are_the_softmax_of_torch():
    made, parameters = Symbols(4), torch.randn(3, 4, 6, dtype=torch.float64)
    x = torch.randint(4, (3, 6))
    wanted = distributions.Categorical(logits=parameters.movedim(1, -1)).log_prob(x).sum(-1)
    assert torch.allclose(made.log_prob(x, parameters), wanted)
    drawn_symbols = made.sample(parameters)
    assert drawn_symbols.dtype == torch.long
    made.check(drawn_symbols, (6,), like=torch.zeros(()))


def test_symbols_are_shown_as_indicators():
    shown = Symbols(3).shown(torch.tensor([[0, 2]]))
    assert torch.equal(shown, torch.tensor([[[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]]))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(2, 3), "float32: wanted whole numbers"),
        (torch.zeros(2, 4, dtype=torch.long), r"shape \(2, 4\): wanted"),
        (torch.full((2, 3), 4), "from 4 to 4"),
        (torch.full((2, 3), -1), "from -1 to -1"),
    ],
)
def test_symbols_refuse_what_is_none(x, message):
    with pytest.raises(ValueError, match=message):
        Symbols(4).check(x, (3,), like=torch.zeros(()))


def test_symbols_have_no_mean():
    with pytest.raises(NotImplementedError, match="no mean"):
        Symbols(4).mean(torch.zeros(4, 2))


def test_a_network_is_shown_levels_around_nought():
    assert torch.equal(
        Categorical(3, 1).shown(torch.tensor([0.0, 0.5, 1.0])), torch.tensor([[-1.0, 0.0, 1.0]])
    )
    assert Gaussian(event_dims=1).shown(torch.zeros(2, 5)).shape == (2, 1, 5)
