"""Code that is shown and not run."""

from pathlib import Path
from textwrap import dedent

from sphinx.pycode import ModuleAnalyzer

from book.notebooks.flatten.directive import Directive
from book.notebooks.flatten.page import Page, Scope
from book.notebooks.source import text_lines


def code_block(directive: Directive, scope: Scope) -> str:
    """`{code-block} LANGUAGE`."""
    return _fence(directive.argument, directive.body)


def literal_include(directive: Directive, scope: Scope) -> str:
    """`{literalinclude} FILE`, or the object in it that `:pyobject:` names."""
    language = directive.options.get("language", "python")
    return _fence(language, included_code(directive, scope.page))


def included_code(directive: Directive, page: Page) -> str:
    """The lines that a `{literalinclude}` shows."""
    path = page.path.parent / directive.argument
    if not path.is_file():
        page.fail(directive.line, "{literalinclude}", f"there is no file {path}")
    unknown = directive.options.keys() - {"pyobject", "language", "dedent"}
    if unknown:
        message = f"not known to the notebook tool: {', '.join(sorted(unknown))}"
        page.fail(directive.line, "{literalinclude}", message)
    code = _code(path, directive.options.get("pyobject"), page, directive.line)
    return dedent(code).strip("\n")


def _code(path: Path, name: str | None, page: Page, line: int) -> str:
    source = path.read_text("utf-8")
    if name is None:
        return source
    objects = ModuleAnalyzer.for_string(source, path.stem, str(path)).find_tags()
    if name not in objects:
        page.fail(line, "{literalinclude}", f"there is no {name} in {path}")
    _, first, last = objects[name]
    return "\n".join(text_lines(source)[first - 1 : last])


def _fence(language: str, code: str) -> str:
    marks = "```"
    while marks in code:
        marks += "`"
    return f"{marks}{language}\n{code}\n{marks}"
