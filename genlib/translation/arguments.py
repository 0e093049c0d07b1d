"""What translations can be built from, and how anything else is refused."""

import math
from collections.abc import Sequence
from numbers import Real

from torch import Tensor, nn

from genlib.suggest import suggestion


def check_domains(domains: Sequence[str], count: int | None = None) -> tuple[str, ...]:
    """Return the names of the domains, if they are as many different names as are wanted.

    Raises:
        ValueError: if they are not; ``count`` of them, or any number from two.
    """
    wanted = "two or more" if count is None else f"{count}"
    names = () if isinstance(domains, str) else tuple(domains)
    right_number = len(names) >= 2 if count is None else len(names) == count
    if not right_number or len(set(names)) < len(names) or not all(map(is_name, names)):
        raise ValueError(f"domains={domains!r}, wanted {wanted} different names")
    return names


def is_name(value: object) -> bool:
    """Whether a value can be the name of a domain."""
    return isinstance(value, str) and value != "" and "/" not in value


def check_weights(**weights: float) -> None:
    """Raise ``ValueError`` unless all are finite numbers from 0."""
    for name, weight in weights.items():
        if not (isinstance(weight, Real) and math.isfinite(weight) and weight >= 0):
            raise ValueError(f"{name}={weight!r}, wanted a finite weight from 0")


def check_image(shape: Sequence[int]) -> tuple[int, int, int]:
    """Return the shape of an image, (C, H, W).

    Raises:
        ValueError: if it is none.
    """
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"event_shape={tuple(shape)}, wanted that of an image, (C, H, W)")
    return tuple(shape)


def check_sides(first: Sequence[int], second: Sequence[int], by: int) -> None:
    """Raise ``ValueError`` unless two pictures are of one size that can be divided."""
    if first[1:] != second[1:]:
        raise ValueError(f"pictures of {first[1:]} and {second[1:]} pixels, wanted one size")
    if first[1] % by or first[2] % by:
        raise ValueError(f"pictures of {first[1:]} pixels, wanted sides divisible by {by}")


def domain_number(name: str, domains: Sequence[str]) -> int:
    """Return the number of a domain.

    Raises:
        ValueError: if there is none of that name; the message names the nearest.
    """
    if name not in domains:
        raise ValueError(f"there is no domain {name!r}{suggestion(name, domains)}")
    return domains.index(name)


def network_list(given: Sequence[nn.Module] | None, built: Sequence[nn.Module]) -> nn.ModuleList:
    """Return the networks given, one for each that would be built, or else those.

    Raises:
        ValueError: if it is another number of them.
    """
    if given is not None and len(given) != len(built):
        raise ValueError(f"{len(given)} networks, wanted {len(built)}: one for each domain")
    return nn.ModuleList(built if given is None else given)


def absolute_error(x: Tensor, y: Tensor) -> Tensor:
    """Return the mean over all pixels and channels of |x - y|, a scalar."""
    return (x - y).abs().mean()
