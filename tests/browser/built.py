"""The built book as files: which pages there are and what stands in them."""

from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"


def pages(*, containing: str = "") -> list[str]:
    """The book's pages, relative to its folder; those only whose HTML contains a text."""
    return sorted(
        path.relative_to(SITE).as_posix()
        for path in SITE.rglob("*.html")
        if not path.relative_to(SITE).parts[0].startswith("_")
        and containing in path.read_text(encoding="utf-8")
    )


@cache
def soup(page: str) -> BeautifulSoup:
    """A page, parsed."""
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")
