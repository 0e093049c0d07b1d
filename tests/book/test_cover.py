"""The picture of the first page is what its code draws, and can be read on a phone."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from book.cover.drawing import COLUMNS, LABELS, LETTERS, MARGIN, PICTURE, TILE, cover
from book.cover.rows import REBUILT, ROWS
from genlib.data import load

ROOT = Path(__file__).parents[2]
PHONE = 358  # CSS pixels: the width of the text on a screen of 390
WORDS = {6: "six", 8: "eight", 10: "ten"}
NAMES = [f"{row.model}, {row.does}" for row in ROWS]


@pytest.fixture(scope="module")
def digits():
    return load("mnist", "test").binary(seed=0)[:COLUMNS]


@pytest.fixture(scope="module")
def drawn():
    return pixels(cover().png())


@pytest.fixture(scope="module")
def stored():
    return pixels(PICTURE.read_bytes())


def pixels(png):
    """Grey levels (H, W) on white."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA").convert("L"), float)


def band(picture, number):
    """One row of the picture, with its label."""
    top = MARGIN + number * TILE
    return picture[top : top + TILE]


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_a_row_has_an_image_for_each_digit(row, digits):
    images = row.images(digits)
    assert images.shape == digits.shape
    assert 0 <= images.min() <= images.max() <= 1
    assert torch.equal(images, row.images(digits))


@pytest.mark.parametrize("row", [r for r in ROWS if r.does == REBUILT], ids=lambda r: r.model)
def test_each_digit_is_given_back_below_itself(row, digits):
    distances = torch.cdist(row.images(digits).flatten(1), digits.flatten(1))
    assert torch.equal(distances.argmin(1), torch.arange(COLUMNS))


def test_rows_can_be_told_apart():
    assert len(set(NAMES)) == len(NAMES)


def test_stored_and_drawn_picture_have_one_size(stored, drawn):
    assert stored.shape == drawn.shape


@pytest.mark.parametrize("number", range(len(ROWS)), ids=NAMES)
def test_the_stored_picture_is_what_the_code_draws(stored, drawn, number):
    # Another version of torch or matplotlib may change some shades a little; another seed, model,
    # image or place of a word changes a row by more than this on average.
    assert np.abs(band(stored, number) - band(drawn, number)).mean() < 2


def test_digits_are_shown_pixel_for_pixel(stored, digits):
    left = MARGIN + LABELS
    first = stored[MARGIN : MARGIN + 56, left : left + 56]
    doubled = digits[0, 0].repeat_interleave(2, 0).repeat_interleave(2, 1).numpy() * 255
    assert np.abs(first - doubled).max() < 4


def test_it_is_a_small_palette_picture():
    assert PICTURE.stat().st_size <= 60_000
    assert Image.open(PICTURE).mode == "P"


def test_labels_can_be_read_on_a_phone(stored):
    assert LETTERS * PHONE / stored.shape[1] >= 11


def test_labels_stay_on_the_plate(stored):
    assert stored[20:-20, :4].min() > 250


@pytest.mark.parametrize("page", ["index.md", "README.md"])
def test_pages_show_it_and_say_how_many_are_shown(page):
    text = " ".join((ROOT / page).read_text("utf8").split())
    assert "book/cover.png" in text
    assert f"first {WORDS[COLUMNS]} " in text
