"""Pixels with levels: sums over all values, the formula as it stands, draws."""

import itertools
import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from genlib.likelihoods import Categorical, ColourLogisticMixture, Likelihood, LogisticMixture


def pixels() -> Iterator[tuple[Likelihood, Tensor]]:
    """Yield likelihoods of one pixel with 256 levels, and parameters: usual and extreme ones."""
    torch.manual_seed(0)
    yield Categorical(256, event_dims=1), torch.randn(256, 1)
    yield Categorical(256, event_dims=1), 200 * torch.randn(256, 1)
    yield LogisticMixture(3, event_dims=1), torch.randn(9, 1)
    for mean, log_scale in itertools.product(
        [-50.0, -1.0, 0.003, 1.0, 1e4], [-200.0, -7.0, -3.0, 0, 200.0]
    ):
        made = LogisticMixture(2, event_dims=1)
        yield made, torch.tensor([0.0, 3.0, mean, 0.2, log_scale, -2.0]).view(6, 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("made", "parameters"), list(pixels()))
def test_the_probabilities_of_all_256_values_sum_to_one(made, parameters, dtype):
    x = torch.linspace(0, 1, 256, dtype=dtype)[:, None]
    parameters = parameters.to(dtype, copy=True).requires_grad_()
    log_p = made.log_prob(x, parameters)
    assert log_p.isfinite().all()
    assert abs(log_p.exp().sum() - 1) < (1e-5 if dtype == torch.float32 else 1e-12)
    log_p.sum().backward()
    assert parameters.grad.isfinite().all()
    mean = (log_p.exp() * x[:, 0]).sum()
    tolerance = 1e-4 if dtype == torch.float32 else 1e-10
    assert abs(made.mean(parameters).item() - mean) < tolerance


@pytest.mark.parametrize(("made", "parameters"), list(pixels()))
def test_float32_agrees_with_float64(made, parameters):
    x = torch.linspace(0, 1, 256, dtype=torch.float64)[:, None]
    exact = made.log_prob(x, parameters.double())
    torch.testing.assert_close(
        made.log_prob(x.float(), parameters.float()), exact.float(), rtol=2e-4, atol=2e-4
    )


def naive(x: Tensor, parameters: Tensor, levels: int) -> Tensor:
    """Return log p of one pixel's mixture as the formula stands, in float64."""
    logits, means, log_scales = parameters.view(3, -1).unbind()
    y, half = 2 * x - 1, 1 / (levels - 1)
    upper = torch.sigmoid((y + half - means) / log_scales.exp())
    lower = torch.sigmoid((y - half - means) / log_scales.exp())
    upper = torch.where(x > 1 - half / 2, 1.0, upper)
    lower = torch.where(x < half / 2, 0.0, lower)
    return (logits.softmax(0) * (upper - lower)).sum(-1).log()


def test_values_and_gradients_are_those_of_the_formula_as_it_stands():
    made, x = (
        LogisticMixture(3, event_dims=1),
        torch.linspace(0, 1, 256, dtype=torch.float64)[:, None],
    )
    torch.manual_seed(0)
    parameters = torch.randn(9, 1).double().requires_grad_()
    found, wanted = made.log_prob(x, parameters), naive(x, parameters, 256)
    torch.testing.assert_close(found, wanted, atol=1e-9, rtol=1e-9)
    weight = torch.randn(256).double()
    ours, theirs = (
        torch.autograd.grad((value * weight).sum(), parameters)[0] for value in (found, wanted)
    )
    torch.testing.assert_close(ours, theirs, atol=1e-8, rtol=1e-8)


def colours(levels: int) -> Tensor:
    """Return all colours, (levels^3, 3, 1, 1)."""
    axis = torch.linspace(0, 1, levels, dtype=torch.float64)
    return torch.cartesian_prod(axis, axis, axis).view(-1, 3, 1, 1)


@pytest.mark.parametrize("spread", [1.0, 10.0])
def test_the_probabilities_of_all_colours_sum_to_one(spread):
    made = ColourLogisticMixture(3, levels=8)
    torch.manual_seed(0)
    parameters = spread * torch.randn(30, 1, 1).double()
    x = colours(8)
    p = made.log_prob(x, parameters).exp()
    assert abs(p.sum() - 1) < 1e-10
    red = (p * x[:, 0, 0, 0]).sum()
    torch.testing.assert_close(made.mean(parameters)[0, 0, 0], red)


def test_colours_follow_the_channels_before_them():
    """The formula for one component, written with numbers: m_g + a r, m_b + b r + c g."""
    made = ColourLogisticMixture(1, levels=4)
    m, s, c = [0.1, -0.2, 0.3], [-1.0, -0.7, -1.3], [0.5, -0.4, 0.8]
    parameters = torch.tensor([0.0, *m, *s, *c]).double().view(10, 1, 1)
    alpha, beta, gamma = (math.tanh(value) for value in c)
    x = colours(4)
    red, green, blue = (2 * x - 1).view(-1, 3).unbind(1)
    means = [m[0] + 0 * red, m[1] + alpha * red, m[2] + beta * red + gamma * green]
    wanted = 0
    for channel, mean, log_scale in zip((red, green, blue), means, s, strict=True):
        one = torch.stack([0 * mean, mean, log_scale + 0 * mean], 1)
        wanted = wanted + torch.stack(
            [naive((y + 1) / 2, p, 4) for y, p in zip(channel[:, None], one, strict=True)]
        )
    torch.testing.assert_close(made.log_prob(x, parameters), wanted)


@pytest.mark.parametrize("spread", [1.0, 30.0])
def test_a_channel_has_its_share_of_what_the_channels_before_it_have(spread):
    """The product of three such tables is the probability of a colour."""
    torch.manual_seed(0)
    made = ColourLogisticMixture(3, levels=4)
    parameters = spread * torch.randn(2, 30, 2, 1).double()
    values = itertools.product([0, 1 / 3, 2 / 3, 1], repeat=3)
    x = torch.tensor(list(values), dtype=torch.float64)  # (64, 3)
    x = x[:, None, :, None, None].expand(64, 2, 3, 2, 1)
    product = torch.ones(64, 2, 2, 1, dtype=torch.float64)
    for channel in range(3):
        table = made.channel_probabilities(parameters, x[:, :, :channel]).expand(64, 2, 4, 2, 1)
        assert (table.sum(2) - 1).abs().max() < 1e-12
        level = (3 * x[:, :, channel]).round().long()
        product = product * table.gather(2, level.unsqueeze(2)).squeeze(2)
    wanted = torch.stack(
        [made.log_prob(x[..., [i], :], parameters[..., [i], :]) for i in range(2)], -1
    )
    torch.testing.assert_close(product.squeeze(-1), wanted.exp(), rtol=1e-9, atol=1e-30)


def test_no_channel_comes_after_blue():
    with pytest.raises(ValueError, match="3 channels before it, wanted 0 to 2"):
        ColourLogisticMixture(2).channel_probabilities(
            torch.zeros(1, 20, 1, 1), torch.zeros(1, 3, 1, 1)
        )


def test_colours_without_coefficients_have_the_means_of_grey_mixtures():
    made, grey = ColourLogisticMixture(2, levels=8), LogisticMixture(2, levels=8)
    torch.manual_seed(0)
    logits, means, log_scales = torch.randn(2, 1), torch.randn(3, 2, 1), torch.randn(3, 2, 1)
    colour = torch.cat([logits, means.flatten(0, 1), log_scales.flatten(0, 1), torch.zeros(6, 1)])
    found = made.mean(colour[..., None]).flatten()
    for c in range(3):
        one = torch.cat([logits, means[c], log_scales[c]]).view(6, 1, 1, 1)
        torch.testing.assert_close(found[c], grey.mean(one).flatten()[0])


def test_the_mean_colour_is_near_the_exact_one():
    made, x = ColourLogisticMixture(2, levels=16), colours(16)
    torch.manual_seed(0)
    parameters = torch.cat([torch.randn(2), 0.3 * torch.randn(6), torch.full((6,), -1.5)])
    parameters = torch.cat([parameters, torch.randn(6)]).double().view(20, 1, 1)
    p = made.log_prob(x, parameters).exp()
    exact = (p[:, None, None, None] * x).sum(0)
    assert (made.mean(parameters) - exact).abs().max() < 0.02


# Samples


@pytest.mark.parametrize("made", [Categorical(6, event_dims=1), LogisticMixture(2, 6, 1)])
@pytest.mark.parametrize("seed", [0, 1])
def test_draws_have_the_probabilities(made, seed):
    torch.manual_seed(seed)
    n, parameters = 60_000, torch.randn(made.numbers, 1).double()
    x = torch.linspace(0, 1, 6, dtype=torch.float64)[:, None]
    expected = n * made.log_prob(x, parameters).exp()
    draws = made.sample(parameters.expand(n, -1, -1), torch.Generator().manual_seed(seed))
    counts = torch.bincount(made.level(draws).long().flatten(), minlength=6)
    assert ((counts - expected).square() / expected).sum() < 20.5  # 0.999 quantile of chi2(5)


def test_drawn_colours_have_the_probabilities():
    made, n = ColourLogisticMixture(2, levels=3), 60_000
    torch.manual_seed(0)
    parameters, x = torch.randn(20, 1, 1).double(), colours(3)
    expected = n * made.log_prob(x, parameters).exp()
    draws = made.level(made.sample(parameters.expand(n, -1, -1, -1))).long().flatten(1)
    counts = torch.bincount(draws @ torch.tensor([9, 3, 1]), minlength=27)
    assert ((counts - expected).square() / expected).sum() < 54.1  # 0.999 quantile of chi2(26)


def test_a_draw_at_the_rounded_end_of_the_probabilities_is_the_last(monkeypatch):
    from genlib.likelihoods import categorical

    torch.manual_seed(0)
    logits, nearly_one = 2 * torch.randn(256, 1), torch.tensor([0.99999994])
    assert logits.softmax(0).cumsum(0)[-1] < nearly_one  # float32 sums fall short
    monkeypatch.setattr(categorical, "uniform", lambda *_, **__: nearly_one)
    assert Categorical(event_dims=1).sample(logits) == 1


def test_a_value_that_was_rounded_names_its_level():
    made, x = LogisticMixture(2, event_dims=1), torch.linspace(0, 1, 256)[:, None]
    parameters = torch.randn(6, 1).double()
    exact = made.log_prob(torch.arange(256).double()[:, None] / 255, parameters)
    torch.testing.assert_close(made.log_prob(x.double() + 1e-5, parameters), exact)
