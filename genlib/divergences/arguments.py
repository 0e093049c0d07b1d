"""What the arguments of a divergence have in common, and how a wrong one is refused."""

import math
from numbers import Real

import torch
from torch import Size, Tensor


def check_floats(**tensors: object) -> None:
    """Raise ``ValueError`` unless all are tensors of floating-point numbers on one device."""
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(f"{name} is {type(tensor).__name__}, wanted a tensor of floats")
        if not tensor.is_floating_point():
            raise ValueError(f"{name} is {tensor.dtype}, wanted floating point")
    places = {name: tensor.device for name, tensor in tensors.items()}
    if len(set(places.values())) > 1:
        stated = " and ".join(f"{name} on {place}" for name, place in places.items())
        raise ValueError(f"{stated}, wanted one device")


def check_together(**shapes: Size) -> None:
    """Raise ``ValueError`` unless tensors of these shapes can be broadcast together."""
    try:
        torch.broadcast_shapes(*shapes.values())
    except RuntimeError as error:
        stated = " and ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())
        raise ValueError(f"{stated} do not go together") from error


def positive(number: object) -> bool:
    """Whether ``number`` is a finite number above 0, which True is not."""
    if isinstance(number, Tensor) and number.ndim == 0:
        number = number.item()
    is_number = isinstance(number, Real) and not isinstance(number, bool)
    return is_number and 0 < number < math.inf
