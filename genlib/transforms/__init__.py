"""Invertible maps of points, each with the log-determinant of its Jacobian."""

from genlib.transforms.autoregressive import InverseAutoregressive
from genlib.transforms.planar import Planar
from genlib.transforms.transform import Transform

__all__ = ["InverseAutoregressive", "Planar", "Transform"]
