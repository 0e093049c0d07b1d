"""Are the outputs complete, clean and small?"""

import html
import json
import re
from collections.abc import Iterator
from pathlib import PurePath
from unicodedata import normalize
from urllib.parse import unquote

from nbformat import NotebookNode

from book.notebooks.execute import errors
from book.notebooks.source import code_cells, tags

MOST_BYTES = 600_000
ENCODED = re.compile(r"[A-Za-z0-9+/]{200,}={0,2}")  # a picture: any short path may be in it


def check_outputs(notebook: NotebookNode, *folders: str) -> Iterator[str]:
    """Every cell ran, none failed or warned, none names one of the folders, and all are small."""
    cells = code_cells(notebook)
    for cell in cells:
        if cell.execution_count is None:
            yield f"cell {cell.id} was not executed"
        if "nbval-ignore-output" not in tags(cell) and any(map(_is_warning, cell.outputs)):
            yield f"cell {cell.id} writes to stderr, which nbval compares"
        if any(_names(folder, text) for folder in folders for text in _texts(cell.outputs)):
            yield f"cell {cell.id} shows a path of the machine that it ran on"
    for error in errors(notebook):
        yield f"{error.ename}: {error.evalue}, in a cell without the tag raises-exception"
    size = sum(len(json.dumps(cell.outputs)) for cell in cells)
    if size > MOST_BYTES:
        yield f"its outputs take {size / 1e6:.2f} MB, more than {MOST_BYTES / 1e6} MB"


def _is_warning(output: NotebookNode) -> bool:
    return output.output_type == "stream" and output.name == "stderr"


def _texts(value: object) -> Iterator[str]:
    """Every text in nested outputs, without encoded pictures and in one spelling."""
    if isinstance(value, str):
        yield _plain(ENCODED.sub(" ", value))
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _plain(text: str) -> str:
    """A text without the ways in which HTML, addresses, Python and macOS spell a path."""
    return normalize("NFC", unquote(html.unescape(text))).replace("\\\\", "\\")


def _names(folder: str, text: str) -> bool:
    """Whether a folder stands in a text, and not as a part of another path or address."""
    if len(PurePath(folder).parts) < 2 and "\\" not in folder:
        return False  # the root itself is no folder that tells of a machine
    return bool(re.search(rf"(?<!\w){re.escape(_plain(folder))}(?![\w-])", text))
