"""Layers of norm 1: checked against the singular values of the whole matrix."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from genlib.nn import power_iteration, spectral_norm
from genlib.nn.spectral import ConvolutionNorm, KernelNorm
from genlib.nn.transposed import Geometry

CONVOLUTIONS = {
    "same": (lambda: nn.Conv2d(2, 3, 3, padding=1), (5, 6)),
    "stride": (lambda: nn.Conv2d(2, 3, 4, stride=2, padding=1), (7, 6)),  # a row is left over
    "dilated": (lambda: nn.Conv2d(2, 4, 3, padding=(0, 2), dilation=2), (6, 5)),
    "groups": (lambda: nn.Conv2d(4, 2, 3, stride=(1, 2), groups=2), (5, 6)),
}


def matrix(layer: Callable[[Tensor], Tensor], *shape: int) -> Tensor:
    """The matrix of a linear map, column by column."""
    basis = torch.eye(torch.Size(shape).numel(), dtype=torch.float64).view(-1, *shape)
    return layer(basis).flatten(1).T


def without_bias(name: str) -> tuple[nn.Conv2d, tuple[int, int]]:
    torch.manual_seed(0)
    build, size = CONVOLUTIONS[name]
    layer = build().double()
    layer.bias = None
    return layer, size


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_the_transpose_is_the_transpose(name: str) -> None:
    layer, size = without_bias(name)
    forth = matrix(layer, layer.in_channels, *size)
    shape = layer(torch.zeros(1, layer.in_channels, *size).double()).shape[1:]
    geometry = Geometry.of(layer)
    back = matrix(lambda y: geometry.transpose(y, layer.weight, size), *shape)
    torch.testing.assert_close(back, forth.T)


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_the_norm_of_a_convolution_is_the_top_singular_value_of_its_matrix(name: str) -> None:
    layer, size = without_bias(name)
    norm = ConvolutionNorm(layer, size)
    norm.power_iteration(layer.weight, 2000)
    top = torch.linalg.matrix_norm(matrix(layer, layer.in_channels, *size), 2)
    torch.testing.assert_close(norm.norm(layer.weight), top, rtol=1e-9, atol=0)
    kernel = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
    area = layer.weight[0, 0].numel() ** 0.5
    assert kernel / area <= top <= kernel * area
    assert abs(top / kernel - 1) > 0.01  # which is another number


@pytest.mark.parametrize(
    "layer", [nn.Linear(7, 4), nn.Conv2d(3, 5, 3), nn.Embedding(6, 3)], ids=lambda one: str(one)
)
def test_the_norm_of_a_kernel_is_the_top_singular_value_of_the_reshaped_kernel(layer) -> None:
    torch.manual_seed(0)
    weight = layer.double().weight
    norm = KernelNorm(weight)
    norm.power_iteration(weight, 2000)
    u, s, v = torch.linalg.svd(weight.detach().flatten(1))
    torch.testing.assert_close(norm.norm(weight), s[0], rtol=1e-9, atol=0)
    (gradient,) = torch.autograd.grad(norm.norm(weight), weight)
    torch.testing.assert_close(gradient.flatten(1), torch.outer(u[:, 0], v[0]))


def critic() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(1, 4, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(4, 4, 3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(64, 1),
        nn.Flatten(0),
    ).double()


def test_a_network_of_normalised_convolutions_stretches_nothing() -> None:
    network = critic()
    for layer in (network[0], network[2], network[5]):
        layer.weight.data *= 30
    x = torch.randn(200, 1, 8, 8).double()
    spectral_norm(network, "convolution", x[:1])
    power_iteration(network, 500)
    for size, layer in (((1, 8, 8), network[0]), ((4, 4, 4), network[2])):
        linear = Geometry.of(layer)
        whole = matrix(lambda y, lin=linear, w=layer.weight: lin.convolve(y, w), *size)
        torch.testing.assert_close(torch.linalg.matrix_norm(whole, 2).item(), 1.0)
    x.requires_grad_()
    (slope,) = torch.autograd.grad(network(x).sum(), x)
    assert slope.flatten(1).norm(dim=1).max() <= 1


def test_it_follows_the_weights_when_it_is_told_to() -> None:
    network = spectral_norm(nn.Linear(5, 5).double())
    with torch.no_grad():
        network.parametrizations.weight.original.copy_(torch.diag(torch.arange(1.0, 6)))
    assert torch.linalg.matrix_norm(network.weight, 2) > 1 + 1e-3
    power_iteration(network, 200)
    torch.testing.assert_close(torch.linalg.matrix_norm(network.weight, 2).item(), 1.0)


def test_a_pass_writes_nothing_and_can_be_differentiated_twice() -> None:
    network = spectral_norm(critic())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    x, other = torch.randn(2, 3, 1, 8, 8).double().unbind()
    x.requires_grad_()
    first = network(x)
    network(other)
    (slope,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    network(other)
    slope.square().sum().backward()
    assert network[0].parametrizations.weight.original.grad.abs().sum() > 0
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])


def test_the_second_derivative_is_that_of_weight_over_norm() -> None:
    # by finite differences of the slope of a linear critic: |w / |w|| = 1 whatever w is
    network = spectral_norm(nn.Linear(6, 1, bias=False).double())
    x = torch.randn(4, 6).double().requires_grad_()
    (slope,) = torch.autograd.grad(network(x).sum(), x, create_graph=True)
    torch.testing.assert_close(slope.norm(dim=1), torch.ones(4).double())
    slope.square().sum().backward()
    assert network.parametrizations.weight.original.grad.abs().max() < 1e-12


def test_a_layer_of_noughts_stays_one() -> None:
    layer = nn.Linear(3, 3)
    nn.init.zeros_(layer.weight)
    spectral_norm(layer)
    power_iteration(layer)
    assert torch.equal(layer.weight, torch.zeros(3, 3))
    torch.nn.init.eye_(layer.parametrizations.weight.original)
    power_iteration(layer)  # and finds its direction once it has one
    torch.testing.assert_close(layer.weight, torch.eye(3))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((nn.Linear(1, 1), "matrix"), "of='matrix'"),
        ((nn.Conv2d(1, 1, 3), "convolution"), "0 inputs, wanted"),
        ((nn.ReLU(),), "ReLU has no layer with a norm"),
        (
            (nn.Conv2d(1, 1, 3, padding="same"), "convolution", torch.zeros(1, 1, 4, 4)),
            "pads by 'same'",
        ),
        (
            (
                nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"),
                "convolution",
                torch.zeros(1, 1, 4, 4),
            ),
            "pads by 'reflect'",
        ),
    ],
)
def test_what_has_no_norm_is_refused(arguments: tuple, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        spectral_norm(*arguments)


def test_embeddings_can_stay_as_they_are() -> None:
    torch.manual_seed(0)
    network = nn.ModuleList([nn.Embedding(5, 3), nn.Linear(3, 2)])
    kept = network[0].weight.detach().clone()
    spectral_norm(network, embeddings=False)
    assert torch.equal(network[0].weight, kept)
    torch.testing.assert_close(torch.linalg.matrix_norm(network[1].weight, 2).item(), 1.0)
    with pytest.raises(ValueError, match="Embedding has no layer with a norm"):
        spectral_norm(nn.Embedding(5, 3), embeddings=False)


@pytest.mark.parametrize("of", ["kernel", "convolution"])
def test_a_layer_of_noughts_is_left_undivided_until_it_has_a_norm(of: str) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(2, 3, 3, padding=1)
    nn.init.zeros_(layer.weight)
    x = torch.randn(4, 2, 5, 5)
    network = spectral_norm(nn.Sequential(layer), of, x)
    network(x).sum().backward()
    weight = layer.parametrizations.weight.original
    plain = torch.zeros_like(weight).requires_grad_()
    nn.functional.conv2d(x, plain, padding=1).sum().backward()
    torch.testing.assert_close(weight.grad, plain.grad)
    with torch.no_grad():
        weight += torch.randn_like(weight)
    power_iteration(network, 300)
    assert layer.parametrizations.weight[0].norm(layer.weight).item() == pytest.approx(1)
