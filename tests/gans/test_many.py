"""Many games at once are as many single games."""

import pytest
import torch
from torch import Tensor

from genlib.gans import (
    Hinge,
    LeastSquares,
    ManyGames,
    Minimax,
    NonSaturating,
    Relativistic,
    grid,
)
from genlib.gans.perceptrons import Perceptrons
from tests.gans.alone import SMALL, played_alone


def draw(n: int, generator: torch.Generator) -> Tensor:
    sign = torch.randint(2, (n, 1), generator=generator) * 2 - 1
    return sign + 0.1 * torch.randn(n, 2, generator=generator)


@pytest.mark.parametrize(
    "loss", [NonSaturating(), Minimax(), LeastSquares(), Hinge(), Relativistic()], ids=repr
)
def test_each_run_is_a_game_trained_by_itself(loss: object) -> None:
    settings = {"lr": [1e-3, 3e-3, 1e-2], "discriminator_lr": [2e-3, 1e-3, 1e-2],
                "beta1": [0.0, 0.5, 0.9], "r1": [0.0, 1.0, 0.1], "r2": [0.5, 0.0, 2.0]}  # fmt: skip
    games = ManyGames([4, 4, 7], loss, **settings, **SMALL)
    singles = played_alone(games)
    for run, single in enumerate(singles):
        again = games.game(run)
        torch.testing.assert_close(again.state_dict(), single.state_dict(), rtol=1e-5, atol=1e-5)
        for p, q in zip(again.players(), single.players(), strict=True):
            assert (p.lr, p.betas) == (q.lr, q.betas)


def test_the_discriminator_may_step_more_often() -> None:
    often, by_hand = (ManyGames([4, 7], discriminator_updates=n, **SMALL) for n in (3, 1))
    often.play(draw, 4, 8)
    for _ in range(4):
        for _ in range(2):
            real = by_hand.drawn(lambda stream: draw(8, stream))
            by_hand.discriminator_turn(real, by_hand.codes(8))
        by_hand.play(draw, 1, 8)
    for one, other in ((often.generator, by_hand.generator),
                       (often.discriminator, by_hand.discriminator)):  # fmt: skip
        assert torch.equal(one.weights, other.weights)
    assert (often.discriminator_adam.steps, often.generator_adam.steps) == (12, 4)
    assert [player.updates for player in often.game(0).players()] == [3, 1]


def test_a_turn_of_the_discriminator_leaves_the_generator() -> None:
    games = ManyGames([4], **SMALL)
    before = games.generator.weights.detach().clone()
    games.discriminator_turn(games.drawn(lambda stream: draw(8, stream)), games.codes(8))
    assert torch.equal(games.generator.weights, before)
    assert games.rounds == 0


def test_a_run_does_not_depend_on_the_others() -> None:
    runs = grid(seeds=[3, 5], lr=[1e-3, 1e-2], r1=[0.0, 1.0])
    together = ManyGames(**runs, **SMALL)
    together.play(draw, 30, 16)
    for run in (0, 3, 6):
        alone = ManyGames(**{name: [values[run]] for name, values in runs.items()}, **SMALL)
        alone.play(draw, 30, 16)
        torch.testing.assert_close(
            together.sample(9)[run], alone.sample(9)[0], rtol=1e-5, atol=1e-6
        )
        averages = together.sample(9, averaged=True)[run], alone.sample(9, averaged=True)[0]
        torch.testing.assert_close(*averages, rtol=1e-5, atol=1e-6)


def test_a_run_that_fails_takes_no_other_with_it() -> None:
    fine = ManyGames([0, 0], lr=[1e-3, 1e-3], r1=1.0, **SMALL)
    broken = ManyGames([0, 0], lr=[1e-3, 1e-3], r1=1.0, **SMALL)
    with torch.no_grad():
        broken.generator.weights[1] = float("nan")
    for games in (fine, broken):
        games.play(draw, 5)
    assert broken.sample(3)[1].isnan().all()
    torch.testing.assert_close(broken.sample(3)[0], fine.sample(3)[0])


def test_runs_of_one_seed_are_paired_and_of_two_are_not() -> None:
    games = ManyGames([1, 1, 2], lr=[1e-3, 1e-2, 1e-3], **SMALL)
    weights, codes = games.generator.weights, games.codes(4)
    assert torch.equal(weights[0], weights[1])
    assert torch.equal(codes[0], codes[1])
    assert not torch.isclose(weights[0], weights[2]).any()
    games.play(draw, 2)
    assert not torch.isclose(games.generator.weights[0], games.generator.weights[1]).all()


def test_weights_start_as_those_of_torch() -> None:
    games = ManyGames(range(400), hidden=(16,), latent=4)
    for (matrix, bias), inputs in zip(games.generator.layers(), (4, 16), strict=True):
        for part in (matrix, bias):
            assert part.abs().max() <= inputs**-0.5
            assert part.std().item() == pytest.approx((3 * inputs) ** -0.5, rel=0.05)


def test_the_written_out_gradient_is_the_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    d = Perceptrons([2, 5, 4, 1], torch.randn(3, 15 + 24 + 5, generator=generator).double())
    x = torch.randn(3, 6, 2, generator=generator).double().requires_grad_()
    (by_autograd,) = torch.autograd.grad(d(x).sum(), x, create_graph=True)
    written = d.input_gradient(x)
    torch.testing.assert_close(written, by_autograd)
    one, other = (
        torch.autograd.grad(g.square().sum(), d.weights)[0] for g in (written, by_autograd)
    )
    torch.testing.assert_close(one, other)


def test_the_average_warms_up_and_follows() -> None:
    games = ManyGames([0], lr=0.1, ema=0.5, **SMALL)
    expected = games.generator.weights.detach().clone()
    for t in range(8):
        games.play(draw, 1)
        expected += (1 - min(0.5, (1 + t) / (10 + t))) * (
            games.generator.weights - expected
        ).detach()
    torch.testing.assert_close(games.averaged.weights, expected)


def test_it_learns_where_the_data_are() -> None:
    games = ManyGames([0, 1, 2, 3], lr=1e-3, r1=1.0)
    games.play(draw, 600)
    x = games.sample(500, averaged=True)
    assert (x.mean(dim=1).abs() < 0.5).all()
    assert ((x.abs() - 1).abs().mean(dim=(1, 2)) < 0.3).all()


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: ManyGames([]), "seeds are empty"),
        (lambda: ManyGames([0, 1], lr=[1e-3] * 3), r"lr has shape \(3,\).* each of the 2 runs"),
        (lambda: ManyGames([0], r1=[[1.0]]), r"r1 has shape \(1, 1\)"),
        (lambda: ManyGames([0], discriminator_updates=0), "discriminator_updates=0, wanted"),
    ],
)
def test_settings_that_fit_no_run_are_refused(make, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()
