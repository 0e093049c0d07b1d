"""Codes of partners that find each other."""

import pytest
import torch

from genlib.metrics import retrieval

CODES = torch.randn(200, 2, 4, generator=torch.Generator().manual_seed(0))


def test_partners_find_each_other() -> None:
    assert retrieval(CODES, CODES + 1e-3) == 1.0
    assert retrieval(CODES, CODES.roll(1, 0)) == 0.0


def test_codes_that_know_nothing_are_right_by_chance() -> None:
    other = torch.randn(CODES.shape, generator=torch.Generator().manual_seed(1))
    assert retrieval(CODES, other) < 0.03
    assert retrieval(CODES, torch.zeros_like(CODES)) == pytest.approx(1 / 200)  # all are as near


def test_each_code_looks_among_the_partners() -> None:
    codes, partners = torch.tensor([[0.0], [1.0], [5.0]]), torch.tensor([[0.4], [0.9], [0.8]])
    assert retrieval(codes, partners) == pytest.approx(2 / 3)  # 5 is nearest to .9
    assert retrieval(partners, codes) == pytest.approx(2 / 3)


def test_codes_of_another_number_or_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"codes \(200, 2, 4\), partners \(199, 2, 4\)"):
        retrieval(CODES, CODES[:199])
    with pytest.raises(ValueError, match="codes holds numbers that are not finite"):
        retrieval(CODES * torch.inf, CODES)
