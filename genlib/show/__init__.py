"""Figures, grids, explorers and animations, in one look that suits light and dark pages.

Importing this imports neither matplotlib nor ipywidgets: the functions do when they are called.
Each returns a matplotlib figure that shows itself when a cell ends in it; ``ellipse`` draws into
one that is there. ``report`` and ``mean_and_error`` say a mean over seeds with its standard error.
"""

from genlib.show.figures.bars import bars
from genlib.show.figures.densities import density, density_1d, level
from genlib.show.figures.diagram import Arrow, Box, diagram
from genlib.show.figures.ellipses import ellipse
from genlib.show.figures.grids import grid
from genlib.show.figures.lines import curves
from genlib.show.figures.plane import field, scatter
from genlib.show.figures.runs import history
from genlib.show.interactive.animation import animate
from genlib.show.interactive.explorer import explore
from genlib.show.interactive.watching import watch
from genlib.show.means import mean_and_error, report
from genlib.show.style import palette
from genlib.show.style.canvas import figure, style

__all__ = [
    "Arrow",
    "Box",
    "animate",
    "bars",
    "curves",
    "density",
    "density_1d",
    "diagram",
    "ellipse",
    "explore",
    "field",
    "figure",
    "grid",
    "history",
    "level",
    "mean_and_error",
    "palette",
    "report",
    "scatter",
    "style",
    "watch",
]
