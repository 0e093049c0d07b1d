"""What holds for every energy: chains, losses, samples, refusals; and the energy of a network."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import nn

from genlib import fit
from genlib.data import toys
from genlib.energy import (
    RBM,
    BoltzmannMachine,
    EnergyModel,
    UnnormalisedModel,
    score_matching,
)

BUILD: dict[str, Callable[..., UnnormalisedModel]] = {
    "EnergyModel": lambda **o: EnergyModel((3,), (6,), **o),
    "BoltzmannMachine": lambda **o: BoltzmannMachine((1, 2, 2), **o),
    "RBM": lambda **o: RBM(3, (1, 2, 2), **o),
}
every = pytest.mark.parametrize("name", BUILD)


def some(model: UnnormalisedModel, n: int) -> torch.Tensor:
    return model.start(n, like=torch.zeros(()), generator=torch.Generator().manual_seed(0))


@every
def test_samples_follow_their_generator_and_are_events(name: str) -> None:
    torch.manual_seed(0)
    model = BUILD[name](burn_in=3)
    first, again, other = (
        model.sample(5, generator=torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not first.requires_grad
    model.check(first)


@every
def test_a_loss_is_the_difference_of_two_energies_and_moves_no_chain(name: str) -> None:
    torch.manual_seed(0)
    model = BUILD[name](steps=2)
    x = some(model, 7)
    kept = x.clone()
    torch.manual_seed(1)
    loss, parts = model.loss(x)
    assert torch.equal(x, kept)
    torch.manual_seed(1)
    ends = model.transition(model.transition(x))
    expected = model.energy(x).mean() - model.energy(ends).mean()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(parts["data"] - parts["model"], loss)


@every
def test_persistent_chains_go_on_where_they_were(name: str) -> None:
    torch.manual_seed(0)
    model = BUILD[name](steps=2, chains=4)
    x, before = some(model, 7), model.chains.clone()
    torch.manual_seed(1)
    model.loss(x)
    torch.manual_seed(1)
    expected = model.walk(before, 2)
    assert torch.equal(model.chains, expected)
    assert not torch.equal(model.chains, before)
    assert "chains" in model.state_dict()


@every
def test_models_are_the_same_in_two_batches(name: str) -> None:
    torch.manual_seed(0)
    model = BUILD[name]()
    x = some(model, 6)
    halves = torch.cat([model.energy(x[:2]), model.energy(x[2:])])
    torch.testing.assert_close(model.energy(x), halves)
    assert model.energy(x).shape == (6,)


def test_numbers_that_make_no_chain_are_refused() -> None:
    for options in ({"steps": 0}, {"chains": -1}, {"burn_in": 1.5}, {"event_shape": (0,)}):
        with pytest.raises(ValueError, match=f"{next(iter(options))}=.*, wanted a whole number"):
            EnergyModel(**options)
    for options in ({"step": 0.0}, {"confinement": -1.0}):
        with pytest.raises(ValueError, match="wanted a positive, finite number"):
            EnergyModel(**options)
    with pytest.raises(ValueError, match="hidden=0"):
        RBM(0)


@every
def test_events_of_another_kind_are_refused(name: str) -> None:
    model = BUILD[name]()
    with pytest.raises(ValueError, match="wants floats of shape"):
        model.check(torch.zeros(2, 5))
    with pytest.raises(ValueError, match="unconditional"):
        model.sample(2, label=1)
    if name != "EnergyModel":
        with pytest.raises(ValueError, match="ranges over"):
            model.check(torch.full((1, 1, 2, 2), 1.5))


@pytest.mark.parametrize("kind", [EnergyModel, BoltzmannMachine, RBM])
def test_models_build_with_no_arguments(kind: type[UnnormalisedModel]) -> None:
    x = (torch.rand(2, 1, 28, 28) < 0.2).float()
    model = kind(burn_in=1)
    model.check(x)
    model.loss(x)[0].backward()
    assert model.sample(2).shape == x.shape


# The energy of a network


class Bowl(nn.Module):
    """Half the squared distance from a place, over a variance for each coordinate."""

    def __init__(self) -> None:
        super().__init__()
        self.at = nn.Parameter(torch.tensor([1.0, -2.0]))
        self.variance = nn.Parameter(torch.tensor([0.5, 2.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0.5 * ((x - self.at).square() / self.variance).sum(1, keepdim=True)


def bowl(**options: object) -> EnergyModel:
    return EnergyModel((2,), network=Bowl(), confinement=None, **options)


def test_the_score_is_the_gradient_of_the_log_density() -> None:
    model = bowl()
    x = torch.tensor([[0.3, 0.7], [-1.0, 2.5]])
    normal = torch.distributions.Normal(model.network.at, model.network.variance.sqrt())
    x_ = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(normal.log_prob(x_).sum(), x_)
    torch.testing.assert_close(model.score(x), expected)
    with torch.no_grad():
        torch.testing.assert_close(model.score(x), expected)


def test_the_score_of_an_energy_can_be_matched() -> None:
    """The loss of a Gaussian's score in closed form, and its gradient in the variances."""
    model, x = bowl(), torch.tensor([[0.3, 0.7], [-1.0, 2.5]])
    loss = score_matching(partial(model.score, create_graph=True), x)
    place, variance = model.network.at, model.network.variance
    squares = ((x - place) / variance).square().sum(1) / 2
    expected = (squares - (1 / variance).sum()).mean()
    torch.testing.assert_close(loss, expected)
    found = torch.autograd.grad(loss, [place, variance])
    torch.testing.assert_close(found, torch.autograd.grad(expected, [place, variance]))


def test_confinement_is_a_wide_gaussian() -> None:
    torch.manual_seed(0)
    free, held = (EnergyModel((2,), (4,), confinement=c) for c in (None, 3.0))
    held.load_state_dict(free.state_dict())
    x = torch.randn(5, 2)
    extra = held.energy(x) - free.energy(x)
    torch.testing.assert_close(extra, x.square().sum(1) / 18)


def test_samples_have_the_moments_of_the_density() -> None:
    model = bowl(step=0.05, burn_in=600)
    x = model.sample(4000, generator=torch.Generator().manual_seed(0))
    assert (x.mean(0) - model.network.at).abs().max() < 0.12
    assert (x.var(0) / model.network.variance - 1).abs().max() < 0.15


def test_contrastive_divergence_finds_a_gaussian() -> None:
    torch.manual_seed(0)
    model = bowl(step=0.2, steps=4, lr=0.05)
    x = torch.randn(2000, 2) * torch.tensor([1.5, 1.0]) + torch.tensor([-1.0, 0.5])
    fit(model, x, steps=200, progress=False, device="cpu")
    assert (model.network.at - torch.tensor([-1.0, 0.5])).abs().max() < 0.2
    assert (model.network.variance / torch.tensor([2.25, 1.0]) - 1).abs().max() < 0.25


def test_a_network_learns_two_places_of_a_line() -> None:
    torch.manual_seed(0)
    truth = toys.mixture_1d(weights=(0.5, 0.5), means=(-1.5, 1.5), scales=(0.6, 0.6))
    model = EnergyModel((1,), (32, 32), step=0.2, steps=4, chains=256, lr=5e-3)
    x = truth.sample(4000, torch.Generator().manual_seed(0))
    fit(model, x, steps=300, batch_size=256, progress=False, device="cpu")
    grid = torch.linspace(-6, 6, 601)[:, None]
    with torch.no_grad():
        log_q = (-model.energy(grid)).log_softmax(0) - torch.tensor(0.02).log()
    log_p = truth.log_prob(grid)
    assert (log_p.exp() * (log_p - log_q)).sum() * 0.02 < 0.08
