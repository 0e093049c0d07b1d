"""Games on paper: what is played against the eigenvalues, and against what is known of them."""

from math import pi, sqrt

import pytest
import torch
from torch import Tensor

from genlib.gans import bilinear

A = torch.tensor([[1.0, 0.4], [-0.3, 0.7], [0.2, 0.9]]).double()


def measured(way: str, step: float, rounds: int = 400, matrix: Tensor | float = 1.0) -> float:
    """The factor a round, over many rounds, from a start in the slowest plane."""
    length = bilinear.path(way, [1.0, 0.5], step, rounds, matrix).norm(dim=1)
    return (length[-1] / length[rounds // 2]).item() ** (2 / rounds)


@pytest.mark.parametrize(
    ("way", "step", "wanted"),
    [
        ("simultaneous", 0.1, sqrt(1.01)),
        ("simultaneous", 1.0, sqrt(2)),
        ("alternating", 0.1, 1.0),
        ("alternating", 1.9, 1.0),
        ("alternating", 2.1, 1.8773),
        ("extragradient", 0.1, sqrt(1 - 0.01 + 0.0001)),
        ("extragradient", 1 / sqrt(2), 0.8660),
        ("extragradient", 1.0, 1.0),
        ("optimistic", 0.5, 0.7071),
        ("optimistic", 1 / sqrt(3), 1.0),
        ("optimistic", 0.6, 1.05735),
    ],
)
def test_rates_are_those_on_paper(way: str, step: float, wanted: float) -> None:
    assert bilinear.rate(way, step) == pytest.approx(wanted, abs=5e-5)


@pytest.mark.parametrize("step", [0.1, 0.5, 0.7])
@pytest.mark.parametrize("way", ["simultaneous", "extragradient"])
def test_what_is_played_has_the_rate_of_the_eigenvalue(way: str, step: float) -> None:
    assert measured(way, step) == pytest.approx(bilinear.rate(way, step), abs=1e-6)


def test_an_alternating_game_beyond_two_and_an_optimistic_one_have_theirs() -> None:
    assert measured("alternating", 2.1) == pytest.approx(
        bilinear.rate("alternating", 2.1), abs=1e-6
    )
    # below 1/2 all eigenvalues are complex and of different size: the largest wins
    for step in (0.1, 0.3):
        wanted = bilinear.rate("optimistic", step)
        assert measured("optimistic", step, 2000) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("way", bilinear.WAYS)
@pytest.mark.parametrize("matrix", [1.0, A, A.T], ids=["number", "tall", "wide"])
def test_the_map_is_what_is_played(way: str, matrix: Tensor | float) -> None:
    n = 5 if isinstance(matrix, Tensor) else 2
    start = torch.randn(n, generator=torch.Generator().manual_seed(0)).double()
    places = bilinear.path(way, start, 0.3, 6, matrix)
    m = bilinear.linear_map(way, 0.3, matrix)
    state = start if len(m) == n else torch.cat([start, start])
    for place in places:
        torch.testing.assert_close(state[:n], place)
        state = m @ state


def test_one_round_by_hand() -> None:
    x, y, h = 1.0, 2.0, 0.1
    ends = {way: bilinear.path(way, [x, y], h, 1)[1].tolist() for way in bilinear.WAYS}
    assert ends["simultaneous"] == pytest.approx([x - h * y, y + h * x])
    assert ends["alternating"] == pytest.approx([x - h * y, y + h * (x - h * y)])
    assert ends["extragradient"] == pytest.approx([x - h * (y + h * x), y + h * (x - h * y)])
    assert ends["optimistic"] == pytest.approx(ends["simultaneous"])  # nothing to take back yet
    two = bilinear.path("optimistic", [x, y], h, 2)
    by_hand = two[1] - h * torch.tensor([2 * two[1, 1] - y, x - 2 * two[1, 0]])
    torch.testing.assert_close(two[2], by_hand)


def test_alternating_goes_round_on_an_ellipse() -> None:
    # x^2 + y^2 - eta x y stays as it is
    x, y = bilinear.path("alternating", [1.0, 0.0], 0.5, 200).T
    torch.testing.assert_close(x**2 + y**2 - 0.5 * x * y, torch.ones(201).double())
    angles = torch.linalg.eigvals(bilinear.linear_map("alternating", 0.5)).angle().abs()
    assert 2 * pi / angles[0] == pytest.approx(12.4, abs=0.1)  # rounds a turn


def test_means_go_to_rest_where_the_path_is_bounded_and_not_where_it_is_not() -> None:
    alternating = bilinear.means(bilinear.path("alternating", [1.0, 0.0], 0.1, 4000)).norm(dim=1)
    assert alternating[4000] < 0.006  # as 1/T
    simultaneous = bilinear.means(bilinear.path("simultaneous", [1.0, 0.0], 0.1, 4000)).norm(dim=1)
    assert simultaneous[4000] > 1
    torch.testing.assert_close(bilinear.means(torch.tensor([[2.0], [4.0], [9.0]])),
                               torch.tensor([[2.0], [3.0], [5.0]]))  # fmt: skip


def test_each_singular_value_has_its_own_rate() -> None:
    top = torch.linalg.svdvals(A)
    rates = [bilinear.rate("extragradient", 0.3, value.item()) for value in top]
    assert bilinear.rate("extragradient", 0.3, torch.diag(top)) == pytest.approx(max(rates))
    assert bilinear.rate("extragradient", 0.3, A) == pytest.approx(1)  # A A^T has a null space


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: bilinear.path("optimist", [1, 1], 0.1, 1), "did you mean 'optimistic'"),
        (lambda: bilinear.path("alternating", [1, 1, 1], 0.1, 1), r"wanted \(2,\)"),
        (lambda: bilinear.path("alternating", [1, 1], 0.1, 0), "rounds=0"),
        (lambda: bilinear.rate("alternating", 0.0), "step=0.0"),
        (lambda: bilinear.rate("alternating", 0.1, torch.ones(2)), r"a matrix \(2,\)"),
        (lambda: bilinear.linear_map("turns", 0.1), "way='turns'"),
    ],
)
def test_impossible_games_are_refused(call, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()
