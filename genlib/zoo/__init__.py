"""Trained weights: a safetensors file and a card that says how it was made."""

from genlib.zoo.cards import Card
from genlib.zoo.factory import build
from genlib.zoo.files import card, folder, load, names, save

__all__ = ["Card", "build", "card", "folder", "load", "names", "save"]
