"""What looks into a network leaves no trace."""

import pytest
import torch
from torch import nn

from genlib.nn import evaluating, inputs_of, standing_statistics


@pytest.mark.parametrize("training", [True, False])
def test_a_network_is_in_the_mode_it_was_in_also_after_an_error(training: bool) -> None:
    network = nn.Sequential(nn.BatchNorm1d(2)).train(training)
    with evaluating(network):
        assert not any(part.training for part in network.modules())
        network(torch.full((4, 2), 9.0))
    with pytest.raises(RuntimeError), evaluating(network):
        network(torch.ones(3, 3))
    assert network.training == network[0].training == training
    assert network[0].running_mean.tolist() == [0.0, 0.0]


def test_the_last_input_of_each_layer_is_kept_and_no_hook_stays() -> None:
    network = nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Flatten())
    first, second = torch.full((1, 2), -1.0), torch.full((1, 2), 3.0)
    with inputs_of(network[1], network[2]) as kept:
        network(second)
        network(first)
    with pytest.raises(AttributeError), inputs_of(network[1]):
        network(None)
    network(second)
    assert not network[1]._forward_pre_hooks
    assert [kept[layer].tolist() for layer in network[1:]] == [[[-1.0, -1.0]], [[0.0, 0.0]]]


@pytest.mark.parametrize("whole", [True, False])
def test_a_part_that_is_frozen_is_frozen_afterwards(whole: bool) -> None:
    network = nn.Sequential(nn.BatchNorm1d(2), nn.BatchNorm1d(2)).train(whole)
    network[0].train(not whole)
    with evaluating(network):
        assert not any(part.training for part in network.modules())
    assert [part.training for part in network.modules()] == [whole, not whole, whole]
    standing_statistics(network, [(torch.randn(4, 2),)])
    assert [part.training for part in network.modules()] == [whole, not whole, whole]
