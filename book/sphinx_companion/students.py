"""A student's copy of each chapter, without solutions, among the downloads of its page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from book.notebooks.paths import Book
from book.notebooks.strip import strip_chapter

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "students"
GROUP = "download-buttons"  # the theme's name for the menu of downloads
LATER = 600  # than the theme, which makes that menu at 501


def setup(app: Sphinx) -> None:
    """Offer the copies on the pages, and write them beside the finished book."""
    app.connect("html-page-context", offer_copy, priority=LATER)
    app.connect("build-finished", write_copies)


def offer_copy(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Add the copy to the downloads of a chapter's page."""
    if not Path(app.srcdir, f"{pagename}.ipynb").exists():
        return
    copy = f"{FOLDER}/{pagename.removeprefix('chapters/')}.ipynb"
    for menu in context.get("header_buttons", []):  # which only the book's theme has
        if menu.get("label") == GROUP:
            menu["buttons"].insert(1, _button(context["pathto"](copy, 1)))


def write_copies(app: Sphinx, exception: Exception | None) -> None:
    """Write the copy of every chapter that has been executed."""
    if exception is None and app.builder.format == "html":
        for chapter in Book(Path(app.srcdir)).chapters():
            if chapter.notebook.exists():
                strip_chapter(chapter, Path(app.outdir) / FOLDER)


def _button(url: str) -> dict[str, str]:
    return {
        "type": "link",
        "url": url,
        "text": "exercises only (.ipynb)",
        "icon": "fas fa-graduation-cap",
        "tooltip": "Download the notebook without solutions",
        "label": "download-student-button",
    }
