"""The API pages: which names become links, and which base classes are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx import addnodes

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def setup(app: Sphinx) -> None:
    """Register the handlers, after the extension whose event one of them answers."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("missing-reference", plain_foreign_type)
    app.connect("autodoc-process-bases", drop_private_bases)


def plain_foreign_type(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, contnode: nodes.Node
) -> nodes.Node | None:
    """Print a type of another library as text where an API entry names it.

    In prose, and for names of genlib, a reference without a target stays an error.
    """
    foreign = node.get("refdomain") == "py" and not node["reftarget"].startswith("genlib.")
    return contnode if foreign and _in_api_entry(node) else None


def drop_private_bases(
    app: Sphinx, name: str, obj: type, options: dict[str, Any], bases: list[type]
) -> None:
    """Show only base classes that a reader can look up."""
    bases[:] = [base for base in bases if _is_public(base)] or [object]


def _in_api_entry(node: nodes.Node) -> bool:
    while node is not None and not isinstance(node, addnodes.desc):
        node = node.parent
    return node is not None


def _is_public(base: type) -> bool:
    module = getattr(base, "__module__", "")
    return not base.__name__.startswith("_") and not module.startswith("abc")
