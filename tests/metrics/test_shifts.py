"""The shift at which pictures fit their partners."""

import pytest
import torch

from genlib.metrics import Shift, best_shift, mean_absolute_error

Y = torch.rand(6, 3, 12, 14, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, -1), (-1, 2), (-2, -2)])
def test_a_shift_is_found_and_undone(down: int, right: int) -> None:
    x = Y.roll((down, right), (2, 3)) + 0.01
    found = best_shift(x, Y)
    assert (found.down, found.right) == (down, right)
    assert found.error == pytest.approx(0.01)
    inner = (slice(None), slice(None), slice(2, -2), slice(2, -2))
    assert found.unmoved == pytest.approx(mean_absolute_error(x[inner], Y[inner]))


def test_without_reach_it_is_the_plain_error() -> None:
    x = Y.flip(0)
    error = mean_absolute_error(x, Y)
    assert best_shift(x, Y, 0) == Shift(error, 0, 0, error)
    assert mean_absolute_error(x, Y) == pytest.approx((x - Y).abs().mean().item())


def test_one_shift_is_taken_for_all() -> None:
    x = torch.cat([Y[:3].roll(1, 2), Y[3:].roll(-1, 2)])
    assert best_shift(x, Y).error > 0.1


def test_what_cannot_be_compared_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"\(5, 3, 12, 14\) and \(6, 3, 12, 14\), wanted one shape"
    ):
        best_shift(Y[:5], Y)
    with pytest.raises(ValueError, match="reach=6 leaves nothing of"):
        best_shift(Y, Y, 6)
    with pytest.raises(ValueError, match="reach=-1, wanted a whole number"):
        best_shift(Y, Y, -1)
    with pytest.raises(ValueError, match="not finite"):
        mean_absolute_error(Y, Y * torch.nan)
