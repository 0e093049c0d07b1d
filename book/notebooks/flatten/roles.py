"""What stands within a line: roles, footnotes and links.

One regular expression finds them; code spans and maths match as a whole and so stay untouched.
"""

import posixpath
import re
from collections.abc import Callable

from book.notebooks.flatten.page import Page
from book.notebooks.flatten.pictures import inline_image
from book.notebooks.flatten.references import Citation, Target

INLINE = re.compile(
    r"(?P<role>\{(?P<name>[a-zA-Z][\w:.+-]*)\}(?P<ticks>`+)(?P<body>(?:(?!\n\s*\n).)+?)(?P=ticks))"
    r"|(?P<code>(?<!`)(?P<fence>`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)(?P=fence)(?!`))"
    r"|(?P<display>(?<!\\)\$\$)"
    r"|(?P<maths>(?<![\\$])\$(?!\$)(?:(?!\n\s*\n)[^$])+\$)"
    r"|\[\^(?P<note>[\w-]+)\](?P<definition>:[ \t]*)?"
    r"|(?P<image>!\[[^\]]*\]\((?P<file>[^)\s]+)\))"
    r"|(?P<link>\]\((?!https?://|mailto:)[^)]*\))",
    re.S,
)
EXPLICIT = re.compile(r"(?P<text>.+?)\s*<(?P<target>[^<>]+)>", re.S)


def flatten_roles(text: str, page: Page, line: int) -> str:
    """The text with every role in plain Markdown; `line` is where it begins in the file."""

    def replace(found: re.Match[str]) -> str:
        return _inline(found, page, line + text.count("\n", 0, found.start()))

    return INLINE.sub(replace, text)


def _inline(found: re.Match[str], page: Page, line: int) -> str:
    if found["role"]:
        return _role(found["name"], " ".join(found["body"].split()), page, line)
    if found["note"]:
        return _note(found, page, line)
    if found["display"]:
        page.fail(line, "$$", "MyST wants a blank line above display maths")
    if found["link"]:
        page.fail(line, found["link"][1:], "refer to chapters by {doc} and to labels by {ref}")
    if found["image"]:
        return found["image"].replace(found["file"], inline_image(found["file"], page, line))
    return found[0]


def _role(name: str, body: str, page: Page, line: int) -> str:
    if name not in ROLES:
        page.fail(line, f"{{{name}}}`{body}`", "this role is not known to the notebook tool")
    try:
        return ROLES[name](body, page)
    except KeyError as missing:
        page.fail(line, f"{{{name}}}`{body}`", f"the built book has no {missing.args[0]!r}")


def _note(found: re.Match[str], page: Page, line: int) -> str:
    if found["note"] not in page.notes:
        page.fail(line, found[0], "a footnote needs both a reference and a definition")
    mark = f"<sup>{page.notes.index(found['note']) + 1}</sup>"
    return f"\n{mark} " if found["definition"] else mark


def _split(body: str) -> tuple[str, str]:
    """The text of `text <target>`, empty if there is only a target, and the target."""
    explicit = EXPLICIT.fullmatch(body)
    return (explicit["text"], explicit["target"]) if explicit else ("", body)


def _document(body: str, page: Page) -> str:
    text, name = _split(body)
    name = posixpath.normpath(posixpath.join("/", page.document, "..", name)).removeprefix("/")
    return page.link(text or page.references.documents[name], name)


def _label(body: str, page: Page) -> str:
    text, label = _split(body)
    target = page.references.labels[label]
    return page.link(text or target.text, target.document)


def _number(body: str, page: Page) -> str:
    text, label = _split(body)
    target = page.references.labels[label]
    if not target.number:
        raise KeyError(f"number of {label}")
    return page.link(_numbered(text or f"{target.kind} %s", target), target.document)


def _numbered(text: str, target: Target) -> str:
    named = text.replace("{number}", target.number).replace("{name}", target.text)
    return named.replace("%s", target.number)


def _equation(body: str, page: Page) -> str:
    target = page.references.equations[body]
    return page.link(target.text, target.document)


def _term(body: str, page: Page) -> str:
    text, term = _split(body)
    if term.lower() not in page.references.terms:
        raise KeyError(term)
    return f"*{text or term}*"


def _textual(body: str, page: Page) -> str:
    works = [page.references.citations[key.strip()] for key in body.split(",")]
    return ", ".join(_linked(f"{work.authors} ({work.year})", work) for work in works)


def _parenthetical(body: str, page: Page) -> str:
    works = [page.references.citations[key.strip()] for key in body.split(",")]
    return f"({'; '.join(_linked(f'{work.authors}, {work.year}', work) for work in works)})"


def _linked(text: str, work: Citation) -> str:
    return f"[{text}]({work.link})" if work.link else text


def _object(call: str = "") -> Callable[[str, Page], str]:
    def role(body: str, page: Page) -> str:
        text, name = _split(body)
        full = name.removeprefix("~")
        if full.startswith("genlib") and full not in page.references.objects:
            raise KeyError(full)
        shown = full.rpartition(".")[2] if name.startswith("~") else full
        return f"`{text or shown + call}`"

    return role


ROLES: dict[str, Callable[[str, Page], str]] = {
    "doc": _document,
    "ref": _label,
    "prf:ref": _label,
    "numref": _number,
    "eq": _equation,
    "term": _term,
    "cite:t": _textual,
    "cite:p": _parenthetical,
    "py:func": _object("()"),
    "py:meth": _object("()"),
    **{f"py:{kind}": _object() for kind in ("class", "mod", "attr", "data", "exc", "obj")},
}
