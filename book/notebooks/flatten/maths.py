"""Display maths, numbered as in the book."""

from book.notebooks.flatten.page import Page


def display_maths(source: str, label: str, page: Page, line: int, *, quoted: bool) -> str:
    r"""`$$ ... $$`, with a `\tag` if it has a label, and on one line inside a quote.

    Sphinx aligns what has several lines by itself, other renderers do not.
    """
    body = source.strip()
    if not body or "\n\n" in body:
        page.fail(line, "display maths", "holds a blank line or nothing, which breaks it elsewhere")
    if r"\\" in body and not body.startswith(r"\begin{"):
        body = f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"
    if label:
        body = f"{body}\n\\tag{{{_number(label, page, line)}}}"
    return f"$$ {' '.join(body.split())} $$" if quoted else f"$$\n{body}\n$$"


def _number(label: str, page: Page, line: int) -> str:
    if label not in page.references.equations:
        page.fail(line, "display maths", f"the built book has no equation {label!r}")
    return page.references.equations[label].number
