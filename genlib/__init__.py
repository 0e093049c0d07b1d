"""genlib: the models, trainers and pictures behind the course companion.

Importing it imports torch only; data sets, figures and widgets come when they are asked for.
"""

from genlib.history import History
from genlib.model import Model, Player
from genlib.runtime import budget, default_device, generator, seed
from genlib.training.fit import fit
from genlib.training.minimise import minimise

__version__ = "0.2.0"
__all__ = [
    "History",
    "Model",
    "Player",
    "budget",
    "default_device",
    "fit",
    "generator",
    "minimise",
    "seed",
]
