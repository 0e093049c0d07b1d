"""Reading the built book's numbers, titles and labels out of Sphinx's environment."""

import pickle
from collections.abc import Iterator

from docutils.nodes import make_id
from sphinx.environment import BuildEnvironment

from book.notebooks.errors import ChapterError
from book.notebooks.flatten.citations import read_citations
from book.notebooks.flatten.references import References, Target
from book.notebooks.paths import Book, Chapter


def load_environment(book: Book) -> BuildEnvironment:
    """The environment that our own last build has left, which is why unpickling it is safe."""
    if not book.environment.exists():
        raise ChapterError("flattening takes its numbers from the built book: build it first")
    with book.environment.open("rb") as file:
        return pickle.load(file)


def read_references(book: Book) -> References:
    """Everything that the built book lets a chapter refer to."""
    env = load_environment(book)
    return References(
        documents={name: title.astext() for name, title in env.titles.items()},
        equations=dict(_equations(env)),
        labels={**dict(_labels(env)), **dict(_theorems(env)), **dict(_exercises(env))},
        terms=env.domaindata["std"].get("terms", {}).keys(),
        objects=env.domaindata["py"]["objects"].keys(),
        citations=read_citations(book.bibliography),
    )


def require_fresh(book: Book, chapters: list[Chapter]) -> None:
    """Refuse numbers from a build that is older than a chapter."""
    read = load_environment(book).all_docs
    for chapter in chapters:
        if read.get(chapter.document, 0) < chapter.source.stat().st_mtime * 1e6:
            raise ChapterError(f"{chapter.source} is newer than the built book: build it first")


def _equations(env: BuildEnvironment) -> Iterator[tuple[str, Target]]:
    for label, (document, count) in env.domaindata["math"]["objects"].items():
        number = _number(env, document, "displaymath", make_id(f"equation-{label}")) or str(count)
        yield label, Target(document, f"({number})", number)


def _labels(env: BuildEnvironment) -> Iterator[tuple[str, Target]]:
    titles = env.domaindata["std"]["labels"]
    for label, (document, anchor) in env.domaindata["std"]["anonlabels"].items():
        title = titles[label][2] if label in titles else label
        number, kind = _numbered_thing(env, document, anchor)
        yield label, Target(document, title, number, kind)


def _theorems(env: BuildEnvironment) -> Iterator[tuple[str, Target]]:
    for label, theorem in getattr(env, "proof_list", {}).items():
        document, kind = theorem["docname"], theorem["realtype"].title()
        number = _number(env, document, theorem["countertype"], label)
        yield label, Target(document, f"{kind} {number}".strip(), number, kind)


def _exercises(env: BuildEnvironment) -> Iterator[tuple[str, Target]]:
    for label, exercise in getattr(env, "sphinx_exercise_registry", {}).items():
        if exercise["type"] == "exercise":
            document = exercise["docname"]
            number = _number(env, document, "exercise", label)
            yield label, Target(document, f"Exercise {number}".strip(), number, "Exercise")


def _numbered_thing(env: BuildEnvironment, document: str, anchor: str) -> tuple[str, str]:
    """The number of a figure, a table or a section, and what it is called."""
    for kind, numbers in env.toc_fignumbers.get(document, {}).items():
        if anchor in numbers:
            return _dotted(numbers[anchor]), kind.title()
    return _dotted(env.toc_secnumbers.get(document, {}).get(f"#{anchor}")), "Section"


def _number(env: BuildEnvironment, document: str, kind: str, anchor: str) -> str:
    return _dotted(env.toc_fignumbers.get(document, {}).get(kind, {}).get(anchor))


def _dotted(numbers: tuple[int, ...] | None) -> str:
    return ".".join(map(str, numbers or ()))
