"""Lossless coding: a likelihood as a file."""

from genlib.coding.codec import decode, encode
from genlib.coding.rans import Stack, UnderflowError

__all__ = ["Stack", "UnderflowError", "decode", "encode"]
