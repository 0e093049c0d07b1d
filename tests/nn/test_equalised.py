"""Equalised learning rate, pixel norm, and the two ways to let a style in."""

import math

import pytest
import torch
from torch import nn

from genlib.nn import (
    AdaptiveInstanceNorm2d,
    EqualisedConv2d,
    EqualisedLinear,
    ModulatedConv2d,
    PixelNorm,
    equalise,
)


@pytest.mark.parametrize("gain", [1.0, math.sqrt(2)])
@pytest.mark.parametrize("width", [16, 400])
def test_an_output_has_the_gain_as_its_deviation(width: int, gain: float) -> None:
    torch.manual_seed(0)
    x = torch.randn(400, width)
    y = EqualisedLinear(width, 500, gain=gain)(x)
    assert y.std().item() == pytest.approx(gain, rel=0.05)
    image = torch.randn(16, width // 4, 10, 10)
    inner = EqualisedConv2d(width // 4, 100, 3, gain=gain)(image)[..., 1:-1, 1:-1]
    assert inner.std().item() == pytest.approx(gain, rel=0.05)


def test_the_number_of_the_paper() -> None:
    layer = EqualisedConv2d(8, 4, 3)
    learnt = layer.parametrizations.weight.original
    torch.testing.assert_close(layer.weight, learnt * math.sqrt(2 / (8 * 9)))
    assert not layer.bias.any()
    names = {"bias", "parametrizations.weight.original"}
    assert {name.replace("parametrizations.bias.original", "bias") for name in
            layer.state_dict()} == names  # fmt: skip


def test_what_is_learnt_starts_at_one_over_the_rate() -> None:
    torch.manual_seed(0)
    layer = EqualisedLinear(300, 300, rate=0.01)
    assert layer.parametrizations.weight.original.std().item() == pytest.approx(100, rel=0.02)
    x = torch.randn(200, 300)
    assert layer(x).std().item() == pytest.approx(math.sqrt(2), rel=0.05)


@pytest.mark.parametrize("rate", [1.0, 0.1])
def test_a_step_of_adam_is_the_same_part_of_every_layer(rate: float) -> None:
    torch.manual_seed(0)
    for width in (10, 1000):
        layer = EqualisedLinear(width, 50, gain=1.0, rate=rate)
        before, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
        optimizer = torch.optim.Adam(layer.parameters(), lr=0.01)
        layer(torch.randn(64, width)).square().sum().backward()
        optimizer.step()
        moved = (layer.weight.detach() - before).abs().median() / before.std()
        assert moved.item() == pytest.approx(0.01 * rate, rel=0.1)
        assert (layer.bias - bias).abs().max().item() == pytest.approx(0.01 * rate, rel=1e-3)


def test_the_gradient_is_scaled_as_the_weight_is() -> None:
    torch.manual_seed(0)
    layer, plain = EqualisedLinear(9, 5, gain=1.0), nn.Linear(9, 5)
    with torch.no_grad():
        plain.weight.copy_(layer.weight)
        plain.bias.copy_(layer.bias)
    x = torch.randn(7, 9)
    for one in (layer, plain):
        one(x).square().sum().backward()
    found = layer.parametrizations.weight.original.grad
    torch.testing.assert_close(found, plain.weight.grad / 3)


def test_any_layer_can_be_equalised() -> None:
    layer = equalise(nn.Conv1d(3, 4, 5, bias=False))
    assert layer(torch.randn(2, 3, 9)).shape == (2, 4, 5)
    with pytest.raises(ValueError, match="rate=0"):
        equalise(nn.Linear(2, 2), rate=0)


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (lambda: EqualisedLinear(0, 3), "inputs=0"),
        (lambda: EqualisedConv2d(3, 3, 2), "kernel=2"),
        (lambda: EqualisedLinear(2, 3, gain=-1.0), "gain=-1.0"),
        (lambda: ModulatedConv2d(3, 0, 2), "outputs=0"),
        (lambda: ModulatedConv2d(3, 3, 2, kernel=4), "kernel=4"),
        (lambda: ModulatedConv2d(3, 3, 2, padding="torus"), "padding='torus'"),
    ],
)
def test_what_cannot_be_built_is_refused(build: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build()


def test_every_pixel_has_mean_square_one() -> None:
    x = torch.randn(3, 5, 4, 6) * 7 + 3
    y = PixelNorm()(x)
    torch.testing.assert_close(y.square().mean(dim=1), torch.ones(3, 4, 6))
    torch.testing.assert_close(y / y[:, :1], x / x[:, :1])  # only a factor a pixel
    by_hand = torch.tensor([[3.0, 4.0]]) / math.sqrt(12.5)
    torch.testing.assert_close(PixelNorm()(torch.tensor([[3.0, 4.0]])), by_hand)
    assert not PixelNorm()(torch.zeros(1, 2, 2, 2)).any()


def test_a_style_decides_mean_and_deviation() -> None:
    torch.manual_seed(0)
    norm = AdaptiveInstanceNorm2d(4, 6)
    x, style = torch.randn(3, 4, 8, 8) * 5 + 2, torch.randn(3, 6)
    y = norm(x, style)
    scale, shift = norm.affine(style).chunk(2, dim=1)
    torch.testing.assert_close(y.mean(dim=(2, 3)), shift, rtol=1e-4, atol=1e-5)
    found = y.std(dim=(2, 3), correction=0)
    torch.testing.assert_close(found, (1 + scale).abs(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(norm(3 * x - 1, style), y, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="one pixel"):
        norm(x[..., :1, :1], style)


def modulated(**options: object) -> tuple[ModulatedConv2d, torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    layer = ModulatedConv2d(6, 5, 4, **options).double()
    return layer, torch.randn(3, 6, 7, 7).double(), torch.randn(3, 4).double()


def test_demodulated_weights_have_unit_norm() -> None:
    layer, _, style = modulated()
    weights = layer.weights(style)
    assert weights.shape == (3, 5, 6, 3, 3)
    torch.testing.assert_close(weights.square().sum(dim=(2, 3, 4)), torch.ones(3, 5).double())
    ratio = weights[:, 0] / layer.weight[0]  # a style scales an input, not a place
    torch.testing.assert_close(ratio, ratio[:, :, :1, :1].expand_as(ratio))


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("padding", ["zeros", "circular"])
def test_it_is_the_convolution_by_each_examples_weights(padding: str, demodulate: bool) -> None:
    layer, x, style = modulated(padding=padding, demodulate=demodulate)
    mode = "constant" if padding == "zeros" else padding
    around = torch.nn.functional.pad(x, (1, 1, 1, 1), mode)
    pairs = zip(around, layer.weights(style), strict=True)
    wanted = torch.cat([torch.nn.functional.conv2d(one[None], weight) for one, weight in pairs])
    torch.testing.assert_close(layer(x, style), wanted)


def test_demodulated_outputs_have_deviation_one() -> None:
    torch.manual_seed(0)
    layer = ModulatedConv2d(32, 64, 8, padding="circular")
    style = torch.randn(8, 8) * 3
    x = torch.randn(8, 32, 24, 24)
    deviations = layer(x, style).std(dim=(2, 3))
    assert (deviations - 1).abs().max() < 0.15
    assert deviations.mean().item() == pytest.approx(1, abs=0.01)
    bare = ModulatedConv2d(32, 64, 8, demodulate=False)
    assert bare(x, style).std() > 1.5


def test_the_size_of_a_style_is_taken_away_but_not_its_direction() -> None:
    layer, _, style = modulated()
    scales = layer.scales(style)
    twice = layer.weights(style)
    layer.scales = lambda style: 2 * scales
    torch.testing.assert_close(layer.weights(style), twice)
    layer.scales = lambda style: scales.flip(1)
    assert not torch.allclose(layer.weights(style), twice)
