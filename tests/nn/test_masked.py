"""The masked network: who sees whom, by gradients."""

import pytest
import torch

from genlib.nn import MaskedConv2d, MaskedLinear, MaskedMLP, causal_conv2d


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


def seen_by(layer: MaskedConv2d, output: int, i: int, j: int) -> torch.Tensor:
    """Return which inputs (C, 5, 5) reach an output at a pixel."""
    x = torch.randn(1, layer.in_channels, 5, 5, requires_grad=True)
    layer(x)[0, output, i, j].backward()
    return x.grad[0] != 0


@pytest.mark.parametrize("kind", ["A", "B"])
def test_a_masked_convolution_sees_the_pixels_before(kind: str) -> None:
    torch.manual_seed(0)
    layer = MaskedConv2d(2, 3, 5, kind=kind)
    wanted = torch.zeros(5, 5, dtype=torch.bool)
    wanted[:2], wanted[2, :2], wanted[2, 2] = True, True, kind == "B"
    for output in range(3):
        assert torch.equal(seen_by(layer, output, 2, 2), wanted.expand(2, 5, 5))
    corner = torch.zeros(5, 5, dtype=torch.bool)
    corner[0, 0] = kind == "B"
    assert torch.equal(seen_by(layer, 0, 0, 0), corner.expand(2, 5, 5))


@pytest.mark.parametrize("kind", ["A", "B"])
def test_a_colour_sees_the_colours_before_it(kind: str) -> None:
    torch.manual_seed(0)
    layer = MaskedConv2d(6, 9, 3, kind=kind, groups=3)
    for output in range(9):
        seen = seen_by(layer, output, 2, 2)
        own = seen[:, 2, 2]
        colours = torch.arange(6) % 3
        assert torch.equal(own, colours < output % 3 if kind == "A" else colours <= output % 3)
        assert seen[:, 2, 1].all(), "the pixel to the left is seen in all colours"


def test_a_masked_convolution_is_the_full_one_with_noughts() -> None:
    torch.manual_seed(0)
    layer, x = MaskedConv2d(2, 3, 3), torch.randn(2, 2, 4, 6)
    full = torch.zeros(3, 2, 3, 3)
    full[:, :, 0], full[:, :, 1, :2] = layer.weight[:, :, 0], layer.weight[:, :, 1, :2]
    wanted = torch.nn.functional.conv2d(x, full, layer.bias, padding=1)
    assert torch.allclose(layer(x), wanted, atol=1e-6)
    layer(x).sum().backward()
    assert (layer.weight.grad[:, :, 1, 2] == 0).all()


@pytest.mark.parametrize(("rows", "left", "right"), [(1, 2, 0), (2, 1, 1), (2, 1, 0), (3, 0, 2)])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_causal_convolution_is_one_of_a_padded_image(rows, left, right, stride) -> None:
    torch.manual_seed(0)
    kernel, x = torch.randn(3, 2, rows, left + 1 + right), torch.randn(2, 2, 5, 6)
    padded = torch.nn.functional.pad(x, (left, right, rows - 1, 0))
    wanted = torch.nn.functional.conv2d(padded, kernel, torch.ones(3), stride)
    found = causal_conv2d(x, kernel, torch.ones(3), left, stride)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("inputs", [1, 2])
def test_channels_stay_innermost_in_memory(inputs: int) -> None:
    x, innermost = torch.zeros(2, inputs, 5, 5), {"memory_format": torch.channels_last}
    layer = MaskedConv2d(inputs, 3, 3)
    assert layer(x).is_contiguous()
    assert layer.to(**innermost)(x).is_contiguous(**innermost)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"kernel": 4}, "kernel=4"), ({"kind": "C"}, "kind='C'"), ({"groups": 0}, "groups=0")],
)
def test_what_no_masked_convolution_can_be_is_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MaskedConv2d(1, 1, **options)
