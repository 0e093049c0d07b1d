"""The chapters and what each needs: order and parts from _toc.yml, the rest from chapters.yml."""

from __future__ import annotations

import graphlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from book.sphinx_companion.contents import listed


@dataclass(frozen=True)
class Chapter:
    """One box of the map.

    Attributes:
        name: folder and name, such as ``why/tools``.
        number: the one that the book gives it.
        label: what its box says.
        part: the caption of its part.
        needs: names of the chapters that are to be read before.
    """

    name: str
    number: int
    label: str
    part: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One part of the book."""

    caption: str
    chapters: tuple[Chapter, ...]


def load(contents: Path, chapters: Path) -> list[Part]:
    """Return the parts that hold chapters.

    Raises:
        ValueError: if the two files name different chapters, a chapter needs one that does not
            exist, or chapters need each other.
    """
    order, known = listed(contents), yaml.safe_load(chapters.read_text("utf8"))
    check([name for _, name in order], known)
    parts: dict[str, list[Chapter]] = {}
    for number, (caption, name) in enumerate(order, start=1):
        label, needs = known[name]["label"], tuple(known[name].get("needs", ()))
        parts.setdefault(caption, []).append(Chapter(name, number, label, caption, needs))
    return [Part(caption, tuple(group)) for caption, group in parts.items()]


def check(order: Sequence[str], known: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse data that could not be drawn."""
    if apart := set(order) ^ set(known):
        raise ValueError(f"_toc.yml and chapters.yml differ in {', '.join(sorted(apart))}")
    needs = {name: known[name].get("needs", ()) for name in order}
    for name, wanted in needs.items():
        if missing := set(wanted) - set(order):
            raise ValueError(f"{name} needs {', '.join(sorted(missing))}, which is no chapter")
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as error:
        raise ValueError(f"chapters need each other: {' <- '.join(error.args[1])}") from error


def direct(chapter: Chapter, book: Mapping[str, Chapter]) -> tuple[str, ...]:
    """Return what a chapter needs and no other of its needs brings along.

    Only these are drawn: a line from A to C beside lines from A to B and from B to C would say
    nothing new.
    """
    brought = {far for need in chapter.needs for far in everything_before(need, book)}
    return tuple(need for need in chapter.needs if need not in brought)


def everything_before(name: str, book: Mapping[str, Chapter]) -> set[str]:
    """Return what a chapter needs, and what that needs, and so on."""
    needs = book[name].needs
    return set(needs).union(*(everything_before(need, book) for need in needs))
