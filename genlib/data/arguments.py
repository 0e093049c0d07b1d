"""What the arguments of densities, sets and draws may be, and how a wrong one is refused."""

import math
from numbers import Integral, Real

import torch


def check_whole(least: int, **numbers: object) -> None:
    """Raise ``ValueError`` unless all are whole numbers of at least ``least``; True is none."""
    for name, number in numbers.items():
        whole = isinstance(number, Integral) and not isinstance(number, bool)
        if not whole or number < least:
            raise ValueError(f"{name}={number!r}: wanted a whole number, at least {least}")


def check_positive(**numbers: object) -> None:
    """Raise ``ValueError`` unless all are finite numbers above 0."""
    for name, number in numbers.items():
        if not (_is_finite(number) and number > 0):
            raise ValueError(f"{name}={number!r}: wanted a positive number")


def check_finite(**numbers: object) -> None:
    """Raise ``ValueError`` unless all are finite numbers."""
    for name, number in numbers.items():
        if not _is_finite(number):
            raise ValueError(f"{name}={number!r}: wanted a finite number")


def check_flag(**flags: object) -> None:
    """Raise ``ValueError`` unless all are True or False."""
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            raise ValueError(f"{name} is {type(flag).__name__}, wanted True or False")


def check_generator(generator: object, device: torch.device | None = None) -> None:
    """Raise ``ValueError`` unless this is a generator, on that device if one is given, or None."""
    if generator is None:
        return
    if not isinstance(generator, torch.Generator):
        given = type(generator).__name__
        raise ValueError(f"generator is {given}, wanted a torch.Generator or None")
    if device is not None and generator.device.type != device.type:
        raise ValueError(f"the generator is on {generator.device}, the images are on {device}")


def _is_finite(number: object) -> bool:
    is_number = isinstance(number, Real) and not isinstance(number, bool)
    return is_number and math.isfinite(number)
