"""The nearest right name for one that does not exist."""

import difflib
from collections.abc import Iterable


def suggestion(given: object, known: Iterable[str]) -> str:
    """Return the end of an error's message: the name that may be meant, then all there are.

    >>> suggestion("mnits", ["mnist", "usps"])
    "; did you mean 'mnist'? Known: mnist, usps"
    """
    names = list(known)
    near = difflib.get_close_matches(str(given).lower(), names, 1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"{hint} Known: {', '.join(names) or 'none'}"
