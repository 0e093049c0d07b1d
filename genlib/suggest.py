"""The nearest right name for one that does not exist."""

import difflib
from collections.abc import Iterable


def suggestion(given: object, known: Iterable[str]) -> str:
    """Return the end of an error's message: the name that may be meant, then all there are.

    >>> suggestion("mnits", ["mnist", "usps"])
    "; did you mean 'mnist'? Known: mnist, usps"
    """
    names = list(known)
    lower = {name.lower(): name for name in names}  # "vae" may mean "VAE"
    typed = given.lower() if isinstance(given, str) else ""
    near = difflib.get_close_matches(typed, lower, 1, cutoff=0.4)
    hint = f"; did you mean {lower[near[0]]!r}?" if near else "."
    return f"{hint} Known: {', '.join(names) or 'none'}"
