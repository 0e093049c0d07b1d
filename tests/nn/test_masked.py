"""The masked network: who sees whom, by gradients."""

import pytest
import torch

from genlib.nn import MaskedLinear, MaskedMLP


def jacobian(network: MaskedMLP, x: torch.Tensor, *context: torch.Tensor) -> torch.Tensor:
    """Return d output_i / d input_j as (D, outputs, D * features)."""
    return torch.autograd.functional.jacobian(lambda x: network(x, *context), x)


@pytest.mark.parametrize("hidden", [(30,), (30, 40)])
def test_every_output_sees_all_inputs_before_it_and_no_other(hidden: tuple) -> None:
    torch.manual_seed(0)
    network = MaskedMLP(5, features=2, outputs=3, hidden=hidden).double()
    seen = sum(
        jacobian(network, torch.randn(10).double()).abs().sum(1).view(5, 5, 2).sum(-1)
        for _ in range(20)
    )
    assert torch.equal(seen > 0, torch.ones(5, 5).tril(-1).bool())


def test_every_output_sees_the_context() -> None:
    torch.manual_seed(0)
    network, x = MaskedMLP(5, hidden=(40,), context=2).double(), torch.randn(5).double()
    by_context = torch.autograd.functional.jacobian(
        lambda c: network(x, c), torch.randn(2).double()
    )
    assert (by_context.abs().sum((1, 2)) > 0).all()
    assert (jacobian(network, x, torch.randn(2).double()).squeeze(1).triu() == 0).all()


def test_masked_weights_get_no_gradient_and_are_not_overwritten() -> None:
    layer = MaskedLinear(torch.tensor([[True, False], [True, True]]))
    before = layer.weight.clone()
    layer(torch.randn(3, 2)).sum().backward()
    assert layer.weight.grad[0, 1] == 0
    assert (layer.weight.grad.flatten()[[0, 2, 3]] != 0).all()
    assert torch.equal(layer.weight, before)


def test_sizes_that_make_no_network_are_refused() -> None:
    for arguments in ((0,), (3, 0), (3, 1, 0), (3, 1, 1, (0,)), (3, 1, 1, (4,), -1)):
        with pytest.raises(ValueError, match="wanted positive sizes"):
            MaskedMLP(*arguments)
