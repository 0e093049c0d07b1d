"""Batch norm with a condition: what is normalised over whom, and what the condition changes."""

import pytest
import torch
from torch import Tensor, nn

from genlib.nn import ConditionalBatchNorm2d, standing_statistics

LABEL = torch.tensor([0, 1, 2, 1, 0, 0])


def images(n: int = 6, channels: int = 3) -> Tensor:
    draw = torch.Generator().manual_seed(0)
    return (2 * torch.randn(n, channels, 4, 5, generator=draw) + 1).double()


def labelled() -> ConditionalBatchNorm2d:
    torch.manual_seed(1)
    layer = ConditionalBatchNorm2d(3, 4).double()
    nn.init.normal_(layer.scale.weight)
    nn.init.normal_(layer.shift.weight)
    return layer


def normalised(x: Tensor) -> Tensor:
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    variance = x.var(dim=(0, 2, 3), correction=0, keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt()


def test_it_starts_as_batch_norm() -> None:
    layer, plain = ConditionalBatchNorm2d(3, 4).double(), nn.BatchNorm2d(3).double()
    torch.testing.assert_close(layer(images(), LABEL), plain(images()))
    torch.testing.assert_close(layer.eval()(images(), LABEL), plain.eval()(images()))


def test_scale_and_shift_are_those_of_the_label_and_statistics_those_of_the_batch() -> None:
    layer, x = labelled(), images()
    y = layer(x, LABEL)
    for i, k in enumerate(LABEL.tolist()):
        scale = 1 + layer.scale.weight[k, :, None, None]
        shift = layer.shift.weight[k, :, None, None]
        torch.testing.assert_close(y[i], scale * normalised(x)[i] + shift)


def test_a_class_alone_has_the_mean_and_spread_that_its_rows_say() -> None:
    layer, x = labelled(), images(400)
    y = layer(x, torch.full((400,), 2))
    torch.testing.assert_close(y.mean(dim=(0, 2, 3)), layer.shift.weight[2])
    spread = (1 + layer.scale.weight[2]).abs()
    torch.testing.assert_close(y.std(dim=(0, 2, 3), correction=0), spread, rtol=1e-4, atol=0)


def test_a_vector_is_mapped_linearly() -> None:
    torch.manual_seed(2)
    layer, u = ConditionalBatchNorm2d(3, width=2).double(), torch.randn(6, 2).double()
    scale, shift = 1 + u @ layer.scale.weight.T, u @ layer.shift.weight.T
    wanted = scale[:, :, None, None] * normalised(images()) + shift[:, :, None, None]
    torch.testing.assert_close(layer(images(), u), wanted)
    plain = layer(images(), 0 * u)
    torch.testing.assert_close(plain, normalised(images()))


def test_in_evaluation_an_example_does_not_depend_on_the_others() -> None:
    layer = labelled()
    layer(images(), LABEL)
    layer.eval()
    alone = torch.cat([layer(images()[i : i + 1], LABEL[i : i + 1]) for i in range(6)])
    torch.testing.assert_close(layer(images(), LABEL), alone)


@pytest.mark.parametrize(
    "sizes", [(3,), (3, 4, 5), (0, 4), (3, 0), (3, None, 0), (3, None, None)], ids=str
)
def test_impossible_sizes_are_refused(sizes: tuple) -> None:
    channels, *classes = sizes
    width = classes[1] if len(classes) > 1 else None
    with pytest.raises(ValueError, match=f"channels={channels}, classes=.*wanted"):
        ConditionalBatchNorm2d(channels, *classes[:1], width=width)


def test_standing_statistics_are_averages_over_the_batches() -> None:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2)).double()
    batches = [images() * k + k for k in (1, 2, 5)]
    network(100 * images())  # is forgotten
    standing_statistics(network, ((x,) for x in batches))
    seen = [network[0](x).detach() for x in batches]
    means = torch.stack([y.mean(dim=(0, 2, 3)) for y in seen]).mean(0)
    variances = torch.stack([y.var(dim=(0, 2, 3)) for y in seen]).mean(0)
    torch.testing.assert_close(network[1].running_mean, means)
    torch.testing.assert_close(network[1].running_var, variances)
    assert network[1].momentum == 0.1
    assert network.training


def test_a_second_norm_is_given_what_it_is_given_in_training() -> None:
    torch.manual_seed(4)
    network = nn.Sequential(nn.BatchNorm2d(3), nn.Tanh(), nn.BatchNorm2d(3)).double()
    network.eval()
    standing_statistics(network, [(images(),)])
    assert not network.training
    torch.testing.assert_close(
        network[2].running_mean, normalised(images()).tanh().mean(dim=(0, 2, 3))
    )


def test_standing_statistics_reach_norms_with_labels_and_want_batches() -> None:
    layer = labelled()
    standing_statistics(layer, [(images(), LABEL)])
    torch.testing.assert_close(layer.norm.running_mean, images().mean(dim=(0, 2, 3)))
    kept = layer.norm.running_mean.clone()
    with pytest.raises(ValueError, match="0 batches, 1 batch norms"):
        standing_statistics(layer, [])
    assert torch.equal(layer.norm.running_mean, kept)
    with pytest.raises(ValueError, match="1 batches, 0 batch norms"):
        standing_statistics(nn.Linear(1, 1), [(torch.zeros(1, 1),)])
