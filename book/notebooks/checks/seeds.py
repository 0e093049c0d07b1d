"""Do the experiments take their random numbers from where they can be shifted?

`genlib.seed`, `genlib.generator` and `fit(seed=...)` add `GENLIB_SEED_SHIFT`, so that all claims of
a chapter can be tried with other numbers. The data of the exercises must stay: there a seed of
torch's or NumPy's own is right.
"""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from book.notebooks.source import tags

OWN = re.compile(
    r"\bmanual_seed\(|\brandom\.seed\(|\bdefault_rng\(\s*\d*\s*\)|\bRandomState\("
    r"|\brandom_state\s*=\s*\d|\bseed_everything\("
)


def check_seeds(source: NotebookNode) -> Iterator[str]:
    """No cell before the exercises has a seed that cannot be shifted."""
    for cell in source.cells:
        if cell.cell_type == "markdown" and "## Exercises" in cell.source.splitlines():
            return
        if cell.cell_type == "code" and "setup" not in tags(cell):
            for found in OWN.finditer(cell.source):
                message = "take genlib.seed or genlib.generator, which can be shifted"
                yield f"cell {cell.id} seeds by {found[0].strip()!r}: {message}"
