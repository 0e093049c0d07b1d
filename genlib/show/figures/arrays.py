"""Tensors, arrays and lists as NumPy arrays, with errors that say what was wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import torch


def array(values: object, name: str) -> np.ndarray:
    """Return finite or infinite numbers as a float64 array.

    Tensors may be on any device, of any precision, part of a graph, or in a list.

    Raises:
        ValueError: if the values are no real numbers, or none at all.
    """
    try:
        numbers = np.asarray(_detached(values), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be numbers, real and in rows of equal length; got {values!r}"
        ) from error
    if numbers.size == 0:
        raise ValueError(f"{name} is empty: its shape is {numbers.shape}")
    return numbers


def finite(values: object, name: str) -> np.ndarray:
    """Return finite numbers as a float64 array.

    Raises:
        ValueError: if the values are no real numbers, none at all, or not all finite.
    """
    numbers = array(values, name)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} is not finite everywhere; got {values!r}")
    return numbers


def points(samples: object, name: str = "samples") -> np.ndarray:
    """Return points of the plane as an array (N, 2).

    Raises:
        ValueError: if the shape is another one or a coordinate is not finite.
    """
    numbers = array(samples, name)
    if numbers.ndim != 2 or numbers.shape[1] != 2:
        raise ValueError(f"{name} must have the shape (N, 2), got {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} has coordinates that are not finite")
    return numbers


def evaluate(
    function: Callable[[torch.Tensor], torch.Tensor], at: torch.Tensor, shape: Sequence[int]
) -> np.ndarray:
    """Return the values of a function, which must have the stated shape.

    Raises:
        ValueError: if the function returns another shape, or NaN.
    """
    values = array(function(at), "what the function returned")
    if values.shape != tuple(shape):
        raise ValueError(
            f"given points of shape {tuple(at.shape)} the function must return "
            f"{tuple(shape)}, got {values.shape}"
        )
    if np.isnan(values).any():
        raise ValueError("the function returned NaN")
    return values


def densities(values: np.ndarray, log: bool) -> np.ndarray:
    """Return densities p, at least 0 and finite, from values of log p or of p.

    Raises:
        ValueError: if a density is negative or infinite.
    """
    with np.errstate(over="ignore"):  # what overflows is reported below
        p = np.exp(values) if log else values
    if p.min() < 0:
        raise ValueError(f"a density is at least 0, got {p.min():.3g}; is it a logarithm?")
    if np.isinf(p).any():
        raise ValueError(f"a density is infinite; the function returned up to {values.max():.3g}")
    return p


def named(values: object, name: str, example: str) -> Mapping[str, object]:
    """Return a mapping from names, if it is one and not empty.

    Raises:
        ValueError: if it is no mapping, is empty, or a name is no text that a legend can show.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"{name} must be named, such as {example}; got {type(values).__name__}")
    if not values:
        raise ValueError(f"there is nothing to draw: {name} is empty")
    check_names(values)
    return values


def check_names(*groups: Iterable[object]) -> None:
    """Raise unless all names are different texts that a legend can show.

    Raises:
        ValueError: naming the one that is not.
    """
    names = [name for group in groups for name in group]
    for name in names:
        if not isinstance(name, str) or not name or name.startswith("_"):
            raise ValueError(
                f"{name!r} cannot name what is drawn: wanted a text that does not begin with _, "
                "which matplotlib would hide"
            )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"each name may stand once, but {', '.join(twice)} stands twice")


def _detached(values: object) -> object:
    """Return tensors as arrays, also those in lists."""
    if isinstance(values, torch.Tensor):
        if values.is_complex():
            raise TypeError("complex")
        return values.detach().cpu().double().numpy()
    if isinstance(values, list | tuple):
        return [_detached(value) for value in values]
    return values
