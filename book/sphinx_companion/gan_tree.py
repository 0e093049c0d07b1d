"""The family tree of adversarial networks: drawn, and line by line.

The data are `book/gans.yml`, which says what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import yaml

from book.sphinx_companion.markup import MarkdownDirective
from book.sphinx_companion.scoreboard import Row, listed

SOURCE = "book/gans.yml"
KINDS = ("loss", "constraint", "architecture", "conditioning", "data")


@dataclass(frozen=True)
class Model:
    """One model: what it changes of its parent, how, who says so, and where the book shows it."""

    name: str
    key: str
    year: int
    cite: tuple[str, ...]
    parent: str
    changes: tuple[str, ...]
    line: str
    places: tuple[str, ...] = ()


class GanTree(MarkdownDirective):
    """`{gan-tree}`: each model below the one that it changes, with a link to its row."""

    def markdown(self) -> str:
        """Return the tree as nested lists, whose branches are drawn by the style sheet."""
        (path,) = self.read(SOURCE)
        tree = "\n".join(branch(load(path), ""))
        opening = '<nav class="gan-tree" aria-label="Family tree of adversarial networks">'
        return f"```{{raw}} html\n{opening}\n{tree}\n</nav>\n```"


class GanTable(MarkdownDirective):
    """`{gan-table} KIND`: the models that change this before all else, the oldest first."""

    required_arguments = 1

    def markdown(self) -> str:
        """Return one row for each model."""
        (path,) = self.read(SOURCE)
        kind = self.entry({kind: kind for kind in KINDS})
        return table_of(load(path), kind)


def load(path: Path) -> list[Model]:
    """Return the models of a file."""
    return [
        Model(
            name=entry["name"],
            key=entry["key"],
            year=entry["year"],
            cite=(entry["cite"],) if isinstance(entry["cite"], str) else tuple(entry["cite"]),
            parent=entry.get("from", ""),
            changes=tuple(entry["changes"]),
            line=entry["line"],
            places=tuple(entry.get("in", ())),
        )
        for entry in yaml.safe_load(path.read_text("utf8"))
    ]


def branch(models: Sequence[Model], parent: str) -> Iterator[str]:
    """Yield the lines of a list: the models that change one, each with its own below it."""
    children = [model for model in models if model.parent == parent]
    if children:
        yield "<ul>"
        for model in children:
            yield f"<li>{leaf(model)}"
            yield from branch(models, model.key)
            yield "</li>"
        yield "</ul>"


def leaf(model: Model) -> str:
    """Return a model's line in the tree."""
    kinds = ", ".join(f'<span class="{kind}">{kind}</span>' for kind in model.changes)
    return f'<a href="#{anchor(model)}">{escape(model.name)}</a> {model.year} {kinds}'


def table_of(models: Sequence[Model], kind: str) -> str:
    """Return the table of those models whose main change is of a kind."""
    names = {model.key: model.name for model in models}
    rows = [row(model, names.get(model.parent, "")) for model in models if model.changes[0] == kind]
    return listed(("Model", "What it changes"), rows, "gan-table")


def row(model: Model, parent: str) -> Row:
    """Return a model's row; a target stands before its name."""
    heading = f"**{model.name}**, {model.year}"
    source = f"{{cite:t}}`{','.join(model.cite)}`"
    said = f"{model.line[0].upper()}{model.line[1:]}."
    return (f"({anchor(model)})=", heading, source), (said, *origin(model, parent))


def origin(model: Model, parent: str) -> Iterator[str]:
    """Yield one more line: the parent, what is changed besides, and where the book shows it."""
    words = [f"From {parent}."] if parent else []
    if besides := model.changes[1:]:
        words.append(f"Also {' and '.join(besides)}.")
    if model.places:
        words.append(f"In this book: {', '.join(map(link, model.places))}.")
    if words:
        yield " ".join(words)


def anchor(model: Model) -> str:
    """Return the name of the target that a model's row has."""
    return f"gan-{model.key}"


def link(place: str) -> str:
    """Return a link to a chapter or to a class of the library."""
    if place.startswith("genlib."):
        return f"{{py:class}}`~{place}`"
    return f"{{doc}}`/chapters/{place}`"
