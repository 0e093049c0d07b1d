"""Figures, grids, explorers and animations, in one look that suits light and dark pages.

Importing this imports neither matplotlib nor ipywidgets: the functions do when they are called.
Each returns a matplotlib figure that shows itself when a cell ends in it.
"""

from genlib.show import palette
from genlib.show.animation import animate
from genlib.show.barchart import bars
from genlib.show.canvas import figure, style
from genlib.show.densities import density, density_1d, level
from genlib.show.explorer import explore
from genlib.show.grids import grid
from genlib.show.lines import curves, history
from genlib.show.plane import field, scatter

__all__ = [
    "animate",
    "bars",
    "curves",
    "density",
    "density_1d",
    "explore",
    "field",
    "figure",
    "grid",
    "history",
    "level",
    "palette",
    "scatter",
    "style",
]
