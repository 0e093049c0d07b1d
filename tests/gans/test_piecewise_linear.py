"""The gradient that is written out, against double backward: values and slopes in the weights."""

import pytest
import torch
from torch import Tensor, nn

from genlib.gans import (
    GAN,
    R1,
    R2,
    GradientPenalty,
    InstanceNoise,
    MinibatchStd,
    Penalty,
    SharedFakesGAN,
    SpectralNorm,
    Unrolled,
    input_gradient,
)
from genlib.nn import spectral_norm

NETWORKS = {
    "perceptron": lambda: nn.Sequential(
        nn.Flatten(), nn.Sequential(nn.Linear(50, 9), nn.LeakyReLU(0.2), nn.Linear(9, 7)),
        nn.ReLU(inplace=True), nn.Linear(7, 1), nn.Flatten(0),
    ),
    "convolutions": lambda: nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Conv2d(4, 6, 2, padding=(1, 0), groups=2, dilation=(1, 2)), nn.ReLU(),
        nn.Flatten(), nn.Linear(24, 12), nn.Unflatten(1, (3, 2, 2)),
        nn.Conv2d(3, 1, 2, bias=False),
    ),
    "several scores": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.LeakyReLU(0.1), nn.Conv2d(3, 1, 2)
    ),
}  # fmt: skip


def network(name: str) -> nn.Module:
    torch.manual_seed(0)
    return NETWORKS[name]().double()


def batch() -> Tensor:
    return torch.randn(4, 2, 5, 5, generator=torch.Generator().manual_seed(1)).double()


@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_the_gradient(name: str) -> None:
    d, x = network(name), batch().requires_grad_()
    (by_autograd,) = torch.autograd.grad(d(x).sum(), x)
    torch.testing.assert_close(input_gradient(d, x), by_autograd.flatten(1), rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("kind", [R1, R2, GradientPenalty])
def test_it_gives_the_weights_the_gradients_of_double_backward(
    name: str, normalised: bool, kind: type[Penalty]
) -> None:
    d, found = network(name), []
    if normalised:
        spectral_norm(d)
    for closed in (False, True):
        torch.manual_seed(2)
        value = kind(3.0, closed=closed)(d, batch(), -batch())
        weights = [p for p in d.parameters() if p.ndim > 1]
        found.append((value, *torch.autograd.grad(value, weights)))
    assert found[0][1].abs().sum() > 0
    torch.testing.assert_close(found[1], found[0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("game", [GAN, SharedFakesGAN])
@pytest.mark.parametrize(
    "stabilisers", [(), (SpectralNorm(),), (InstanceNoise(),), (Unrolled(2),)], ids=str
)
def test_a_game_pays_the_same(game: type[GAN], stabilisers: tuple) -> None:
    told = []
    for closed in (False, True):
        torch.manual_seed(0)
        penalties = [R1(2.0, closed=closed), R2(closed=closed)]
        model = game(latent=2, event_shape=(3,), bounds=None, hidden=(8,), penalties=penalties,
                     stabilisers=stabilisers).double()  # fmt: skip
        x = torch.randn(6, 3).double()
        costs = [turn(x)[0] for turn in (model.discriminator_loss, model.generator_loss)]
        gradients = [
            torch.autograd.grad(costs[i], list(net.parameters()), allow_unused=True)
            for i, net in enumerate((model.discriminator, model.generator))
        ]
        told.append((costs, gradients))
    torch.testing.assert_close(told[1], told[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("penalty", [R1(closed=True), GradientPenalty(closed=True)], ids=str)
def test_autocast_changes_nothing(penalty: Penalty) -> None:
    d, x = network("convolutions").float(), batch().float()
    torch.manual_seed(0)
    plain = penalty(d, x, -x)
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        cast = penalty(d, x, -x)
    assert torch.equal(cast, plain)


def conditional() -> GAN:
    class Labelled(nn.Linear):
        def forward(self, x: Tensor, label: Tensor) -> Tensor:
            return super().forward(x)

    g, d = Labelled(2, 3), Labelled(3, 1)
    return GAN(g, d, 2, event_shape=(3,), bounds=None, classes=2, penalties=[R1(closed=True)])


@pytest.mark.parametrize(
    ("pay", "complaint"),
    [
        (lambda x: R1(closed=True)(nn.Sequential(nn.Linear(3, 3), nn.Tanh()), x, x), "of Tanh is"),
        (lambda x: R1(closed=True)(nn.BatchNorm1d(3), x, x), "gradient of BatchNorm1d is not"),
        (lambda x: R1(closed=True)(lambda y: y.sum(1), x, x), "wants D as a network, this is <fun"),
        (lambda x: conditional().discriminator_loss((x, torch.zeros(4))), "that takes labels"),
        (
            lambda x: GAN(
                event_shape=(3,), bounds=None, penalties=[R1(closed=True)],
                stabilisers=[MinibatchStd()],
            ).discriminator_loss(x),
            "gradient of MinibatchStd",
        ),
    ],
)  # fmt: skip
def test_a_network_that_is_not_known_to_be_piecewise_linear_is_refused(pay, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        pay(torch.randn(4, 3))
