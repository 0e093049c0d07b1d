"""What a chapter may refer to, and how the book numbers it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """Something with a label: where it is, what a reference to it says, its number and kind."""

    document: str
    text: str
    number: str = ""
    kind: str = "Section"


@dataclass(frozen=True)
class Citation:
    """A work from the bibliography."""

    authors: str
    year: str
    link: str = ""


@dataclass(frozen=True)
class References:
    """Everything that can be referred to, by the name that references use."""

    documents: Mapping[str, str] = field(default_factory=dict)
    """Title by document."""
    equations: Mapping[str, Target] = field(default_factory=dict)
    labels: Mapping[str, Target] = field(default_factory=dict)
    """Sections, figures, tables, theorems and exercises."""
    terms: Set[str] = frozenset()
    """What the glossary explains, in lower case."""
    objects: Set[str] = frozenset()
    """What the API pages describe, by full name."""
    citations: Mapping[str, Citation] = field(default_factory=dict)
