"""A directive, taken apart: ```` ```{name} argument ````, options, body."""

import re
from dataclasses import dataclass
from itertools import takewhile

from markdown_it.token import Token
from myst_parser.parsers.options import TokenizeError, options_to_items

from book.notebooks.flatten.page import Page
from book.notebooks.source import text_lines

HEAD = re.compile(r"\{(?P<name>[\w:-]+)\}[ \t]*(?P<argument>.*)")
OPTION = re.compile(r":[\w-]+:(?:[ \t].*)?")


@dataclass(frozen=True)
class Directive:
    """One directive: `line` is where it begins in the file, `body_line` where its body does."""

    name: str
    argument: str
    options: dict[str, str]
    body: str
    line: int
    body_line: int

    @property
    def classes(self) -> list[str]:
        """The CSS classes that the author gave it."""
        return self.options.get("class", "").split()


def is_directive(token: Token) -> bool:
    """Whether a fence is a directive and not plain code."""
    return token.info.strip().startswith("{") or token.type == "colon_fence"


def parse_directive(token: Token, page: Page, line: int) -> Directive:
    """Take a fence apart that begins at this line of the file."""
    head = HEAD.fullmatch(token.info.strip())
    if head is None:
        page.fail(line, token.markup + token.info, "a directive begins with its {name}")
    lines = text_lines(token.content)
    block, used = _option_block(lines, page, line, head["name"])
    options = _read_options(block, page, line, head["name"])
    while used < len(lines) and not lines[used].strip():
        used += 1
    body = "\n".join(lines[used:])
    return Directive(head["name"], head["argument"], options, body, line, line + 1 + used)


def _option_block(lines: list[str], page: Page, line: int, name: str) -> tuple[list[str], int]:
    """The lines of `key: value`, and at which line of the content they end."""
    if lines and lines[0].strip() == "---":
        for index, text in enumerate(lines[1:], start=1):
            if text.strip() == "---":
                return lines[1:index], index + 1
        page.fail(line + 1, f"{{{name}}}", "the option block `---` is not closed")
    block = list(takewhile(lambda text: text.startswith(":"), lines))
    for index, text in enumerate(block):
        if not OPTION.fullmatch(text):
            page.fail(line + 1 + index, f"{{{name}}}", f"{text!r} is not an option `:key: value`")
    return [text.removeprefix(":") for text in block], len(block)


def _read_options(block: list[str], page: Page, line: int, name: str) -> dict[str, str]:
    try:
        options, _ = options_to_items("\n".join(block))
    except TokenizeError as error:
        page.fail(line + 1, f"{{{name}}}", f"bad option block: {error.problem}")
    return dict(options)
