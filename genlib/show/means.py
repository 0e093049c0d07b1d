"""A mean over seeds in words, with how far it may be off."""

from genlib.show.figures.arrays import finite


def report(text: str, values: object, spec: str = ".3f") -> tuple[float, float]:
    """Print the mean of ``values``, one a seed, with its standard error; return both.

    The error is ``s / sqrt(n)`` with ``s^2 = sum (value - mean)^2 / (n - 1)``: what the mean of n
    independent values strays by, about its expectation.

    Args:
        text: what the values are; it stands before them.
        values: ``(n,)``, at least two finite numbers, of independent runs.
        spec: how to print both, as in an f-string.

    Raises:
        ValueError: if the values are not finite, not in one row, or fewer than two.
    """
    mean, error = _mean_and_error(values)
    print(f"{text}: {mean:{spec}} +- {error:{spec}}")
    return mean, error


def mean_and_error(values: object, digits: int = 2, sign: str = "") -> str:
    """Return the mean of ``values``, one a seed, with its standard error, as ``"1.20 ± 0.03"``.

    See ``report``, which prints both, for the values and errors.

    Args:
        values: ``(n,)``, at least two finite numbers, of independent runs.
        digits: after the point.
        sign: ``"+"`` to show the sign of a positive mean, too.
    """
    mean, error = _mean_and_error(values)
    return f"{mean:{sign}.{digits}f} ± {error:.{digits}f}"


def _mean_and_error(values: object) -> tuple[float, float]:
    numbers = finite(values, "values")
    if numbers.ndim != 1 or len(numbers) < 2:
        raise ValueError(
            "a standard error needs two values or more, in one row; "
            f"got values of shape {numbers.shape}"
        )
    return float(numbers.mean()), float(numbers.std(ddof=1)) / len(numbers) ** 0.5
