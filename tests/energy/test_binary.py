"""Energies of a few pixels: sums over all states, Gibbs kernels, contrastive divergence."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from genlib.energy import (
    RBM,
    BinaryModel,
    BoltzmannMachine,
    all_states,
    contrastive_divergence,
    gibbs_sweep,
    negative_log_likelihood,
    rbm,
)

PIXELS = (1, 2, 2)
BUILD = {
    "Boltzmann": lambda **o: BoltzmannMachine(PIXELS, **o),
    "RBM, few hidden": lambda **o: RBM(3, PIXELS, **o),
    "RBM, many hidden": lambda **o: RBM(6, PIXELS, **o),
}
every = pytest.mark.parametrize("name", BUILD)


def made(name: str, **options: object) -> BinaryModel:
    """Return a model in float64 that is far from where it starts."""
    torch.manual_seed(0)
    model = BUILD[name](**options).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.9 * torch.randn(parameter.shape))
    return model


def some_distribution(n: int) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(n).double().softmax(0)


def kernel(model: BinaryModel, draws: int) -> Tensor:
    """Return how often a transition leads from each state (row) to each (column)."""
    states = all_states(model.units, model.bias)
    begin = states.repeat_interleave(draws, 0).view(-1, *model.event_shape)
    end = model.transition(begin, torch.Generator().manual_seed(2)).flatten(1)
    places = (end @ (2.0 ** torch.arange(model.units - 1, -1, -1)).double()).long()
    counts = torch.zeros(len(states), len(states)).double()
    rows = torch.arange(len(states)).repeat_interleave(draws)
    counts.index_put_((rows, places), torch.ones(len(places)).double(), accumulate=True)
    return counts / draws


# Energies and their sums


def test_all_states_are_those_of_binary_numbers() -> None:
    expected = list(itertools.product((0.0, 1.0), repeat=3))
    assert all_states(3).tolist() == [list(row) for row in expected]
    assert all_states(2, torch.zeros(1).double()).dtype == torch.float64
    with pytest.raises(ValueError, match=r"21 units have 2\*\*21 states, wanted at most 20"):
        all_states(21)
    with pytest.raises(ValueError, match="units=0, wanted a whole number, at least 1"):
        all_states(0)


def test_the_energy_of_a_boltzmann_machine_is_the_sum_over_pixels_and_pairs() -> None:
    model = made("Boltzmann")
    b, w, x = model.bias, model.weight, torch.tensor([1.0, 0, 1, 1]).double()
    expected = -(b[0] + b[2] + b[3] + w[0, 2] + w[0, 3] + w[2, 3])
    torch.testing.assert_close(model.energy(x.view(1, *PIXELS))[0], expected)


def test_the_free_energy_of_an_rbm_sums_its_hidden_units_out() -> None:
    model = made("RBM, few hidden")
    v = torch.tensor([1.0, 0, 1, 1]).double()
    joint = [
        model.bias @ v + model.hidden_bias @ h + h @ model.weight @ v
        for h in all_states(3, model.bias)
    ]
    expected = -torch.logsumexp(torch.stack(joint), 0)
    torch.testing.assert_close(model.energy(v.view(1, *PIXELS))[0], expected)


@every
def test_probabilities_sum_to_one_and_differ_by_energies(name: str) -> None:
    model = made(name)
    x = all_states(4, model.bias).view(-1, *PIXELS)
    log_p = model.log_prob(x)
    assert torch.isclose(log_p.exp().sum(), torch.ones(()).double(), rtol=1e-12)
    torch.testing.assert_close(log_p - log_p[0], model.energy(x)[0] - model.energy(x))


@every
def test_the_gradient_of_log_z_is_minus_the_mean_gradient_of_the_energy(name: str) -> None:
    model = made(name)
    parameters = list(model.parameters())
    by_autograd = torch.autograd.grad(model.log_partition(), parameters)
    p = (-model.state_energies()).softmax(0).detach()
    means = torch.autograd.grad(p @ model.state_energies(), parameters)
    for one, other in zip(by_autograd, means, strict=True):
        torch.testing.assert_close(one, -other, rtol=0, atol=1e-12)
    assert max(one.abs().max() for one in by_autograd) > 0.1


@every
def test_the_cross_entropy_is_that_of_tables(name: str) -> None:
    model, p = made(name), some_distribution(16)
    log_q = model.log_prob(all_states(4, model.bias).view(-1, *PIXELS))
    torch.testing.assert_close(negative_log_likelihood(model, p), -(p * log_q).sum())


@every
def test_grey_values_have_an_energy_and_no_probability(name: str) -> None:
    model, grey = made(name), torch.full((2, *PIXELS), 0.5).double()
    assert model.energy(grey).isfinite().all()
    for door in (model.log_prob, model.check):
        with pytest.raises(ValueError, match="only zeros and ones"):
            door(grey)
    model.check((grey.round(), torch.zeros(2)))


def test_too_many_pixels_have_no_sum_but_an_rbm_may_have_few_hidden_units() -> None:
    x = torch.zeros(2, 1, 28, 28)
    with pytest.raises(ValueError, match="784 units have"):
        BoltzmannMachine().log_prob(x)
    with pytest.raises(ValueError, match="128 units have"):
        RBM().log_prob(x)
    model = RBM(3)
    fair = -784 * math.log(2)
    assert torch.allclose(model.log_prob(x), torch.full((2,), fair), rtol=0.01)


@pytest.mark.parametrize("hidden", [3, 5])
def test_a_sum_in_chunks_is_the_sum_with_its_gradient(
    hidden: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    model = RBM(hidden, (1, 3, 3), scale=1.0).double()
    whole, found = model.log_partition(), []
    for states in (2**hidden, 4, 1):
        monkeypatch.setattr(rbm, "STATES", states)
        log_z = model.log_partition()
        torch.testing.assert_close(log_z, whole, rtol=1e-14, atol=0)
        found.append(gradient(log_z, model))
    for chunked in found[1:]:
        torch.testing.assert_close(chunked, found[0], rtol=0, atol=1e-14)


def test_no_more_than_a_chunk_of_hidden_states_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rbm, "STATES", 4)
    model, kept = RBM(5, (1, 3, 3)), []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.shape) or t, lambda t: t):
        model.log_partition()
    assert max(shape.numel() for shape in kept) <= 32 * 5  # the states themselves, no logits
    assert not any(tuple(shape) == (4, 9) for shape in kept)


# Gibbs


@every
def test_a_transition_keeps_the_distribution(name: str) -> None:
    model = made(name)
    p = (-model.state_energies()).softmax(0).detach()
    draws = 20_000
    table = kernel(model, draws)
    error = ((p.square() @ (table * (1 - table))) / draws).sqrt()
    assert ((p @ table - p).abs() < 5 * error + 1e-9).all()
    assert (table.sum(1) - 1).abs().max() < 1e-12


@pytest.mark.parametrize("name", ["RBM, few hidden", "RBM, many hidden"])
def test_block_gibbs_satisfies_detailed_balance(name: str) -> None:
    model, draws = made(name), 40_000
    p = (-model.state_energies()).softmax(0).detach()
    table = kernel(model, draws)
    flow = p[:, None] * table
    spread = p[:, None] * (table * (1 - table) / draws + 1 / draws**2).sqrt()
    assert ((flow - flow.T).abs() < 5.5 * (spread.square() + spread.T.square()).sqrt()).all()


def test_the_drawn_sweep_is_the_exact_sweep() -> None:
    model, draws = made("Boltzmann"), 40_000
    energies = model.state_energies().detach()
    exact = torch.stack([gibbs_sweep(energies, row) for row in torch.eye(16).double()])
    table = kernel(model, draws)
    assert ((table - exact).abs() < 5 * (exact * (1 - exact) / draws).sqrt() + 1e-4).all()


def test_a_sweep_of_one_pixel_satisfies_detailed_balance_and_is_the_conditional() -> None:
    energies = torch.tensor([0.3, -1.1]).double()
    table = torch.stack([gibbs_sweep(energies, row) for row in torch.eye(2).double()])
    p = (-energies).softmax(0)
    torch.testing.assert_close(table, torch.stack([p, p]))
    flow = p[:, None] * table
    torch.testing.assert_close(flow, flow.T)


def test_sweeps_keep_the_distribution_and_lead_to_it() -> None:
    energies = 2 * torch.randn(32, generator=torch.Generator().manual_seed(3)).double()
    p, q = (-energies).softmax(0), some_distribution(32)
    torch.testing.assert_close(gibbs_sweep(energies, p), p)
    for _ in range(300):
        q = gibbs_sweep(energies, q)
    torch.testing.assert_close(q, p)


def test_vectors_that_are_no_distribution_over_states_are_refused() -> None:
    with pytest.raises(ValueError, match=r"p has shape \(15,\), wanted \(16,\)"):
        negative_log_likelihood(made("Boltzmann"), some_distribution(15))
    with pytest.raises(ValueError, match=r"p has shape \(4,\), wanted \(16,\)"):
        contrastive_divergence(made("Boltzmann"), some_distribution(4))
    with pytest.raises(ValueError, match=r"p has shape \(6,\), wanted"):
        gibbs_sweep(torch.zeros(6), torch.ones(6) / 6)
    with pytest.raises(ValueError, match="steps=0, wanted a whole number"):
        contrastive_divergence(made("Boltzmann"), some_distribution(16), 0)


# Contrastive divergence


def gradient(loss: Tensor, model: BinaryModel) -> Tensor:
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(model.parameters()))])


@pytest.mark.parametrize("steps", [1, 4])
def test_the_gradient_is_zero_at_the_truth(steps: int) -> None:
    model = made("Boltzmann")
    truth = (-model.state_energies()).softmax(0).detach()
    assert gradient(contrastive_divergence(model, truth, steps), model).abs().max() < 1e-12
    other = gradient(contrastive_divergence(model, some_distribution(16), steps), model)
    assert other.abs().max() > 0.01


def test_the_gradient_tends_to_that_of_the_likelihood() -> None:
    model, p = made("Boltzmann"), some_distribution(16)
    exact = gradient(negative_log_likelihood(model, p), model)
    off = [
        (gradient(contrastive_divergence(model, p, k), model) - exact).norm() for k in (1, 4, 64)
    ]
    assert off[0] > off[1] > off[2]
    assert off[2] < 1e-6 * exact.norm() < off[0]


def test_the_drawn_loss_has_the_expected_gradient() -> None:
    model, p, n = made("Boltzmann", steps=2), some_distribution(16), 200_000
    places = p.multinomial(n, replacement=True, generator=torch.Generator().manual_seed(4))
    x = all_states(4, model.bias)[places].view(-1, *PIXELS)
    torch.manual_seed(5)
    drawn = gradient(model.loss(x)[0], model)
    expected = gradient(contrastive_divergence(model, p, 2), model)
    assert (drawn - expected).abs().max() < 5 * 0.7 / n**0.5
    assert expected.abs().max() > 0.05


def test_the_rbm_s_gradient_is_zero_at_the_truth_on_average() -> None:
    model, n = made("RBM, few hidden"), 200_000
    truth = (-model.state_energies()).softmax(0).detach()
    places = truth.multinomial(n, replacement=True, generator=torch.Generator().manual_seed(4))
    torch.manual_seed(5)
    x = all_states(4, model.bias)[places].view(-1, *PIXELS)
    assert gradient(model.loss(x)[0], model).abs().max() < 5 * 0.7 / n**0.5


def test_a_masked_weight_has_no_gradient() -> None:
    model = made("Boltzmann")
    (slope,) = torch.autograd.grad(
        negative_log_likelihood(model, some_distribution(16)), model.weight
    )
    assert (slope.tril() == 0).all()
    assert (slope.triu(1) != 0).sum() == 6
