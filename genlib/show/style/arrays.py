"""Tensors, arrays and lists as NumPy arrays, with errors that say what was wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch


def array(values: object, name: str) -> np.ndarray:
    """Return finite or infinite numbers as a float64 array.

    Raises:
        ValueError: if the values are no numbers, or none at all.
    """
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().double()
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be numbers, in rows of equal length; got {values!r}"
        ) from error
    if numbers.size == 0:
        raise ValueError(f"{name} is empty: its shape is {numbers.shape}")
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
