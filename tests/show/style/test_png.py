import io

import numpy as np
import pytest
from PIL import Image

from genlib.show.style import png


def unpack(data, mode="RGBA"):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA").convert(mode))


@pytest.fixture
def flags():
    """Four colours in 40 by 60 pixels."""
    pixels = np.full((40, 60, 3), 255, np.uint8)
    pixels[10:20, 10:30] = (0, 114, 178)
    pixels[10:20, 30:50] = (213, 94, 0)
    pixels[25] = (47, 54, 64)
    return pixels


@pytest.fixture
def many():
    """More colours than a palette holds, on white."""
    pixels = np.full((100, 100, 3), 255, np.uint8)
    pixels[20:80, 20:80] = np.random.default_rng(0).integers(0, 256, (60, 60, 3))
    return pixels


def test_few_colours_come_back_exactly(flags):
    back = unpack(png.pack(flags))
    np.testing.assert_array_equal(back[5:-5, 9:-9, :3], flags[5:-5, 9:-9])


def test_it_is_a_palette_png(flags):
    data = png.pack(flags)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert Image.open(io.BytesIO(data)).mode == "P"


def test_all_four_corners_are_transparent_and_the_rest_is_solid(flags):
    alpha = unpack(png.pack(flags))[..., 3]
    assert [alpha[y, x] for y in (0, -1) for x in (0, -1)] == [0, 0, 0, 0]
    assert (alpha[9:-9] == 255).all()
    assert (alpha[:, 9:-9] == 255).all()
    np.testing.assert_array_equal(alpha, alpha[::-1, ::-1])


def test_many_colours_become_few_and_white_stays_white(many):
    back = unpack(png.pack(many, colours=32), "RGB")
    assert len(np.unique(back[9:-9].reshape(-1, 3), axis=0)) <= 32
    assert (back[10:20, 10:90] == 255).all()


def test_more_colours_come_closer(many):
    far, near = (
        np.abs(unpack(png.pack(many, colours=n), "RGB")[9:-9].astype(int) - many[9:-9]).mean()
        for n in (8, 64)
    )
    assert near < far / 1.5


def test_same_pixels_same_bytes(many):
    assert png.pack(many) == png.pack(many.copy())


def test_no_text_chunk_with_versions_or_times(flags):
    assert all(chunk not in png.pack(flags) for chunk in (b"tEXt", b"tIME", b"iTXt"))


def test_encoding_leaves_the_figure_as_it_was():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1), dpi=72)
    canvas = figure.canvas
    data = png.encode(figure)
    assert unpack(data).shape == (110, 220, 4)
    assert figure.dpi == 72
    assert figure.canvas is canvas
