"""Data: images in the event space that a model wants, sequences, and densities known exactly.

Importing it imports torch only; torchvision comes when a set that needs it is loaded.
"""

from genlib.data import pairs, scenes, sequences, toys
from genlib.data.binary import all_binary_images, bars_and_stripes
from genlib.data.densities import Density
from genlib.data.files import bundled
from genlib.data.images import Images
from genlib.data.mixtures import Mixture
from genlib.data.pairs import Pairs
from genlib.data.per_batch import PerBatch
from genlib.data.sets import load, names
from genlib.data.stacks import stacked
from genlib.data.strings import Sequences
from genlib.data.texts import Text
from genlib.data.thresholds import thresholded

__all__ = [
    "Density",
    "Images",
    "Mixture",
    "Pairs",
    "PerBatch",
    "Sequences",
    "Text",
    "all_binary_images",
    "bars_and_stripes",
    "bundled",
    "load",
    "names",
    "pairs",
    "scenes",
    "sequences",
    "stacked",
    "thresholded",
    "toys",
]
