"""Running chapters on another data set than the one that their prose tells of.

Weights and tables that are stored with the book know its own data set only. So cells that lean on
them are skipped, as are cells that lean on those.
"""

import ast
import re
from collections.abc import Iterable, Iterator

from nbformat import NotebookNode

from book.notebooks.execute import run_cells, unannounced
from book.notebooks.paths import Book, Chapter
from book.notebooks.shifts import message
from book.notebooks.source import code_cells, read_source, tags, write_notebook

STORED = ("genlib.zoo", "genlib.recipes")  # modules that give what was trained on the book's data
MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)
SKIP = "skip-execution"  # the tag that nbclient obeys


def run_on(book: Book, chapters: Iterable[Chapter], data: str) -> None:
    """Run chapters on a data set that ``GENLIB_DATA`` names, into ``_build/NAME/``.

    Tells which cells were skipped, and which claims do not hold there: they were made of another
    set, so that is news and no fault.
    """
    for chapter in chapters:
        notebook = read_source(chapter)
        skipped = list(leaning(notebook))
        for cell in skipped:
            cell.metadata["tags"] = [*tags(cell), SKIP]
            print(f"  skipped, since it leans on what is stored: {_named(cell)}", flush=True)
        seconds = run_cells(notebook, chapter, allow_errors=True, GENLIB_DATA=data)
        failed = [cell for cell in code_cells(notebook) if unannounced(cell)]
        for cell in failed:
            print(f"  does not hold: {cell.id}: {message(cell)}")
        write_notebook(notebook, book.root / "_build" / data / f"{chapter.name}.ipynb")
        counts = f"{len(skipped)} cells skipped, {len(failed)} claims do not hold"
        print(f"{chapter.name} on {data}: {counts}; {seconds:.1f} s", flush=True)


def leaning(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The cells that read stored weights or tables, or anything made in such a cell."""
    stored: set[str] = set()
    for cell in code_cells(notebook):
        tree = ast.parse(MAGIC.sub("", cell.source))
        leans = bool(_names(tree, ast.Load) & stored)
        if leans:
            yield cell
            stored |= _bound(tree) | _changed(tree)
        else:
            stored -= _bound(tree)
        stored |= _imported(tree)


def _names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, context)}


def _bound(tree: ast.AST) -> set[str]:
    definitions = ast.FunctionDef | ast.ClassDef
    defined = {node.name for node in ast.walk(tree) if isinstance(node, definitions)}
    return defined | _names(tree, ast.Store)


def _changed(tree: ast.AST) -> set[str]:
    """Names of objects of which an item or an attribute is set."""
    parts = (node for node in ast.walk(tree) if isinstance(node, ast.Subscript | ast.Attribute))
    targets = (node.value for node in parts if isinstance(node.ctx, ast.Store))
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _imported(tree: ast.AST) -> set[str]:
    """Names under which a cell imports something stored."""
    found = set()
    for node in ast.walk(tree):
        module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names if isinstance(node, ast.Import | ast.ImportFrom) else ():
            if f"{module}{alias.name}.".startswith(tuple(f"{name}." for name in STORED)):
                found.add(alias.asname or alias.name.partition(".")[0])
    return found


def _named(cell: NotebookNode) -> str:
    return f"{cell.id}: {cell.source.splitlines()[0]}"
