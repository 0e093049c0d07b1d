"""Directives that write MyST: they turn data into Markdown, and Sphinx does the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

Entry = TypeVar("Entry")


class MarkdownDirective(SphinxDirective):
    """A directive whose content is Markdown made from the book's data."""

    def markdown(self) -> str:
        """Return what the directive stands for."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Parse that Markdown where the directive stands."""
        container = nodes.container()
        lines = StringList(self.markdown().splitlines(), self.get_source_info()[0])
        self.state.nested_parse(lines, self.content_offset, container)
        return container.children

    @property
    def root(self) -> Path:
        """The folder of the book."""
        return Path(self.env.srcdir)

    def read(self, *names: str) -> list[Path]:
        """Make files of the book something that this page depends on, and return their paths."""
        paths = [self.root / name for name in names]
        for path in paths:
            self.env.note_dependency(str(path))
        return paths

    def record(self, name: str) -> dict[str, dict[str, Any]]:
        """Return what the notebook tool has noted by chapter; nothing before it has noted any."""
        (path,) = self.read(name)
        return json.loads(path.read_text("utf8")) if path.exists() else {}

    def entry(self, known: Mapping[str, Entry]) -> Entry:
        """Return what the directive's argument names; another name is an error with the nearest."""
        key = self.arguments[0]
        if key not in known:
            from genlib.suggest import suggestion  # late: it brings torch along

            raise self.error(f"{{{self.name}}}: there is no {key!r}{suggestion(key, known)}")
        return known[key]


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", r"\|").replace("\n", " ")
