"""Take each chapter's outputs from its committed notebook, so that a build executes nothing.

The source of a chapter is `NAME.md`; `NAME.ipynb` beside it holds the same code with the outputs
of a real run. Before Sphinx reads a chapter, its outputs are put into the cache where MyST-NB
looks for them. The cache knows a chapter by its code, so a change of prose executes nothing, and
a change of code executes that chapter, or is an error where `CI` is set.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import is_myst_markdown_notebook, myst_nb_reader_plugin
from sphinx.errors import SphinxError
from sphinx.util import logging

from book.notebooks.source import code_cells, read_notebook, same_code, tags

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)


class StaleOutputsError(SphinxError):
    """A chapter whose committed outputs do not belong to its code."""

    category = "Outputs out of date"


def setup(app: Sphinx) -> None:
    """Fill the cache before reading, and read a chapter again when its notebook changed."""
    app.connect("env-before-read-docs", fill_cache)
    app.connect("source-read", watch_notebook)
    # A chapter that Sphinx does execute emits what a page without a kernel can show.
    os.environ.setdefault("GENLIB_STATIC", "1")


def fill_cache(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Cache the committed outputs of every chapter that is about to be read."""
    for docname in docnames:
        chapter = Path(env.doc2path(docname))
        if not is_chapter(chapter):
            continue
        try:
            notebook = with_outputs(chapter)
        except StaleOutputsError as stale:
            if os.environ.get("CI", "").lower() == "true":
                raise
            logger.info("%s; executing it", stale)
        else:
            store(notebook, chapter, Path(env.mystnb_config.execution_cache_path))


def watch_notebook(app: Sphinx, docname: str, source: list[str]) -> None:
    """Make the committed notebook a dependency of the page that shows its outputs."""
    chapter = Path(app.env.doc2path(docname))
    if is_chapter(chapter):
        app.env.note_dependency(str(notebook_of(chapter)))


def is_chapter(page: Path) -> bool:
    """Whether a page is a Markdown notebook."""
    return page.suffix == ".md" and is_myst_markdown_notebook(page.read_text("utf8"))


def notebook_of(chapter: Path) -> Path:
    """Where the executed notebook of a chapter stands."""
    return chapter.with_suffix(".ipynb")


def with_outputs(chapter: Path) -> NotebookNode:
    """Return the chapter as a notebook that carries the committed outputs.

    Raises StaleOutputsError where there is no committed notebook, where its code is another, or
    where a cell of it was never run.
    """
    path = notebook_of(chapter)
    if not path.exists():
        raise StaleOutputsError(f"{chapter} has no notebook with outputs beside it")
    return graft(myst_nb_reader_plugin(str(chapter)), read_notebook(path), str(chapter))


def graft(source: NotebookNode, executed: NotebookNode, name: str) -> NotebookNode:
    """Copy the outputs of `executed` onto the cells of `source`, whose code must be the same."""
    if not same_code(source, executed):
        raise StaleOutputsError(f"{name} and its notebook differ in code")
    grafted = copy.deepcopy(source)
    for target, origin in zip(code_cells(grafted), code_cells(executed), strict=True):
        if not _was_run(origin):
            raise StaleOutputsError(f"the notebook of {name} has a cell that was never run")
        target.outputs = origin.outputs
        target.execution_count = origin.execution_count
    grafted.metadata.update(_language(executed))
    return grafted


def store(notebook: NotebookNode, chapter: Path, cache: Path) -> None:
    """Put a notebook into the execution cache under the key of its code."""
    bundle = CacheBundleIn(notebook, str(chapter))
    get_cache(str(cache)).cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def _language(notebook: NotebookNode) -> dict[str, Any]:
    """What a kernel says of its language: the page colours its code by it."""
    return {key: value for key, value in notebook.metadata.items() if key == "language_info"}


def _was_run(cell: NotebookNode) -> bool:
    skipped = "skip-execution" in tags(cell)
    return skipped or not cell.source.strip() or cell.execution_count is not None
