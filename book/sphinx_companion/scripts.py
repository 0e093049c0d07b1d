"""Keep scripts off the pages that the book has no use for.

Jupyter Book always loads sphinx-thebe, whose set-up line stands twice on each page; the second
one is a JavaScript error (a constant declared again), and the library would come from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LAST = 900  # after every extension that adds a script of its own to the page


def setup(app: Sphinx) -> None:
    """Filter each page's scripts."""
    app.connect("html-page-context", drop_thebe, priority=LAST)


def drop_thebe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Remove the scripts and style sheets of sphinx-thebe from one page."""
    for kind in ("script_files", "css_files"):
        context[kind] = [asset for asset in context.get(kind, []) if not _is_thebe(asset)]


def _is_thebe(asset: object) -> bool:
    attributes = getattr(asset, "attributes", {})
    return "thebe" in f"{getattr(asset, 'filename', asset)} {attributes.get('body', '')}".lower()
