"""Pictures and their partners."""

import pytest
import torch

from genlib.data import Pairs, load, pairs

COLOURS = torch.tensor([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]], dtype=torch.uint8)


def numbered(n: int, offset: int) -> torch.Tensor:
    return (offset + torch.arange(n, dtype=torch.uint8)).view(n, 1, 1, 1).expand(n, 1, 2, 2)


def test_an_outline_is_the_ring_around_a_point_and_black_inside() -> None:
    x = torch.zeros(1, 1, 5, 5, dtype=torch.uint8)
    x[0, 0, 2, 2] = 200
    ring = torch.zeros(5, 5)
    ring[1:4, 1:4] = 200
    ring[2, 2] = 0
    found = pairs.outlines(x)
    assert found.first[0, 0].tolist() == ring.tolist()
    assert torch.equal(found.second, x)
    assert not pairs.outlines(torch.full((1, 1, 4, 4), 90, dtype=torch.uint8)).first.any()


def test_digits_and_their_outlines() -> None:
    digits = load("mnist", "validation")[:50]
    found = pairs.outlines(digits)
    assert torch.equal(found.second, digits.images)
    x, y = found.unit()
    assert (x * y).mean() < 0.2 * y.mean()  # an outline lies outside of the stroke


def test_grey_is_how_bright_a_colour_looks() -> None:
    x = COLOURS.view(4, 3, 1, 1).expand(4, 3, 2, 2)
    found = pairs.colouring(x)
    assert found.first.shape == (4, 1, 2, 2)
    assert found.first[:, 0, 0, 0].tolist() == [76, 150, 29, 255]
    assert torch.equal(found.second, x)


def test_a_small_picture_is_the_mean_of_squares_and_stays_in_place() -> None:
    x = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    x[0, 0, :4] = 200
    blurred = pairs.super_resolution(x, 4).first[0, 0].float()
    # between the centres of the small pixels, rows 1.5 and 5.5, it falls evenly
    assert blurred[:, 0].tolist() == [200, 200, 175, 125, 75, 25, 0, 0]
    assert (blurred == blurred[:, :1]).all()
    even = torch.full((1, 3, 6, 6), 77, dtype=torch.uint8)
    assert torch.equal(pairs.super_resolution(even, 2).first, even)


def test_unpaired_pictures_have_no_partner_among_them() -> None:
    whole = Pairs(numbered(7, 0), numbered(7, 100))
    found = whole.unpaired()
    assert found.first[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert found.second[:, 0, 0, 0].tolist() == [103, 104, 105]
    with pytest.raises(ValueError, match="one pair has no two halves"):
        whole[:1].unpaired()


def test_pairs_are_cut_reversed_and_scaled_together() -> None:
    whole = Pairs(numbered(4, 0), numbered(4, 100))
    some = whole[torch.tensor([3, 1])].reversed()
    assert some.first[:, 0, 0, 0].tolist() == [103, 101]
    assert some.second[:, 0, 0, 0].tolist() == [3, 1]
    assert repr(some) == "Pairs(2 of shapes (1, 2, 2) and (1, 2, 2))"
    assert torch.equal(some.unit()[0] * 2 - 1, some.symmetric()[0])
    with pytest.raises(TypeError, match=r"take pairs\[2:3\]"):
        whole[2]


@pytest.mark.parametrize("make", [pairs.outlines, pairs.colouring, pairs.super_resolution])
def test_other_than_stored_images_are_refused(make: object) -> None:
    with pytest.raises(ValueError, match=r"images are uint8 \(N, C, H, W\)"):
        make(torch.zeros(2, 3, 8, 8))


def test_what_makes_no_pair_is_named() -> None:
    with pytest.raises(ValueError, match="4 pictures and 3 partners"):
        Pairs(numbered(4, 0), numbered(3, 0))
    with pytest.raises(ValueError, match=r"shape \(4, 1, 2, 2\), wanted \(N, 3, H, W\)"):
        pairs.colouring(numbered(4, 0))
    with pytest.raises(ValueError, match="factor=3, wanted a divisor of 8 and 8"):
        pairs.super_resolution(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), 3)
    with pytest.raises(ValueError, match="factor=1: wanted a whole number, at least 2"):
        pairs.super_resolution(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), 1)
