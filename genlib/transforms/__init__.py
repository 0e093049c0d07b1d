"""Invertible maps of points and images, each with the log-determinant of its Jacobian."""

from genlib.transforms.actnorm import ActNorm
from genlib.transforms.autoregressive import InverseAutoregressive
from genlib.transforms.chain import Chain
from genlib.transforms.conv1x1 import Conv1x1
from genlib.transforms.coupling import AdditiveCoupling, AffineCoupling, Coupling, checkerboard
from genlib.transforms.logit import Logit
from genlib.transforms.multiscale import MultiScale
from genlib.transforms.permutation import Flip, Permutation
from genlib.transforms.planar import Planar
from genlib.transforms.squeeze import Flatten, Squeeze
from genlib.transforms.transform import Transform

__all__ = [
    "ActNorm",
    "AdditiveCoupling",
    "AffineCoupling",
    "Chain",
    "Conv1x1",
    "Coupling",
    "Flatten",
    "Flip",
    "InverseAutoregressive",
    "Logit",
    "MultiScale",
    "Permutation",
    "Planar",
    "Squeeze",
    "Transform",
    "checkerboard",
]
