"""Numbers as tables keep them."""


def rounded(value: float, digits: int = 4) -> float:
    """Return so many significant digits: more would not carry to another machine."""
    return float(f"{value:.{digits}g}")
