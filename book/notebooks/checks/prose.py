"""Is there anything left in the notebook that only the book understands?"""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

FENCE = re.compile(
    r"^(?P<head>[> ]*(?:[-*] +)?)(?P<marks>`{3,})(?!\{).*?^[> ]*(?P=marks)`*$", re.M | re.S
)
SPAN = re.compile(r"(?<![`}])(?P<marks>`{1,2})(?!`).+?(?<!`)(?P=marks)(?!`)", re.S)
RAW = re.compile(
    r"\{[\w:-]+\}`|^[> ]*(`{3,}|:{3,})\s*\{|^[> ]*:{3,}|^\([\w:-]+\)=$|^%|\[\^[\w-]+\]", re.M
)

ROLE = re.compile(r"\{[a-z][\w:-]*\}`[^`\s]")  # in the comments and docstrings of code


def check_prose(notebook: NotebookNode) -> Iterator[str]:
    """No role, directive, target, comment or footnote mark is left, and no role in code."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for raw in RAW.finditer(_without_code(cell.source)):
                yield f"cell {cell.id} holds raw MyST: {raw[0].strip()!r}"
        elif raw := ROLE.search(cell.source):
            yield f"the code of cell {cell.id} holds raw MyST: {raw[0]!r}"


def _without_code(text: str) -> str:
    return SPAN.sub("", FENCE.sub("", text))
