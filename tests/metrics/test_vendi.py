"""The Vendi score: exact where nothing, or everything, is in common."""

import math

import pytest
import torch
from torch import Tensor

from genlib.metrics import vendi


def noise(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("n", [1, 4, 12])
def test_orthogonal_rows_count_each(n: int) -> None:
    assert vendi(3 * torch.eye(12)[:n]) == pytest.approx(n)


def test_equal_rows_count_as_one_and_lengths_do_not_matter() -> None:
    rows = noise(1, 5) * torch.arange(1, 9).double().unsqueeze(1)
    assert vendi(rows) == pytest.approx(1)


def test_equal_groups_count_as_many_as_they_are() -> None:
    assert vendi(torch.eye(5).repeat(7, 1)) == pytest.approx(5)  # n above D
    assert vendi(torch.eye(40)[:5].repeat(3, 1)) == pytest.approx(5)  # n below D
    far = (100 * torch.arange(5.0)).repeat(7).unsqueeze(1)
    assert vendi(far, width=1.0) == pytest.approx(5)


def test_unequal_groups_count_as_their_entropy_says() -> None:
    shares = torch.tensor([0.5, 0.3, 0.2]).double()
    rows = torch.eye(3).repeat_interleave(torch.tensor([5, 3, 2]), 0)
    assert vendi(rows) == pytest.approx(math.exp(-(shares * shares.log()).sum().item()))


def test_two_rows_by_hand() -> None:
    # The eigenvalues of [[1, k], [k, 1]] / 2 are (1 + k) / 2 and (1 - k) / 2.
    def entropy(k: float) -> float:
        return -sum(v * math.log(v) for v in ((1 + k) / 2, (1 - k) / 2))

    angle = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    assert vendi(angle) == pytest.approx(math.exp(entropy(0.6)))
    apart = torch.tensor([[0.0], [3.0]])
    assert vendi(apart, width=2.0) == pytest.approx(math.exp(entropy(math.exp(-9 / 8))))


def test_both_ways_to_the_cosine_agree() -> None:
    wide = noise(9, 20)
    tall = torch.cat([wide, torch.zeros(9, 0)], 1)[:, :6]
    for rows in (wide, tall):
        unit = torch.nn.functional.normalize(rows)
        values = torch.linalg.eigvalsh(unit @ unit.T / 9).clamp(min=1e-300)
        assert vendi(rows) == pytest.approx(math.exp(-(values * values.log()).sum().item()))


def test_a_gaussian_kernel_goes_from_one_to_all() -> None:
    rows = noise(20, 3)
    assert vendi(rows, width=1e-3) == pytest.approx(20)
    assert vendi(rows, width=1e3) == pytest.approx(1, abs=1e-3)
    assert 2 < vendi(rows, width=1.0) < 20


def test_copies_of_the_data_are_as_diverse_as_they() -> None:
    rows = noise(50, 8)
    assert vendi(rows.repeat(2, 1)) == pytest.approx(vendi(rows))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": torch.zeros(3, 2)}, "a row of x is all zeros, which has no cosine"),
        ({"x": torch.ones(3)}, r"x is \(3,\), wanted \(N, D\)"),
        ({"width": 0.0}, "width=0.0, wanted None or a positive number"),
        ({"x": torch.full((3, 2), math.nan)}, "not finite"),
    ],
)
def test_what_has_no_score_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        vendi(**({"x": torch.ones(3, 2)} | arguments))
