"""Are the outputs complete, clean and small?"""

import json
from collections.abc import Iterator

from nbformat import NotebookNode

from book.notebooks.execute import errors
from book.notebooks.source import code_cells, tags

MOST_BYTES = 600_000


def check_outputs(notebook: NotebookNode, root: str) -> Iterator[str]:
    """Every cell ran, none failed or warned, none names a folder here, and all are small."""
    cells = code_cells(notebook)
    for cell in cells:
        if cell.execution_count is None:
            yield f"cell {cell.id} was not executed"
        if "nbval-ignore-output" not in tags(cell) and any(map(_is_warning, cell.outputs)):
            yield f"cell {cell.id} writes to stderr, which nbval compares"
        if root in json.dumps(cell.outputs):
            yield f"cell {cell.id} shows a path of the machine that it ran on"
    for error in errors(notebook):
        yield f"{error.ename}: {error.evalue}, in a cell without the tag raises-exception"
    size = sum(len(json.dumps(cell.outputs)) for cell in cells)
    if size > MOST_BYTES:
        yield f"its outputs take {size / 1e6:.2f} MB, more than {MOST_BYTES / 1e6} MB"


def _is_warning(output: NotebookNode) -> bool:
    return output.output_type == "stream" and output.name == "stderr"
