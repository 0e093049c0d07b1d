import io

import numpy as np
import pytest
import torch
from PIL import Image

from genlib import show
from genlib.show.figures.mosaic import montage, unit_pixels
from genlib.show.style import png


def tiles(*shades, side=4, channels=1):
    return torch.stack([torch.full((channels, side, side), float(s)) for s in shades])


def test_zero_is_black_and_one_is_white():
    pixels = unit_pixels(tiles(0, 1, 0.5))
    assert pixels.shape == (3, 4, 4, 3)
    assert pixels[:, 0, 0, 0].tolist() == [0, 255, 128]


def test_low_and_high_set_black_and_white():
    assert unit_pixels(tiles(-1, 0, 1), low=-1)[:, 0, 0, 0].tolist() == [0, 128, 255]


def test_bytes_are_taken_as_they_are():
    images = torch.tensor([[[[0, 7], [200, 255]]]], dtype=torch.uint8)
    assert unit_pixels(images)[0, ..., 0].tolist() == [[0, 7], [200, 255]]


def test_colour_channels_stay_apart():
    red = torch.zeros(1, 3, 2, 2)
    red[:, 0] = 1
    assert unit_pixels(red)[0, 0, 0].tolist() == [255, 0, 0]


def test_images_run_along_rows_and_the_last_row_is_filled_with_white():
    mosaic = montage(unit_pixels(tiles(0.1, 0.2, 0.3, side=2)), columns=2)
    assert mosaic.shape == (5, 5, 3)
    assert mosaic[0, [0, 3], 0].tolist() == [26, 51]
    assert mosaic[3, [0, 3], 0].tolist() == [76, 255]
    assert (mosaic[2] == 255).all()


def test_every_pixel_is_a_square_of_whole_pixels_in_the_file():
    board = (torch.arange(64).reshape(1, 1, 8, 8) % 9 % 2).float()
    back = np.asarray(Image.open(io.BytesIO(show.grid(board).png())).convert("RGBA"))[..., 0]
    inner = back[12:-12, 12:-12]
    scale = len(inner) // 8
    assert scale > 1
    expected = board[0, 0].numpy().repeat(scale, 0).repeat(scale, 1) * 255
    np.testing.assert_array_equal(inner, expected)


@pytest.mark.parametrize(("count", "columns", "side"), [(10, 10, 32), (25, 5, 8), (3, 3, 28)])
def test_many_images_are_exact_too(count, columns, side):
    images = (torch.rand(count, 1, side, side) > 0.5).float()
    back = np.asarray(Image.open(io.BytesIO(show.grid(images).png())).convert("RGBA"))[..., 0]
    inner = back[12:-12, 12:-12]
    shades = montage(unit_pixels(images), columns)[..., 0]
    scale = len(inner) // len(shades)
    np.testing.assert_array_equal(inner, shades.repeat(scale, 0).repeat(scale, 1))


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (8, 8), (10, 10), (16, 4), (64, 8), (50, 10)]
)
def test_pleasant_shapes(count, columns):
    image = show.grid(torch.zeros(count, 1, 28, 28)).axes[0].images[0].get_array()
    assert image.shape[1] == columns * 29 - 1


def test_no_wider_than_the_page():
    assert png.render(show.grid(torch.zeros(100, 1, 28, 28))).shape[1] <= 660


def test_sixty_four_digits_weigh_little():
    noise = torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(0)).round()
    assert len(show.grid(noise).png()) < 30_000


def test_words_stand_where_they_were_given():
    axes = show.grid(tiles(0, 1, 0, 1), 2, title="T", labels=[3, 5, 7, 9], rows=["a", "b"]).axes[0]
    assert [text.get_text() for text in axes.texts] == ["3", "5", "7", "9", "a", "b"]
    assert axes.get_title(loc="left") == "T"


def test_it_draws_into_given_axes():
    picture, (left, right) = show.figure(1, 2)
    assert show.grid(tiles(0, 1), axes=right) is picture
    assert not left.images
    assert right.images


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(3, 28, 28), r"shape \(N, C, H, W\).*got \(3, 28, 28\)"),
        (torch.zeros(3, 2, 4, 4), r"C = 1 or 3, got \(3, 2, 4, 4\)"),
        (torch.zeros(0, 1, 4, 4), r"got \(0, 1, 4, 4\)"),
        (tiles(-1, 1), r"\[0, 1\], got \[-1, 1\]"),
        (tiles(0, float("nan")), r"got \[nan, nan\]"),
        (np.zeros((3, 1, 4, 4)), "must be a tensor"),
    ],
)
def test_what_is_no_stack_of_images_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        show.grid(images)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["a"]}, "each image: 2, got 1"),
        ({"rows": ["a", "b"]}, "each row: 1, got 2"),
        ({"columns": 0}, "at least 1"),
        ({"low": 1.0}, "low must be below high"),
    ],
)
def test_what_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        show.grid(tiles(0, 1), **options)


def test_named_sets_make_a_row_each():
    sets = {"data": tiles(0, 0.2, 0.4), "model": tiles(0.6, 0.8, 1)}
    axes = show.grid(sets).axes[0]
    assert [text.get_text() for text in axes.texts] == ["data", "model"]
    stacked = show.grid(torch.cat(list(sets.values())), 3, rows=list(sets)).axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), stacked.images[0].get_array())


def test_a_set_that_takes_several_rows_is_named_at_the_first():
    sets = {"first": tiles(0, 0, 0, 0), "ninth": tiles(1, 1, 1, 1)}
    axes = show.grid(sets, 2).axes[0]
    assert [text.get_text() for text in axes.texts] == ["first", "", "ninth", ""]
    assert axes.images[0].get_array().shape[:2] == (4 * 5 - 1, 2 * 5 - 1)


def test_images_of_any_kind():
    assert unit_pixels(tiles(0, 1).bool()).max() == 255
    assert unit_pixels(tiles(0, 1).bfloat16().requires_grad_()).max() == 255


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        ({}, {}, "images is empty"),
        ({"a": tiles(0), "b": tiles(0, 1)}, {}, "every row needs images alike and equally many"),
        ({"a": tiles(0), "b": tiles(0, side=5)}, {}, "every row needs images alike"),
        ({"a": tiles(0, 1, 0)}, {"columns": 2}, "3 images of a name do not fill rows of columns=2"),
        ({"a": tiles(0)}, {"rows": ["a"]}, "the rows are named twice"),
        ({"a": [1, 2]}, {}, "'a' must be a tensor"),
        (tiles(0, 1), {"columns": 1.5}, "columns must be a whole number, at least 1, got 1.5"),
        (tiles(0, 1).to(torch.complex64), {}, "of real numbers, got torch.complex64"),
        (tiles(0, 1), {"axes": np.zeros(2)}, "axes must be one matplotlib Axes, got ndarray"),
    ],
)
def test_what_makes_no_rows_is_refused(images, options, message):
    with pytest.raises(ValueError, match=message):
        show.grid(images, **options)
