"""Which directive is rendered by what: all that a chapter may use stand here."""

from collections.abc import Callable

from book.notebooks.flatten import boxes, listings, pictures
from book.notebooks.flatten.directive import Directive
from book.notebooks.flatten.maths import display_maths
from book.notebooks.flatten.page import Scope
from book.notebooks.flatten.tables import list_table

NOTES = ("note", "tip", "warning", "important")
THEOREMS = ("axiom", "definition", "lemma", "theorem", "proposition", "corollary", "conjecture")
REMARKS = ("remark", "example", "property", "observation", "assumption", "criterion", "algorithm")


def flatten_directive(directive: Directive, scope: Scope) -> str:
    """The directive in plain Markdown."""
    if directive.name not in DIRECTIVES:
        message = "this directive is not known to the notebook tool"
        scope.page.fail(directive.line, f"{{{directive.name}}}", message)
    return DIRECTIVES[directive.name](directive, scope)


def _maths(directive: Directive, scope: Scope) -> str:
    source = "\n".join(filter(None, (directive.argument, directive.body)))
    label = directive.options.get("label", "")
    return display_maths(source, label, scope.page, directive.line, quoted=scope.quoted)


DIRECTIVES: dict[str, Callable[[Directive, Scope], str]] = {
    **dict.fromkeys(NOTES, boxes.note),
    "admonition": boxes.admonition,
    "dropdown": boxes.dropdown,
    **{f"prf:{kind}": boxes.theorem for kind in THEOREMS + REMARKS},
    "prf:proof": boxes.proof,
    "exercise": boxes.theorem,
    "solution": boxes.solution,
    "math": _maths,
    "literalinclude": listings.literal_include,
    "code-block": listings.code_block,
    "image": pictures.image,
    "figure": pictures.figure,
    "list-table": list_table,
}
