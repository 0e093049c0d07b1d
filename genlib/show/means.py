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
    numbers = finite(values, "values")
    if numbers.ndim != 1 or len(numbers) < 2:
        raise ValueError(
            "a standard error needs two values or more, in one row; "
            f"got values of shape {numbers.shape}"
        )
    mean, error = float(numbers.mean()), float(numbers.std(ddof=1)) / len(numbers) ** 0.5
    print(f"{text}: {mean:{spec}} +- {error:{spec}}")
    return mean, error
