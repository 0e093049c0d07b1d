"""Does the chapter have its parts, in order?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from book.notebooks.flatten.blocks import constructs
from book.notebooks.flatten.directive import Directive, is_directive, parse_directive
from book.notebooks.flatten.listings import included_code
from book.notebooks.flatten.page import Page
from book.notebooks.flatten.references import References
from book.notebooks.paths import Chapter
from book.notebooks.source import code_cells, read_source, tags

GLANCE = ("In the lectures", "You will be able to", "Needs", "Short way", "Runs in")
LAST_SECTIONS = (
    "What goes wrong",
    "Exercises",
    "Summary",
    "Where it stands in the lectures",
    "Read on",
)
MOST_LINES_SHOWN = 30
LEAST_ASSERTS = 6
HEADING = re.compile(r"^## +(?P<title>.+?) *$", re.M)
# A title, after its label if it has one, and a sentence, which may begin with a mark.
OPENING = re.compile(r"(\(.+\)=\n+)?# .+\n+(?!```|[*_] )[\w*_`$(\[\"'“‘]")
ASSERT = re.compile(r"^\s*(assert\b|[\w.]*\bassert_\w+\()", re.M)
BOXES = {
    "predict": "nothing is to be predicted: no box of the class predict",
    "misconception": "no misconception is named: no box of the class misconception",
}


@dataclass(frozen=True)
class Demands:
    """What differs between a chapter and a short page.

    Attributes:
        sections: those that must be there.
        boxes: keys of ``BOXES``.
        exercises: how many there may be.
    """

    sections: tuple[str, ...] = LAST_SECTIONS
    boxes: tuple[str, ...] = tuple(BOXES)
    exercises: range = range(4, 7)


SHORT = Demands(
    ("Exercises", "Where it stands in the lectures", "Read on"), ("predict",), range(2, 4)
)


def check_parts(chapter: Chapter) -> Iterator[str]:
    """The opening, the closing sections, the boxes, the exercises and the asserts.

    A page whose box At a glance has the class ``short`` too is held to ``SHORT``; asserts and
    code are asked of both.
    """
    notebook = read_source(chapter)
    page = Page(chapter.source, chapter.document, References())
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    directives = [d for text in prose for d in _directives(text, page)]
    wanted = SHORT if any({"glance", "short"} <= set(d.classes) for d in directives) else Demands()
    titles = [h["title"] for text in prose for h in HEADING.finditer(text)]
    yield from _opening_faults(prose[0] if prose else "", directives)
    yield from _section_faults(titles, wanted.sections)
    yield from _box_faults(directives, wanted.boxes)
    yield from _code_faults(directives, page)
    cells = code_cells(notebook)
    checks = sum("self-check" in tags(cell) for cell in cells)
    yield from _exercise_faults(directives, checks, wanted.exercises)
    asserts = sum(
        len(ASSERT.findall(cell.source)) for cell in cells if "solution" not in tags(cell)
    )
    if asserts < LEAST_ASSERTS:
        yield f"{asserts} asserts, fewer than {LEAST_ASSERTS}"


def _directives(text: str, page: Page, line: int = 0) -> Iterator[Directive]:
    """All directives of a text, those within others too."""
    for construct in constructs(text, page, line):
        if construct.token.type.endswith("fence") and is_directive(construct.token):
            directive = parse_directive(construct.token, page, line + construct.first)
            yield directive
            yield from _directives(directive.body, page, directive.body_line)


def _opening_faults(opening: str, directives: list[Directive]) -> Iterator[str]:
    if not OPENING.match(opening):
        yield "it does not begin with a title and a sentence that says what it is about"
    if HEADING.search(opening):
        yield "a section begins before the setup cell"
    glance = "".join(d.body for d in directives if "glance" in d.classes)
    for item in GLANCE:
        if f"**{item}" not in glance and f"*{item}" not in glance:
            yield f"the box At a glance does not say: {item}"


def _section_faults(titles: list[str], wanted: tuple[str, ...]) -> Iterator[str]:
    for title in wanted:
        if title not in titles:
            yield f"there is no section {title!r}"
    found = [title for title in titles if title in LAST_SECTIONS]
    if found != sorted(found, key=LAST_SECTIONS.index):
        yield f"the closing sections are not in order: {', '.join(LAST_SECTIONS)}"
    if titles and titles[0] in LAST_SECTIONS:
        yield "it has no section of its own"


def _box_faults(directives: list[Directive], wanted: tuple[str, ...]) -> Iterator[str]:
    classes = {name for directive in directives for name in directive.classes}
    yield from (BOXES[name] for name in wanted if name not in classes)


def _code_faults(directives: list[Directive], page: Page) -> Iterator[str]:
    shown = [d for d in directives if d.name == "literalinclude"]
    if not shown:
        yield "no code of the library is shown: no literalinclude"
    for directive in shown:
        lines = included_code(directive, page).count("\n") + 1
        if lines > MOST_LINES_SHOWN:
            yield f"line {directive.line + 1} shows {lines} lines of code, over {MOST_LINES_SHOWN}"


def _exercise_faults(directives: list[Directive], checks: int, wanted: range) -> Iterator[str]:
    exercises = [d.options.get("label") for d in directives if d.name == "exercise"]
    solved = [d.argument for d in directives if d.name == "solution"]
    hints = [d for d in directives if d.name == "dropdown" and d.argument.startswith("Hint")]
    if len(exercises) not in wanted:
        yield f"{len(exercises)} exercises, not {wanted.start} to {wanted.stop - 1}"
    if exercises != solved:
        yield "not every exercise is followed by its solution, in the same order"
    if len(hints) < len(exercises):
        yield f"{len(hints)} hints for {len(exercises)} exercises"
    if checks < len(exercises):
        yield f"{checks} cells tagged self-check for {len(exercises)} exercises"
