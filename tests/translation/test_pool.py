"""The pool of earlier fakes."""

import pytest
import torch
from torch import Tensor

from genlib.translation import ImagePool


def numbered(begin: int, n: int) -> Tensor:
    return torch.arange(begin, begin + n).float().view(n, 1, 1, 1).expand(n, 1, 2, 2).clone()


def numbers(images: Tensor) -> list[int]:
    assert (images == images[:, :, :1, :1]).all()  # no image is mixed with another
    return images[:, 0, 0, 0].int().tolist()


def test_until_it_is_full_it_keeps_what_it_hands_out() -> None:
    pool = ImagePool((1, 2, 2), 10)
    assert numbers(pool(numbered(0, 4))) == [0, 1, 2, 3]
    assert numbers(pool(numbered(4, 4))) == [4, 5, 6, 7]
    assert pool.count == 8
    assert numbers(pool.images[:8]) == list(range(8))


def test_the_batch_that_fills_it_meets_only_what_was_there() -> None:
    torch.manual_seed(0)
    for _ in range(50):
        pool = ImagePool((1, 2, 2), 6)
        pool(numbered(1, 4))
        handed = numbers(pool(numbered(5, 6)))
        assert pool.count == 6
        assert sorted(handed + numbers(pool.images)) == sorted([*range(1, 5), *range(5, 11), 5, 6])
        assert handed[:2] == [5, 6]


def test_nothing_is_lost_and_half_of_what_it_hands_out_is_old() -> None:
    torch.manual_seed(0)
    pool = ImagePool((1, 2, 2), 20)
    pool(numbered(0, 20))
    before, old = numbers(pool.images), 0
    for k in range(1, 301):
        given = list(range(20 * k, 20 * k + 8))
        handed = numbers(pool(numbered(20 * k, 8)))
        assert sorted(handed + numbers(pool.images)) == sorted(before + given)
        # one that is handed out now was given now, in its own place, or is old
        assert all(out == given[i] or out < given[0] for i, out in enumerate(handed))
        old += sum(out < given[0] for out in handed)
        before = numbers(pool.images)
    assert old / (300 * 8) == pytest.approx(0.5, abs=0.04)  # four standard errors


def test_all_places_are_exchanged_alike() -> None:
    torch.manual_seed(0)
    pool = ImagePool((1, 2, 2), 5)
    pool(numbered(0, 5))
    counts = torch.zeros(5)
    for k in range(2000):
        before = pool.images.clone()
        pool(numbered(10 + 2 * k, 2))
        counts += (pool.images != before).flatten(1).any(1)
    assert counts.sum() == pytest.approx(2000, abs=130)
    assert (counts / 400 - 1).abs().max() < 0.2


def test_a_small_pool_lets_the_rest_of_a_batch_through() -> None:
    pool = ImagePool((1, 2, 2), 3)
    pool(numbered(0, 5))
    assert numbers(pool(numbered(10, 5)))[3:] == [13, 14]
    fakes = numbered(0, 3)
    assert ImagePool((1, 2, 2), 0)(fakes) is fakes


def test_it_is_saved_and_carries_no_gradient() -> None:
    pool = ImagePool((1, 2, 2), 4)
    fakes = numbered(0, 4).requires_grad_()
    assert not pool(fakes).requires_grad
    other = ImagePool((1, 2, 2), 4)
    other.load_state_dict(pool.state_dict())
    assert numbers(other.images) == [0, 1, 2, 3]
    assert other.count == 4


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="pool=-1, wanted a number of images from 0"):
        ImagePool(size=-1)
