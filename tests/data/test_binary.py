"""Every image of a few pixels, once."""

import math

import pytest
import torch

from genlib.data import all_binary_images, bars_and_stripes


@pytest.mark.parametrize(("height", "width"), [(1, None), (2, None), (3, None), (1, 4), (3, 2)])
def test_every_image_is_there_once(height: int, width: int | None) -> None:
    images = all_binary_images(height, width)
    pixels = height * (width or height)
    assert images.shape == (2**pixels, 1, height, width or height)
    assert images.dtype == torch.float32
    assert set(images.unique().tolist()) == {0.0, 1.0}
    assert len(images.unique(dim=0)) == 2**pixels


def test_the_order_is_that_of_binary_numbers() -> None:
    images = all_binary_images(2)
    bits = [[int(b) for b in f"{n:04b}"] for n in range(16)]
    assert images.flatten(1).tolist() == bits
    grid = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 6)
    assert torch.equal(all_binary_images(2, 3).flatten(1), grid)


def test_as_many_as_four_by_four() -> None:
    assert all_binary_images(4).shape == (65_536, 1, 4, 4)
    assert all_binary_images(4).mean() == 0.5


@pytest.mark.parametrize("side", [0, -1, 2.0, 1.5, True, "2", None, math.nan], ids=repr)
def test_a_side_is_a_whole_number(side: object) -> None:
    with pytest.raises(ValueError, match=r"height=.*: wanted a whole number, at least 1"):
        all_binary_images(side)
    if side is not None:
        with pytest.raises(ValueError, match=r"width=.*: wanted a whole number, at least 1"):
            all_binary_images(2, side)


@pytest.mark.parametrize(("sides", "pixels"), [((5,), 25), ((28,), 784), ((1, 17), 17)])
def test_more_than_fit_in_memory_are_refused(sides: tuple[int, ...], pixels: int) -> None:
    with pytest.raises(ValueError, match=rf"2\*\*{pixels} images, wanted at most 16 pixels"):
        all_binary_images(*sides)


@pytest.mark.parametrize("side", [2, 3, 4])
def test_bars_and_stripes_are_those_of_all_images(side: int) -> None:
    images = all_binary_images(side)
    rows = (images == images[..., :1]).all(-1).all(-1).flatten()
    columns = (images == images[..., :1, :]).all(-1).all(-1).flatten()
    expected = {tuple(image) for image in images[rows | columns].flatten(1).tolist()}
    found = bars_and_stripes(side).flatten(1).tolist()
    assert len(found) == 2 ** (side + 1) - 2
    assert {tuple(image) for image in found} == expected
