"""Mutants: the library with one thing wrong, on which a chapter's checks have to fail.

A check that a wrong formula passes proves nothing. ``tests/mutants/PART/NAME.toml`` lists wrong
formulas for the chapter ``PART/NAME``; ``python -m book.mutants`` runs the chapter on each.
"""
