"""`{list-table}`: rows as nested lists, rendered as a table with pipes."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from book.notebooks.flatten.directive import Directive
from book.notebooks.flatten.page import Scope
from book.notebooks.flatten.pictures import caption

MATHS = re.compile(r"\$[^$]+\$")


def list_table(directive: Directive, scope: Scope) -> str:
    """The table, below its title if it has one; its first row is the header."""
    rows = list(_rows(directive.body))
    if not rows or len({len(row) for row in rows}) > 1:
        message = "wants a list of rows, each a list of equally many cells of one line"
        scope.page.fail(directive.line, "{list-table}", message)
    if directive.options.get("header-rows") != "1":
        scope.page.fail(directive.line, "{list-table}", "needs `:header-rows: 1`")
    cells = [[_cell(scope.text(cell, directive.line)) for cell in row] for row in rows]
    cells.insert(1, ["---"] * len(rows[0]))
    table = "\n".join(f"| {' | '.join(row)} |" for row in cells)
    if not directive.argument:
        return table
    title = scope.text(directive.argument, directive.line)
    label = directive.options.get("name", "")
    return f"{caption(title, label, scope.page, directive.line)}\n\n{table}"


def _rows(body: str) -> Iterator[list[str]]:
    """The cells' sources: what stands in the paragraphs of a list within a list."""
    row: list[str] = []
    for token in MarkdownIt("commonmark").parse(body):
        if token.type == "list_item_open":
            row = row if token.level > 1 else []
            if token.level > 1:
                row.append("")
        elif token.type == "inline" and row:
            row[-1] = token.content.replace("\n", " ")
        elif token.type == "list_item_close" and token.level == 1:
            yield row


def _cell(text: str) -> str:
    r"""A bar would end the cell; within maths `\|` would mean a norm."""
    text = MATHS.sub(lambda maths: maths[0].replace(r"\|", r"\Vert ").replace("|", r"\vert "), text)
    return re.sub(r"(?<!\\)\|", r"\\|", text)
