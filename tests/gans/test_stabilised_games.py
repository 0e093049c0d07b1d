"""Many games with a stabiliser are as many single games with it."""

import math

import pytest
import torch

from genlib.gans import NonSaturating, Relativistic, StabilisedGames
from tests.gans.alone import SMALL, assert_nearly_alike, played_alone

REMEDIES = {
    "none": {},
    "smoothing": {"smoothing": 0.2},
    "feature matching": {"feature_matching": True},
    "historical": {"historical": 3.0},
    "std": {"minibatch_std": True},
    "discrimination": {"minibatch_kernels": 3},
    "unrolled": {"unrolled": 3, "unrolled_lr": 0.3},
    "unrolled with R1": {"unrolled": 2, "r1": [0.3, 0.0, 1.0]},
    "unrolled std": {"unrolled": 2, "minibatch_std": True},
    "both turns": {"historical": 1.0, "discriminator_lr": [3e-3, 1e-3, 1e-2]},
}


@pytest.mark.parametrize("remedy", REMEDIES, ids=str)
def test_each_run_is_a_game_trained_by_itself(remedy: str) -> None:
    games = StabilisedGames([4, 4, 7], lr=[1e-3, 3e-3, 1e-2], **REMEDIES[remedy], **SMALL)
    assert_nearly_alike(games, played_alone(games, spread=3.0))


@pytest.mark.parametrize("loss", [NonSaturating(), Relativistic()], ids=repr)
def test_noise_is_what_it_says_and_fades(loss: object) -> None:
    games = StabilisedGames([0, 0, 1], loss, noise=0.5, noise_rounds=4, **SMALL)
    nothing = torch.zeros(3, 4000, 2)
    first = games.seen(nothing)
    assert torch.equal(first[0], first[1])  # of one seed
    assert not torch.equal(first[0], first[2])
    assert abs(first.std() - 0.5) < 0.02
    for left in (0.375, 0.25, 0.125, 0.0, 0.0):
        games.play(lambda n, stream: torch.randn(n, 2, generator=stream), 1, 8)
        assert abs(games.seen(nothing).std() - left) < 0.02
    assert StabilisedGames([0], noise=0.3).noise_rounds == math.inf


def test_noise_leaves_data_and_codes_as_they_are() -> None:
    seen = []
    for noise in (0.0, 0.5):
        games = StabilisedGames([3], noise=noise, **SMALL)
        games.seen(torch.zeros(1, 9, 2))
        seen.append(games.codes(5))
    assert torch.equal(*seen)


def test_a_penalty_on_a_comparing_discriminator_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\['r1'\] want a D that treats examples apart"):
        StabilisedGames([0], minibatch_std=True, r1=1.0)


@pytest.mark.parametrize(
    "together",
    [
        {"minibatch_std": True, "minibatch_kernels": 2},
        {"feature_matching": True, "minibatch_std": True},
        {"feature_matching": True, "minibatch_kernels": 2},
        {"feature_matching": True, "unrolled": 2},
    ],
    ids=str,
)
def test_what_no_single_game_does_so_is_refused(together: dict) -> None:
    first, second = together
    with pytest.raises(ValueError, match=f"{first} and {second} together"):
        StabilisedGames([0], **together)
