import base64
import subprocess
import sys

import pytest
from matplotlib.figure import Figure

from genlib import show
from genlib.show.style.picture import STYLE

LIGHT = """
import sys
from genlib.show import animate, curves, density, explore, figure, grid, history, palette, style
loaded = {name.partition(".")[0] for name in sys.modules}
print(sorted(loaded & {"matplotlib", "ipywidgets", "IPython", "PIL", "torchvision"}))
"""


@pytest.fixture
def shown(monkeypatch):
    """What a cell that ends in a picture would send."""
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: calls.append((a, k)))
    return calls


def test_importing_show_imports_no_drawing_library():
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_drawing_does_not_touch_pyplot():
    code = (
        "import sys; from genlib import show; show.curves({'a': [1, 2]}).png();"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_picture_is_a_matplotlib_figure():
    assert isinstance(show.curves({"a": [1, 2]}), Figure)


def test_it_shows_itself_once_as_png_with_alt(shown):
    picture = show.curves({"a": [1, 2]}, alt="A line that rises.")
    picture._ipython_display_()
    ((content,), options) = shown[0]
    assert len(shown) == 1
    assert base64.b64decode(content["image/png"]) == picture.png()
    assert content["text/plain"] == "<Figure: A line that rises.>"
    assert options["metadata"] == {"image/png": {"alt": "A line that rises."}}


def test_its_text_says_nothing_that_varies():
    assert repr(show.figure()[0]) == "<Figure>"


def test_same_drawing_same_bytes():
    first, second = (show.curves({"a": [3, 1, 2]}, title="T").png() for _ in range(2))
    assert first == second


def test_it_is_light():
    assert len(show.curves({"a": range(100), "b": [50] * 100}, title="T").png()) < 15_000


def test_type_is_readable_at_six_inches():
    sizes = [value for key, value in STYLE.items() if key.endswith(("size",))]
    assert min(sizes) >= 9


def test_style_ends_with_its_block():
    import matplotlib

    before = matplotlib.rcParams["axes.spines.top"]
    with show.style():
        assert matplotlib.rcParams["axes.spines.top"] is False
    assert matplotlib.rcParams["axes.spines.top"] == before


def test_figure_gives_axes_in_rows_and_columns():
    picture, axes = show.figure(2, 3, alt="Six panels.")
    assert axes.shape == (2, 3)
    assert picture.alt == "Six panels."
    assert picture.get_size_inches()[0] == 6
