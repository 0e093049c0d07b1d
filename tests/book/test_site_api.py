"""Which unknown names pass on the API pages, and which stay errors."""

from docutils import nodes
from sphinx import addnodes

from book.sphinx_companion.api import drop_private_bases, plain_foreign_type

TEXT = nodes.literal("", "Axes")


def reference(target, parent):
    node = addnodes.pending_xref("", refdomain="py", reftarget=target)
    parent += node
    return node


def test_a_foreign_type_in_an_api_entry_is_text():
    node = reference("Axes", addnodes.desc())
    assert plain_foreign_type(None, None, node, TEXT) is TEXT


def test_an_unknown_name_of_ours_stays_an_error():
    node = reference("genlib.latent.VEA", addnodes.desc())
    assert plain_foreign_type(None, None, node, TEXT) is None


def test_an_unknown_name_in_prose_stays_an_error():
    node = reference("Axes", nodes.paragraph())
    assert plain_foreign_type(None, None, node, TEXT) is None


def test_private_bases_are_not_shown():
    class _Private: ...

    class Public: ...

    bases = [_Private, Public]
    drop_private_bases(None, "", object, {}, bases)
    assert bases == [Public]
    bases = [_Private]
    drop_private_bases(None, "", object, {}, bases)
    assert bases == [object]
