"""A generator that looks ahead: against the steps written out, and against a closed form."""

import copy

import pytest
import torch
from torch import Tensor, nn

from genlib import fit
from genlib.gans import (
    GAN,
    R1,
    LabelSmoothing,
    Minimax,
    Relativistic,
    SharedFakesGAN,
    SpectralNorm,
    Unrolled,
    Wasserstein,
)


def small(kind: type[GAN] = GAN, **options: object) -> GAN:
    torch.manual_seed(0)
    shape = {"latent": 2, "event_shape": (2,), "bounds": None, "hidden": (6,)}
    return kind(**(shape | options)).double()


def data() -> Tensor:
    return torch.randn(8, 2, generator=torch.Generator().manual_seed(3)).double() + 1


class Shift(nn.Module):
    """x = z + theta."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor([start]))

    def forward(self, z: Tensor) -> Tensor:
        return 0 * z + self.theta


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_linear_critic_answers_as_on_paper(steps: int) -> None:
    # s(x) = phi x, data at 0, samples at theta: J_D = phi theta, J_G = -phi theta. After k steps
    # phi_k = phi - k eta theta, so J_G = -phi theta + k eta theta^2, of slope -phi + 2 k eta theta
    phi, theta, eta = 0.7, 1.5, 0.1
    d = nn.Linear(1, 1, bias=False)
    nn.init.constant_(d.weight, phi)
    options = {"loss": Wasserstein(), "stabilisers": [Unrolled(steps, eta)], "event_shape": (1,)}
    model = small(generator=Shift(theta), discriminator=d, latent=1, **options)
    cost, _ = model.generator_loss(torch.zeros(4, 1).double())
    torch.testing.assert_close(cost.item(), -phi * theta + steps * eta * theta**2)
    cost.backward()
    slope = -phi + 2 * steps * eta * theta
    torch.testing.assert_close(model.generator.theta.grad.item(), slope)


@pytest.mark.parametrize("loss", [Minimax(), Relativistic()], ids=repr)
def test_its_value_is_that_of_a_discriminator_that_took_the_steps(loss: nn.Module) -> None:
    parts = {"loss": loss, "penalties": [R1(0.5)]}
    looking, plain, x = small(stabilisers=[Unrolled(3, 0.2)], **parts), small(**parts), data()
    torch.manual_seed(1)
    cost, _ = looking.generator_loss(x)
    torch.manual_seed(1)
    fake = plain.fakes(8).detach()
    ahead = copy.deepcopy(plain)
    sgd = torch.optim.SGD(ahead.discriminator.parameters(), lr=0.2)
    for _ in range(3):
        sgd.zero_grad()
        ahead.discriminator_cost(x, fake)[0].backward()
        sgd.step()
    torch.manual_seed(1)
    torch.testing.assert_close(cost, ahead.generator_loss(x)[0])
    torch.manual_seed(1)
    assert abs(cost - plain.generator_loss(x)[0]) > 1e-4


def test_its_gradient_runs_through_the_steps() -> None:
    # by finite differences in one weight of G, of the value with the steps taken anew
    model, x = small(stabilisers=[Unrolled(2, 0.3)], penalties=[R1(0.5)]), data()
    weight = model.generator[0][0].weight

    def cost() -> Tensor:
        torch.manual_seed(1)
        return model.generator_loss(x)[0]

    (slope,) = torch.autograd.grad(cost(), weight)
    values = []
    for change in (1e-6, -2e-6):
        weight.data[1, 0] += change
        values.append(cost().item())
    torch.testing.assert_close(
        (values[0] - values[1]) / 2e-6, slope[1, 0].item(), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("kind", [GAN, SharedFakesGAN])
def test_the_discriminator_keeps_its_weights_and_gets_no_gradient(kind: type[GAN]) -> None:
    model = small(kind, stabilisers=[LabelSmoothing(), Unrolled(2), SpectralNorm()])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.generator_loss(data())[0].backward()
    assert all(p.grad is None for p in model.discriminator.parameters())
    assert all(p.grad.abs().sum() > 0 for p in model.generator.parameters())
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_it_does_not_change_the_discriminators_turn() -> None:
    costs = []
    for stabilisers in ([], [Unrolled()]):
        torch.manual_seed(1)
        costs.append(small(stabilisers=stabilisers).discriminator_loss(data())[0])
    assert costs[0] == costs[1]


def test_two_unequal_players_of_a_bilinear_game_come_to_rest() -> None:
    # the plain game of the linear critic circles; looking ahead it is damped
    places = []
    for stabilisers in ([], [Unrolled(5, 0.5)]):
        d = nn.Linear(1, 1, bias=False)
        nn.init.constant_(d.weight, 0.5)
        turn = {"optimizer": lambda parameters: torch.optim.SGD(parameters, lr=0.1)}
        model = small(generator=Shift(1.0), discriminator=d, latent=1, event_shape=(1,),
                      loss=Wasserstein(), stabilisers=stabilisers, discriminator_turn=turn,
                      generator_turn=turn)  # fmt: skip
        fit(model, torch.zeros(4, 1).double(), steps=200, device="cpu", progress=False)
        places.append(model.generator.theta.abs().item() + d.weight.abs().item())
    assert places[0] > 0.5
    assert places[1] < 0.02


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [((0,), "steps=0"), ((1.5,), "steps=1.5"), ((1, 0.0), "lr=0.0"), ((1, -1), "lr=-1")],
)
def test_impossible_steps_are_refused(arguments: tuple, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Unrolled(*arguments)
