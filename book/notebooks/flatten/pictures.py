"""Pictures from files. They travel inside the notebook, for on Colab no other file is there."""

import base64
import mimetypes

from book.notebooks.flatten.directive import Directive
from book.notebooks.flatten.page import Page, Scope


def image(directive: Directive, scope: Scope) -> str:
    """`{image} FILE` with `:alt:`."""
    alt = directive.options.get("alt", "")
    if not alt:
        scope.page.fail(directive.line, f"{{{directive.name}}}", "needs an alt text")
    return f"![{alt}]({inline_image(directive.argument, scope.page, directive.line)})"


def figure(directive: Directive, scope: Scope) -> str:
    """`{figure} FILE` with its caption, which is the body."""
    picture = image(directive, scope)
    if not directive.body:
        return picture
    text = scope.text(directive.body, directive.body_line)
    label = directive.options.get("name", "")
    return f"{picture}\n\n{caption(text, label, scope.page, directive.line)}"


def caption(text: str, label: str, page: Page, line: int) -> str:
    """`**Figure 1.2.** text`: what has a caption has a number, which its label leads to."""
    if label not in page.references.labels:
        page.fail(line, "a caption", f"the built book has nothing of the name {label!r} for it")
    target = page.references.labels[label]
    return f"**{target.kind} {target.number}.** {text}"


def inline_image(file: str, page: Page, line: int) -> str:
    """The picture as a data address; one on the web stays there."""
    if file.startswith(("https://", "data:")):
        return file
    path = page.path.parent / file
    if not path.is_file():
        page.fail(line, "a picture", f"there is no file {path}")
    kind = mimetypes.guess_type(path.name)[0]
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
