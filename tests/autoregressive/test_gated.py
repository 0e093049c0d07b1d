"""The gated PixelCNN's two stacks: what a pixel sees, by gradients, and what a gate does."""

import math

import pytest
import torch

from genlib.autoregressive import AutoregressiveModel, GatedPixelCNN, PixelCNN
from genlib.autoregressive.gates import gated_linear, gated_tanh

SIDE, ROW, COLUMN = 15, 10, 7


def seen_by_the_middle(model: AutoregressiveModel) -> torch.Tensor:
    """Return which pixels, (SIDE, SIDE), the one at (ROW, COLUMN) depends on."""
    x = torch.rand(20, 1, SIDE, SIDE, dtype=torch.float64).requires_grad_()
    model.double().conditionals(x)[..., ROW, COLUMN].sum().backward()
    return (x.grad != 0).any(0)[0]


def within_reach(reach: int) -> torch.Tensor:
    """Return which pixels stand before the one at (ROW, COLUMN), at most so many lines away."""
    i, j = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    near = ((i - ROW).abs() <= reach) & ((j - COLUMN).abs() <= reach)
    return near & ((i < ROW) | ((i == ROW) & (j < COLUMN)))


@pytest.mark.parametrize(("blocks", "kernel"), [(1, 5), (2, 3), (4, 5)])
def test_everything_before_a_pixel_within_reach_is_seen(blocks, kernel):
    torch.manual_seed(0)
    model = GatedPixelCNN(6, blocks, kernel, 8, event_shape=(1, SIDE, SIDE))
    reach = kernel // 2 + blocks - 1
    assert torch.equal(seen_by_the_middle(model), within_reach(reach))


@pytest.mark.parametrize(("blocks", "kernel"), [(2, 3), (3, 5)])
def test_a_pixelcnn_has_a_blind_spot(blocks, kernel):
    """In the a-th row above it sees at most a - 1 + kernel // 2 columns to the right."""
    torch.manual_seed(0)
    model = PixelCNN(8, blocks, kernel, 16, event_shape=(1, SIDE, SIDE))
    i, j = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    blind = j - COLUMN > ROW - i - 1 + kernel // 2
    reach = within_reach(kernel // 2 + blocks)
    assert (reach & blind).sum() > 0
    assert torch.equal(seen_by_the_middle(model), reach & ~blind)


def test_a_gate_multiplies_by_a_sigmoid():
    y = torch.tensor([0.5, -2.0, 0.0, math.log(3.0)]).reshape(1, 4, 1, 1)
    wanted = torch.tensor([math.tanh(0.5) * 0.5, math.tanh(-2.0) * 0.75])
    torch.testing.assert_close(gated_tanh(y).flatten(), wanted)
    torch.testing.assert_close(gated_linear(y).flatten(), torch.tensor([0.25, -1.5]))


def test_a_label_reaches_every_gate_and_no_parameter_is_idle():
    torch.manual_seed(0)
    model = GatedPixelCNN(4, 3, 5, 6, event_shape=(1, 6, 6), classes=2)
    model.loss(((torch.rand(8, 1, 6, 6) < 0.5).float(), torch.ones(8).long())).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.abs().sum() > 0, name
    for number, block in enumerate(model.blocks):
        vertical, horizontal = block.of_label.weight.grad[1].chunk(2)
        assert (horizontal != 0).all()
        # after the last block nobody listens to the vertical stack
        assert (vertical != 0).all() == (number < 2)


@pytest.mark.parametrize(
    "wrong", [{"channels": 0}, {"blocks": 0}, {"kernel": 4}, {"kernel": 1}, {"head": 0}]
)
def test_sizes_that_make_no_network_are_refused(wrong):
    with pytest.raises(ValueError, match="wanted positive sizes and an odd kernel from 3"):
        GatedPixelCNN(**wrong)
