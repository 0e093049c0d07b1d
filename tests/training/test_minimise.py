"""Descent on any function of any tensors."""

import pytest
import torch

import genlib
from genlib.training.schedules import cosine


def test_it_is_adam_with_a_cosine() -> None:
    """The loop that one would write by hand, on a loss that draws noise."""
    start = torch.tensor([2.0, -1.0, 0.5])

    def loss(place: torch.Tensor) -> torch.Tensor:
        return (place - torch.arange(3) + torch.randn(3)).square().sum()

    torch.manual_seed(0)
    wanted, expected = start.clone().requires_grad_(), []
    adam = torch.optim.Adam([wanted], lr=0.3)
    for step in range(20):
        adam.param_groups[0]["lr"] = 0.3 * cosine(step, 20)
        adam.zero_grad()
        value = loss(wanted)
        value.backward()
        adam.step()
        expected.append(value.item())

    torch.manual_seed(0)
    place = start.clone().requires_grad_()
    losses = genlib.minimise(lambda: loss(place), [place], steps=20, lr=0.3)
    assert torch.equal(place, wanted)
    assert losses.tolist() == expected
    assert not losses.requires_grad


def test_it_finds_a_minimum() -> None:
    matrix = torch.tensor([[2.0, 0.7], [0.7, 1.0]], dtype=torch.float64)
    target = torch.tensor([1.0, -3.0], dtype=torch.float64)
    place = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    genlib.minimise(lambda: place @ matrix @ place / 2 - target @ place, [place], steps=600, lr=0.1)
    assert torch.allclose(place, torch.linalg.solve(matrix, target), atol=1e-3)


def test_only_the_parameters_move_and_gather_gradients() -> None:
    network = torch.nn.Linear(2, 1)
    before = network.weight.detach().clone()
    code = torch.zeros(1, 2, requires_grad=True)
    genlib.minimise(lambda: (network(code) - 1).square().sum(), [code], steps=5, lr=0.1)
    assert torch.equal(network.weight, before)
    assert network.weight.grad is None
    assert code.abs().min() > 0


def test_parameters_of_a_network_and_one_that_is_not_used() -> None:
    network = torch.nn.Linear(2, 1)
    spare = torch.ones(1, requires_grad=True)
    losses = genlib.minimise(
        lambda: network(torch.ones(1, 2)).square().sum(),
        iter([*network.parameters(), spare]),
        steps=200,
    )
    assert losses[-1] < losses[0]
    assert spare.item() == 1


def test_it_works_where_gradients_are_off() -> None:
    place = torch.ones(1, requires_grad=True)
    with torch.no_grad():
        genlib.minimise(lambda: place.square().sum(), [place], steps=1)
    assert place.item() < 1


@pytest.mark.parametrize(
    ("parameters", "options", "message"),
    [
        ([], {}, "0 parameters, of which 0 are leaves that require gradients; wanted at least one"),
        ([torch.ones(1)], {}, "1 parameters, of which 0 are leaves"),
        ([torch.ones(1, requires_grad=True) * 2], {}, "1 parameters, of which 0 are leaves"),
        ([torch.ones(1, requires_grad=True)], {"steps": 0}, r"steps=0, lr=0.01; wanted positive"),
        ([torch.ones(1, requires_grad=True)], {"lr": -1.0}, "lr=-1.0; wanted positive"),
        ([torch.ones(1, requires_grad=True)], {"lr": float("nan")}, "lr=nan; wanted positive"),
    ],
)
def test_what_cannot_move_is_refused(parameters: list, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        genlib.minimise(lambda: parameters[0].sum(), parameters, **({"steps": 3} | options))


def test_a_loss_that_is_none_is_refused() -> None:
    place = torch.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match=r"shape \(2,\), requires_grad=True; wanted a scalar"):
        genlib.minimise(lambda: place * 2, [place], steps=1)
    with pytest.raises(ValueError, match="requires_grad=False; wanted a scalar that depends"):
        genlib.minimise(lambda: place.detach().sum(), [place], steps=1)


def test_a_loss_that_is_not_finite_is_reported_with_its_step() -> None:
    place = torch.tensor([0.25], requires_grad=True)
    with pytest.raises(FloatingPointError, match="the loss was nan at step 3"):
        genlib.minimise(lambda: place.sqrt().sum(), [place], steps=6, lr=0.1)


def test_the_same_seed_gives_the_same_losses() -> None:
    runs = []
    for _ in range(2):
        place = torch.ones(2, requires_grad=True)
        torch.manual_seed(3)
        runs.append(
            genlib.minimise(lambda p=place: (p * torch.randn(2)).square().sum(), [place], steps=9)
        )
    assert torch.equal(*runs)
