"""Attention between places, and residual blocks that change the side of an image."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.nn import ConditionalBatchNorm2d, ResidualDown, ResidualUp, SelfAttention2d


def images(channels: int = 4, side: int = 6) -> Tensor:
    return torch.randn(3, channels, side, side, generator=torch.Generator().manual_seed(0)).double()


def attention(gamma: float = 0.0) -> SelfAttention2d:
    torch.manual_seed(1)
    layer = SelfAttention2d(4, reduction=2).double()
    nn.init.constant_(layer.gamma, gamma)
    return layer


def test_attention_starts_as_the_identity_and_can_leave_it() -> None:
    layer = SelfAttention2d(4).double()
    y = layer(images())
    assert torch.equal(y, images())
    y.square().sum().backward()
    assert layer.gamma.grad.abs() > 0
    assert (attention(1.0)(images()) - images()).abs().min() > 0


def test_weights_are_shares_of_the_places() -> None:
    weights = attention().weights(images())
    assert weights.shape == (3, 36, 36)
    assert weights.min() > 0
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(3, 36).double())
    assert (weights.sum(dim=1) - 1).abs().max() > 1e-3  # columns need not


def test_attention_by_hand() -> None:
    layer, x = attention(0.7), images()[:1]
    maps = {name: getattr(layer, name).weight[:, :, 0, 0] for name in ("query", "key", "value")}
    places = x[0].flatten(1).T
    q, k, v = (places @ matrix.T for matrix in maps.values())
    found = torch.zeros(36, 2).double()
    for i in range(36):
        shares = torch.softmax(torch.stack([q[i] @ k[j] for j in range(36)]), dim=0)
        found[i] = sum(shares[j] * v[j] for j in range(36))
    wanted = places + 0.7 * found @ layer.output.weight[:, :, 0, 0].T
    torch.testing.assert_close(layer(x)[0].flatten(1).T, wanted)


def test_attention_knows_no_places() -> None:
    layer, x = attention(1.0), images()
    order = torch.randperm(36, generator=torch.Generator().manual_seed(2))

    def moved(y: Tensor) -> Tensor:
        return y.flatten(2)[:, :, order].unflatten(2, (6, 6))

    torch.testing.assert_close(layer(moved(x)), moved(layer(x)))


def test_up_and_down_change_the_side() -> None:
    assert ResidualUp(4, 2).double()(images()).shape == (3, 2, 12, 12)
    assert ResidualDown(4, 2).double()(images()).shape == (3, 2, 3, 3)
    assert ResidualDown(4, 4, down=False).double()(images()).shape == (3, 4, 6, 6)
    assert ResidualDown(4, 5).double()(images(side=7)).shape == (3, 5, 3, 3)


def silenced(block: nn.Module) -> nn.Module:
    """Let the branch say nothing, so that the short cut is all."""
    nn.init.zeros_(block.second.weight)
    nn.init.zeros_(block.second.bias)
    return block.double()


def test_the_short_cut_repeats_or_averages() -> None:
    x = images()
    up, down = silenced(ResidualUp(4, 4))(x), silenced(ResidualDown(4, 4))(x)
    assert torch.equal(up[:, :, 1::2, ::2], x)
    assert torch.equal(up[:, :, ::2, 1::2], x)
    torch.testing.assert_close(down[:, :, 0, 1], x[:, :, :2, 2:4].mean(dim=(2, 3)))
    assert torch.equal(silenced(ResidualDown(4, 4, down=False))(x), x)


@pytest.mark.parametrize("kind", [ResidualUp, ResidualDown])
def test_the_short_cut_is_a_convolution_where_channels_change(kind: type[nn.Module]) -> None:
    block = silenced(kind(4, 2))
    by_hand = F.conv2d(images(), block.shortcut.weight, block.shortcut.bias)
    by_hand = (
        by_hand.repeat_interleave(2, 2).repeat_interleave(2, 3)
        if kind is ResidualUp
        else F.avg_pool2d(by_hand, 2)
    )
    torch.testing.assert_close(block(images()), by_hand)


def test_the_branch_up() -> None:
    block = ResidualUp(4, 4).double()
    y = F.relu(nn.BatchNorm2d(4).double()(images())).repeat_interleave(2, 2)
    y = F.relu(nn.BatchNorm2d(4).double()(block.first(y.repeat_interleave(2, 3))))
    shortcut = images().repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(block(images()), shortcut + block.second(y))


def test_the_branch_down_and_the_image_before_which_there_is_no_relu() -> None:
    for first in (False, True):
        block, x = ResidualDown(4, 4, first=first).double(), images()
        y = block.second(F.relu(block.first(x if first else F.relu(x))))
        torch.testing.assert_close(block(x), F.avg_pool2d(x, 2) + F.avg_pool2d(y, 2))


def test_a_condition_reaches_both_norms() -> None:
    block = ResidualUp(4, 3, lambda channels: ConditionalBatchNorm2d(channels, 5)).double()
    label, asked = torch.tensor([4, 0, 2]), []
    for norm in (block.first_norm, block.second_norm):
        norm.register_forward_pre_hook(lambda _, given: asked.append(given[1]))
    block(images(), label)
    assert [torch.equal(seen, label) for seen in asked] == [True, True]
    assert (block.first_norm.norm.num_features, block.second_norm.norm.num_features) == (4, 3)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: SelfAttention2d(0), "channels=0"),
        (lambda: SelfAttention2d(4, 0), "reduction=0"),
        (lambda: ResidualUp(0, 1), "inputs=0"),
        (lambda: ResidualDown(1, 0), "outputs=0"),
    ],
)
def test_impossible_sizes_are_refused(make, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()


def test_a_layer_of_few_channels_keeps_one_number() -> None:
    layer = SelfAttention2d(1)
    assert layer.query.out_channels == layer.value.out_channels == 1
