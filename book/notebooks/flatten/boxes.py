"""Boxes: what stands in a frame becomes a quote with a bold title, what folds `<details>`."""

import html
import re

from book.notebooks.flatten.directive import Directive
from book.notebooks.flatten.page import Scope
from book.notebooks.flatten.references import Target


def note(directive: Directive, scope: Scope) -> str:
    """`{note}`, `{tip}`, `{warning}`, `{important}`; words beside the name begin the body."""
    first = scope.text(directive.argument, directive.line)
    return _box(directive.name.capitalize(), directive, scope, first)


def admonition(directive: Directive, scope: Scope) -> str:
    """`{admonition} Title`; one of the class `dropdown` folds."""
    if "dropdown" in directive.classes:
        return dropdown(directive, scope)
    return _box(_title(directive, scope), directive, scope)


def theorem(directive: Directive, scope: Scope) -> str:
    """`{prf:theorem} Title` and its kin, and `{exercise} Title`: `Theorem 1.2 (Title)`."""
    title = _name(directive, scope)
    if directive.argument:
        title += f" ({_title(directive, scope)})"
    return _box(f"{title}.", directive, scope)


def proof(directive: Directive, scope: Scope) -> str:
    """`{prf:proof}`."""
    return _box("Proof.", directive, scope)


def dropdown(directive: Directive, scope: Scope) -> str:
    """`{dropdown} Title`."""
    return _details(_title(directive, scope), directive, scope)


def solution(directive: Directive, scope: Scope) -> str:
    """`{solution} LABEL`."""
    exercise = _target(directive.argument, directive, scope)
    return _details(f"Solution to {exercise.text}", directive, scope)


def _name(directive: Directive, scope: Scope) -> str:
    kind = directive.name.removeprefix("prf:")
    if "nonumber" in directive.options:
        return kind.title()
    return _target(directive.options.get("label", ""), directive, scope).text


def _target(label: str, directive: Directive, scope: Scope) -> Target:
    if not label:
        scope.page.fail(directive.line, f"{{{directive.name}}}", "needs a label to have a number")
    if label not in scope.page.references.labels:
        message = f"the built book has no label {label!r}"
        scope.page.fail(directive.line, f"{{{directive.name}}}", message)
    return scope.page.references.labels[label]


def _title(directive: Directive, scope: Scope) -> str:
    if not directive.argument:
        scope.page.fail(directive.line, f"{{{directive.name}}}", "needs a title")
    return scope.text(directive.argument, directive.line)


def _box(title: str, directive: Directive, scope: Scope, first: str = "") -> str:
    body = scope.text(directive.body, directive.body_line, quoted=True)
    parts = [part for part in (f"**{title}**", first, body) if part]
    lines = "\n\n".join(parts).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _details(title: str, directive: Directive, scope: Scope) -> str:
    summary = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(title, quote=False))
    body = scope.text(directive.body, directive.body_line)
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"
