"""Layers that compare the examples of a batch."""

import math

import pytest
import torch

from genlib.nn import MinibatchDiscrimination, MinibatchStd


def test_the_standard_deviation_is_over_the_batch_and_the_mean_over_features() -> None:
    x = torch.tensor([[0.0, 1.0], [4.0, 1.0], [2.0, 4.0]]).double()
    y = MinibatchStd()(x)
    assert torch.equal(y[:, :2], x)
    by_hand = (math.sqrt(8 / 3) + math.sqrt(2)) / 2
    torch.testing.assert_close(y[:, 2], torch.full((3,), by_hand).double(), rtol=1e-7, atol=0)


def test_images_get_one_channel_and_each_group_its_number() -> None:
    x = torch.randn(6, 3, 2, 4)
    y = MinibatchStd(3)(x)
    assert y.shape == (6, 4, 2, 4)
    assert torch.equal(y[:, :3], x)
    for part in (slice(0, 3), slice(3, 6)):
        spread = x[part].std(dim=0, correction=0).mean()
        torch.testing.assert_close(y[part, 3], spread.expand(3, 2, 4), rtol=1e-5, atol=1e-6)
    assert abs(y[0, 3, 0, 0] - y[3, 3, 0, 0]) > 1e-3


def test_a_batch_of_fewer_than_a_group_is_one() -> None:
    x = torch.randn(3, 2)
    assert torch.equal(MinibatchStd(4)(x), MinibatchStd()(x))


def test_copies_have_no_spread_and_a_finite_gradient() -> None:
    x = torch.ones(4, 3, requires_grad=True)
    y = MinibatchStd()(x)
    assert y[:, 3].max() < 1e-3
    y.sum().backward()
    assert torch.isfinite(x.grad).all()


def test_nearness_by_hand() -> None:
    layer = MinibatchDiscrimination(2, kernels=3, width=4).double()
    x = torch.randn(5, 2).double()
    y = layer(x)
    assert y.shape == (5, 5)
    assert torch.equal(y[:, :2], x)
    for i in range(5):
        for k in range(3):
            rows = [x[j] @ layer.weight[:, k].detach() for j in range(5)]
            near = sum(math.exp(-(rows[i] - rows[j]).abs().sum()) for j in range(5))
            torch.testing.assert_close(y[i, 2 + k].item(), near)


def test_copies_are_as_near_as_can_be_and_strangers_not_at_all() -> None:
    layer = MinibatchDiscrimination(2, kernels=2)
    torch.testing.assert_close(layer(torch.ones(7, 2))[:, 2:], torch.full((7, 2), 7.0))
    apart = 1e4 * torch.arange(7.0)[:, None].expand(7, 2)
    torch.testing.assert_close(layer(apart)[:, 2:], torch.ones(7, 2))


def test_of_images_all_numbers_are_compared_and_channels_appended() -> None:
    layer = MinibatchDiscrimination(3 * 2 * 2, kernels=5)
    x = torch.randn(4, 3, 2, 2)
    y = layer(x)
    assert y.shape == (4, 8, 2, 2)
    torch.testing.assert_close(y[:, 3:, 1, 0], layer(x.flatten(1))[:, 12:])


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: MinibatchStd(0), "group=0"),
        (lambda: MinibatchStd(4)(torch.zeros(6, 1)), "a batch of 6 has no whole groups of 4"),
        (lambda: MinibatchDiscrimination(0), "features=0"),
        (lambda: MinibatchDiscrimination(2, width=0), "width=0"),
    ],
)
def test_impossible_sizes_are_refused(call, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()
