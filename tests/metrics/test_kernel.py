"""The kernel distance: a peer's kernel, exact unbiasedness, an honest error."""

import itertools
import math

import pytest
import torch
from sklearn.metrics.pairwise import polynomial_kernel
from torch import Tensor

from genlib.metrics import kernel


def noise(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_hand(x: Tensor, y: Tensor) -> float:
    """The unbiased estimate from single pairs, with the kernel of scikit-learn."""
    d = x.shape[1]
    xx, yy, xy = (
        polynomial_kernel(*pair, degree=3, gamma=1 / d, coef0=1)
        for pair in ((x, x), (y, y), (x, y))
    )
    within = [
        sum(k[i, j] for i, j in itertools.permutations(range(len(k)), 2)) / (len(k) * (len(k) - 1))
        for k in (xx, yy)
    ]
    return sum(within) - 2 * xy.mean()


def test_blocks_of_equal_rows_give_the_estimate_of_a_peer() -> None:
    # Whatever the order, each block is a copy of the same pair of rows.
    x, y = noise(1, 3), noise(1, 3, 1)
    found = kernel(x.expand(6, 3), y.expand(8, 3), blocks=2)
    assert found.value == pytest.approx(by_hand(x.expand(3, 3), y.expand(4, 3)), rel=1e-12)
    assert found.error == pytest.approx(0, abs=1e-12)


def test_the_mean_of_two_blocks_is_that_of_the_peers_blocks() -> None:
    x, y = noise(11, 3), noise(9, 3, 1) + 0.5
    order = [
        torch.randperm(n, generator=torch.Generator().manual_seed(s)) for n, s in ((11, 0), (9, 1))
    ]
    parts = zip(x[order[0]].split([6, 5]), y[order[1]].split([5, 4]), strict=True)
    one, two = (by_hand(*pair) for pair in parts)
    found = kernel(x, y, blocks=2)
    assert found.value == pytest.approx((one + two) / 2, rel=1e-12)
    assert found.error == pytest.approx(abs(one - two) / 2, rel=1e-12)


def test_the_estimate_is_unbiased_exactly() -> None:
    # All draws of four rows from two points each, weighed by their probability.
    points, p, q = torch.tensor([[0.0], [1.0]]), (0.3, 0.7), (0.6, 0.4)
    draws = list(itertools.product((0, 1), repeat=4))
    mean = sum(
        math.prod(p[i] for i in a)
        * math.prod(q[j] for j in b)
        * kernel(points[list(a)], points[list(b)], blocks=2).value
        for a in draws
        for b in draws
    )
    values = (points @ points.T + 1) ** 3
    gap = torch.tensor(p) - torch.tensor(q)
    assert mean == pytest.approx((gap @ values @ gap).item(), abs=1e-6)


def test_equal_distributions_are_at_zero_at_any_size_and_the_error_says_so() -> None:
    for n, runs in ((40, 200), (200, 100)):
        found = [kernel(noise(n, 4, 2 * run), noise(n, 4, 2 * run + 1)) for run in range(runs)]
        values = torch.tensor([each.value for each in found], dtype=torch.float64)
        errors = torch.tensor([each.error for each in found], dtype=torch.float64)
        assert abs(values.mean()) < 3 * values.std() / math.sqrt(runs)
        assert (values < 0).any()
        assert errors.square().mean().sqrt() == pytest.approx(values.std().item(), rel=0.25)


def test_third_moments_are_seen_and_fourth_are_not() -> None:
    n = 4000
    coins = noise(n, 1).sign()  # as N(0, 1) up to the third moment
    assert abs(kernel(coins, noise(n, 1, 1)).value) < 4 * kernel(coins, noise(n, 1, 1)).error
    skewed = noise(n, 1).square()
    skewed = (skewed - 1) / math.sqrt(2)  # mean 0, variance 1, skewness sqrt(8)
    assert kernel(skewed, noise(n, 1, 1)).value == pytest.approx(8, rel=0.4)


def test_rows_sorted_by_label_are_no_trouble() -> None:
    x, y = noise(500, 2), noise(500, 2, 1)
    x = x[x[:, 0].argsort()]
    found = kernel(x, y)
    assert abs(found.value) < 0.2
    assert found.error < 0.1
    assert found == kernel(x, y)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": torch.zeros(19, 2)}, r"x is \(19, 2\), wanted \(N, D\) with N at least 20"),
        ({"y": torch.zeros(20, 3)}, "have different numbers of features"),
        ({"y": torch.full((20, 2), math.nan)}, "y holds numbers that are not finite"),
        ({"blocks": 1}, "blocks=1, wanted a whole number, at least 2"),
        ({"blocks": 2.5}, "blocks=2.5, wanted"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kernel(**({"x": torch.zeros(20, 2), "y": torch.zeros(20, 2)} | arguments))
