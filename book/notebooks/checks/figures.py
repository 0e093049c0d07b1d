"""Can every figure be seen, and be understood by those who do not see it?"""

import base64
import html
import io
import re
from collections.abc import Iterator

import numpy as np
from nbformat import NotebookNode
from PIL import Image

from book.notebooks.source import code_cells

SIZES = range(120, 2001)
LEAST_ALT = 15
FILE = re.compile(r"^\S*[/\\]\S*$|\.(png|jpe?g|svg|ipynb)\b")
QUOTED = r"\"[^\"]*\"|'[^']*'"  # may hold the mark that ends the tag
IMAGE = re.compile(rf"<img\b(?:{QUOTED}|[^>\"'])*>")
ALT = re.compile(rf"(?<![\w-])alt=(?P<text>{QUOTED})")
ENCODED_PNG = re.compile(r"iVBORw0KGgo[A-Za-z0-9+/=]+")


def check_figures(notebook: NotebookNode) -> Iterator[str]:
    """Every picture has an alt text in words, is not blank, and has a sensible size."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            for fault in _faults(output.get("data", {}), cell):
                yield f"cell {cell.id}: {fault}"


def _faults(data: dict, cell: NotebookNode) -> Iterator[str]:
    if "image/png" in data:
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        yield from _alt_faults(alt)
        yield from _picture_faults(data["image/png"])
    page = data.get("text/html", "")
    for image in IMAGE.findall(page):
        alt = ALT.search(image)
        yield from _alt_faults(html.unescape(alt["text"][1:-1]) if alt else "")
    for picture in ENCODED_PNG.findall(page):
        yield from _picture_faults(picture)


def _alt_faults(alt: str) -> Iterator[str]:
    if len(alt.strip()) < LEAST_ALT or FILE.search(alt):
        yield f"a picture's alt text does not tell what is seen: {alt!r}"


def _picture_faults(encoded: str) -> Iterator[str]:
    picture = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")
    if np.ptp(np.asarray(picture.convert("RGB"))) < 8:
        yield "a picture is blank"
    if picture.width not in SIZES or picture.height not in SIZES:
        yield f"a picture of {picture.width} x {picture.height} pixels is too small or too large"
