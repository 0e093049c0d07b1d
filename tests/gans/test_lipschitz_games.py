"""Many games whose discriminators are held to a slope are as many single games."""

import math

import pytest
import torch
from torch import Tensor

from genlib.gans import GradientPenalty, Hinge, LipschitzGames, SpectralNorm, Wasserstein
from genlib.gans.lipschitz_games import NormalisedPerceptrons
from genlib.gans.perceptrons import Perceptrons
from tests.gans.alone import SMALL, assert_nearly_alike, played_alone

HELD = {
    "two-sided": {"gradient_penalty": [10.0, 0.0, 1.0]},
    "one-sided": {"gradient_penalty": [10.0, 1.0, 3.0], "one_sided": True},
    "clipping": {"clip": [0.3, math.inf, 0.1]},
    "spectral": {"spectral": True},
}


@pytest.mark.parametrize("held", HELD, ids=str)
@pytest.mark.parametrize("loss", [Wasserstein(), Hinge()], ids=repr)
def test_each_run_is_a_game_trained_by_itself(
    held: str, loss: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    games = LipschitzGames([4, 4, 7], loss, lr=[1e-3, 3e-3, 1e-2], **HELD[held], **SMALL)
    monkeypatch.setattr(torch, "rand", lambda *shape, **_: torch.full(shape[:2], 0.3))
    assert_nearly_alike(games, played_alone(games, spread=3.0))


def test_a_run_as_a_game_has_what_holds_it() -> None:
    runs = LipschitzGames([0, 1], gradient_penalty=[0.0, 3.0], one_sided=True, clip=[0.2, math.inf])
    clipped, penalised = runs.game(0), runs.game(1)
    assert (len(clipped.penalties), len(penalised.stabilisers)) == (2, 0)  # R1 and R2, of weight 0
    assert clipped.stabilisers[0].limit == pytest.approx(0.2)
    assert isinstance(penalised.penalties[2], GradientPenalty)
    assert penalised.penalties[2].one_sided
    assert penalised.penalties[2].weight == 3
    normalised = LipschitzGames([0], spectral=True).game(0)
    assert isinstance(normalised.stabilisers[0], SpectralNorm)


def test_normalised_layers_have_norm_one() -> None:
    games = LipschitzGames([3, 5], Wasserstein(), lr=1e-2, spectral=True, **SMALL)
    games.play(lambda n, stream: torch.randn(n, 2, generator=stream) + 3, 30, 16)
    games.discriminator.power_iteration(200)
    for matrix, _ in games.discriminator.layers():
        norms = torch.linalg.matrix_norm(matrix, 2)
        torch.testing.assert_close(norms, torch.ones(2), rtol=1e-4, atol=0)
    slopes = games.discriminator.input_gradient(torch.randn(2, 50, 2)).norm(dim=2)
    assert slopes.max() < 1.0001


def test_clipped_weights_stay_within_the_limit() -> None:
    games = LipschitzGames([3, 5], Wasserstein(), lr=1e-1, clip=[0.05, 0.5], **SMALL)
    games.play(lambda n, stream: torch.randn(n, 2, generator=stream) + 3, 5, 16)
    largest = games.discriminator.weights.abs().amax(dim=1)
    torch.testing.assert_close(largest, torch.tensor([0.05, 0.5]))
    assert games.generator.weights.abs().max() > 0.5


def test_a_penalised_run_does_not_depend_on_the_others() -> None:
    def draw(n: int, stream: torch.Generator) -> Tensor:
        return torch.randn(n, 2, generator=stream) + 3

    together = LipschitzGames([3, 5], Wasserstein(), gradient_penalty=[1.0, 10.0], **SMALL)
    alone = LipschitzGames([5], Wasserstein(), gradient_penalty=[10.0], **SMALL)
    for games in (together, alone):
        games.play(draw, 30, 16)
    torch.testing.assert_close(together.sample(9)[1], alone.sample(9)[0], rtol=1e-4, atol=1e-5)


def test_a_layer_of_noughts_is_left_undivided_until_it_has_a_norm() -> None:
    torch.manual_seed(0)
    weights = Perceptrons([2, 3, 1], torch.randn(2, 13))
    with torch.no_grad():
        for matrix, _ in weights.layers():
            matrix[0].zero_()  # of the first run
    networks = NormalisedPerceptrons(weights.widths, weights.weights.requires_grad_())
    (slope,) = torch.autograd.grad(sum(m.sum() for m, _ in networks.layers()), networks.weights)
    assert slope.abs().max() < 100
    with torch.no_grad():
        networks.weights += torch.randn_like(networks.weights)
    networks.power_iteration(300)
    for matrix, _ in networks.layers():
        norms = torch.linalg.matrix_norm(matrix.detach(), 2)
        torch.testing.assert_close(norms, torch.ones(2))
