"""Walking a text block by construct.

markdown-it finds where constructs begin and end; their lines are replaced, and all other lines
stay as they are but for what stands within them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin

from book.notebooks.flatten.directive import is_directive, parse_directive
from book.notebooks.flatten.directives import flatten_directive
from book.notebooks.flatten.maths import display_maths
from book.notebooks.flatten.page import Page, Scope
from book.notebooks.flatten.roles import flatten_roles
from book.notebooks.source import text_lines

PARSER = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(colon_fence_plugin)
    .use(deflist_plugin)
    .use(dollarmath_plugin)
    .use(myst_block_plugin)
)
FENCES = ("fence", "colon_fence")
MATHS = ("math_block", "math_block_label")
DROPPED = ("myst_target", "myst_line_comment", "myst_block_break")
UNKNOWN = {"dl_open": "a definition list", "html_block": "raw HTML"}


@dataclass(frozen=True)
class Construct:
    """A construct that is not plain Markdown, with the lines of the text that it takes."""

    token: Token
    first: int
    end: int


def flatten(text: str, page: Page, line: int, *, quoted: bool = False) -> str:
    """The text in plain Markdown; `line` is where it begins, `quoted` that `>` will precede it."""
    lines = text_lines(text)
    pieces: list[str] = []
    position = 0
    for construct in constructs(text, page, line):
        pieces += _plain(lines[position : construct.first], page, line + position)
        pieces += _flat(construct, lines, page, line, quoted=quoted)
        position = construct.end
    pieces += _plain(lines[position:], page, line + position)
    return "\n".join(pieces).strip("\n")


def constructs(text: str, page: Page, line: int) -> Iterator[Construct]:
    """The constructs of a text, in order; fences of plain code are among them."""
    for token in PARSER.parse(text + "\n"):
        if token.type in UNKNOWN:
            page.fail(line + token.map[0], UNKNOWN[token.type], "not known to the notebook tool")
        if token.type in (*FENCES, *MATHS, *DROPPED, "code_block"):
            yield Construct(token, *token.map)


def _plain(lines: list[str], page: Page, line: int) -> list[str]:
    return flatten_roles("\n".join(lines), page, line).split("\n") if lines else []


def _flat(
    construct: Construct, lines: list[str], page: Page, line: int, *, quoted: bool
) -> list[str]:
    """A construct's lines, behind the same list marks, indentation or quotes as before."""
    token = construct.token
    source = lines[construct.first : construct.end]
    if token.type in DROPPED:
        return []
    if token.type == "code_block":
        return source
    if token.type in FENCES:
        _require_closed(construct, source, page, line)
        if not is_directive(token):
            return source
    head = source[0][: source[0].index(token.markup or "$$")]
    rendered = _render(token, page, line + construct.first, quoted=quoted or ">" in head)
    rest = "".join(mark if mark in "> \t" else " " for mark in head)
    return [(rest if i else head) + text for i, text in enumerate(rendered.split("\n"))]


def _render(token: Token, page: Page, line: int, *, quoted: bool) -> str:
    if token.type in MATHS:
        return display_maths(token.content, token.info, page, line, quoted=quoted)
    scope = Scope(page, quoted, flatten)
    return flatten_directive(parse_directive(token, page, line), scope)


def _require_closed(construct: Construct, source: list[str], page: Page, line: int) -> None:
    """markdown-it closes a forgotten fence at the end of the text; its author did not mean that."""
    token = construct.token
    if len(source) != token.content.count("\n") + 2:
        page.fail(line + construct.first, token.markup + token.info, "this fence is never closed")
