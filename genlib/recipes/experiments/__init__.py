"""What recipes have in common: what a recipe is, and what it leaves in its folder."""

from genlib.recipes.experiments.options import Options
from genlib.recipes.experiments.phase import Phase
from genlib.recipes.experiments.recipe import Recipe
from genlib.recipes.experiments.table import Table

__all__ = ["Options", "Phase", "Recipe", "Table"]
