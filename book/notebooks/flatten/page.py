"""The page being flattened: what its blocks and roles need to know, and how they complain."""

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from book.notebooks.errors import ChapterError
from book.notebooks.flatten.references import References

NOTE = re.compile(r"\[\^(?P<label>[\w-]+)\](?P<definition>:)?")


@dataclass
class Page:
    """One chapter's file and document name, what it may refer to, and its footnotes."""

    path: Path
    document: str
    references: References
    notes: list[str] = field(default_factory=list)
    """Labels of the footnotes, in the order in which the text refers to them."""

    def fail(self, line: int, construct: str, message: str) -> NoReturn:
        """Complain about a construct; lines count from 0 here and from 1 in the message."""
        raise ChapterError(f"{self.path}:{line + 1}: {construct}: {message}")

    def collect_notes(self, texts: Iterable[str]) -> None:
        """Find the page's footnotes, which are numbered in order of reference."""
        marks = [mark for text in texts for mark in NOTE.finditer(text)]
        defined = {mark["label"] for mark in marks if mark["definition"]}
        references = [mark["label"] for mark in marks if not mark["definition"]]
        self.notes = [label for label in dict.fromkeys(references) if label in defined]

    def link(self, text: str, document: str) -> str:
        """A text that leads to another chapter's notebook; elsewhere there is none to lead to."""
        if document == self.document or not document.startswith("chapters/"):
            return text
        here = posixpath.dirname(self.document)
        return f"[{text}]({posixpath.relpath(document, here)}.ipynb)"


@dataclass(frozen=True)
class Scope:
    """Where a directive stands: its page, whether within a quote, and how its text is flattened."""

    page: Page
    quoted: bool
    flatten: Callable[..., str]

    def text(self, text: str, line: int, *, quoted: bool | None = None) -> str:
        """The flattened text of a directive's body or title."""
        quoted = self.quoted if quoted is None else quoted
        return self.flatten(text, self.page, line, quoted=quoted)
